// Filters with counts: a change is told at once; the counts come back with the next data, and the focus stays where it was.

function choice(group, option, tell) {
  const label = element("label", "choice");
  const box = element("input", "");
  box.type = "checkbox";
  box.checked = option.is_chosen;
  box.dataset.id = `${group.name}/${option.value}`;
  box.addEventListener("change", () => {
    const chosen = group.options.filter((one) => (one === option ? box.checked : one.is_chosen));
    tell(group.name, chosen.map((one) => one.value));
  });
  label.append(box, element("span", "", option.label), element("span", "n", option.n.toLocaleString("en")));
  return label;
}

function fieldset(title, nodes) {
  const node = element("fieldset", "");
  node.append(element("legend", "", title), ...nodes);
  return node;
}

const asText = (one) => `${one.measure}:${one.least ?? ""}..${one.most ?? ""}`;

function bars(one) {
  const node = element("div", "bars");
  node.setAttribute("aria-hidden", "true"); // the ends and the number of units say it
  const most = Math.max(1, ...one.counts);
  const width = (one.high - one.low) / one.counts.length;
  one.counts.forEach((n, at) => {
    const bar = element("span", "");
    bar.style.height = n ? `${Math.max(3, (100 * n) / most)}%` : "0";
    const [from, to] = [one.low + at * width, one.low + (at + 1) * width];
    bar.classList.toggle("in", to >= (one.least ?? -Infinity) && from <= (one.most ?? Infinity));
    node.append(bar);
  });
  return node;
}

function end(one, name, words, placeholder, tellRanges) {
  const input = element("input", "");
  input.type = "number";
  input.step = "any";
  input.value = one[name] ?? "";
  input.placeholder = placeholder.toPrecision(3);
  input.dataset.id = `where/${one.measure}/${name}`;
  input.setAttribute("aria-label", `${one.words} ${words}`);
  input.addEventListener("change", () => tellRanges((other) => (other === one ? { ...one, [name]: input.value === "" ? null : Number(input.value) } : other)));
  return input;
}

function range(one, words, tellRanges) {
  const node = element("div", "range");
  const head = element("div", "head");
  const remove = element("button", "", "×");
  remove.type = "button";
  remove.setAttribute("aria-label", `${words.remove}: ${one.words}`);
  remove.addEventListener("click", () => tellRanges((other) => (other === one ? null : other)));
  head.append(element("span", "", one.words), remove);
  const ends = element("div", "ends");
  ends.append(end(one, "least", words.from, one.low, tellRanges), end(one, "most", words.to, one.high, tellRanges));
  node.append(head, bars(one), ends);
  return node;
}

function adding(data, words, tell) {
  const select = element("select", "");
  select.dataset.id = "add";
  select.setAttribute("aria-label", words.add);
  const known = new Set(data.ranges.map((one) => one.measure));
  select.append(new Option(words.add, ""), ...data.measures.filter(([name]) => !known.has(name)).map(([name, said]) => new Option(said, name)));
  select.addEventListener("change", () => select.value && tell("where", [...data.ranges.map(asText), `${select.value}:..`]));
  return select;
}

function drawFilters(root, data, wall) {
  const tell = (name, values) => wall.go({ [name]: values });
  const tellRanges = (change) => tell("where", data.ranges.map(change).filter(Boolean).map(asText));
  renew(root, data, () => {
    const groups = data.groups.map((group) => fieldset(group.title, group.options.map((option) => choice(group, option, tell))));
    const ranges = data.ranges.map((one) => range(one, wall.words, tellRanges));
    return [...groups, fieldset(wall.words.ranges, [...ranges, adding(data, wall.words, tell)])];
  });
}
