// The wall's choices, each a parameter of the address: search, one of several, yes or no, pages.

const TYPING_MS = 120; // after the last key, before what was typed is searched

function drawAside(root, view, wall) {
  const chosen = (names) => names.filter((name) => view.choices[name]).map((name) => select(name, view.choices[name], wall));
  const switches = (names) => names.filter((name) => view.switches[name]).map((name) => toggle(name, view.switches[name], wall));
  renew(root, [view.choices, view.switches, view.note], () => [
    ...chosen(["sort"]),
    ...switches(["lowest", "grouped"]),
    ...chosen(["judge"]),
    ...(view.note ? [element("p", "note", view.note)] : []),
    ...chosen(["layer"]),
    ...(view.choices.branch ? [segments("branch", view.choices.branch, wall)] : []),
    ...switches(["rendered"]),
  ]);
}

function searchField(wall) {
  const input = element("input", "");
  input.type = "search";
  input.placeholder = wall.words.search_hint;
  input.dataset.id = "search";
  let typing = 0;
  const tell = () => {
    clearTimeout(typing);
    if (input.value.trim() !== wall.value("search")) wall.go({ search: input.value.trim() ? [input.value.trim()] : [] }, { isTyped: true });
  };
  input.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(tell, TYPING_MS);
  });
  input.addEventListener("change", tell);
  return labelled(wall.words.search, input);
}

function labelled(words, control) {
  const field = element("div", "field");
  const label = element("label", "", words);
  control.id = `field-${control.dataset.id}`;
  label.htmlFor = control.id;
  field.append(label, control);
  return field;
}

// A list; where "" can be chosen too, its words say what then counts.
function select(name, choice, wall) {
  const list = element("select", "");
  list.dataset.id = name;
  const none = wall.words.unchosen[name];
  list.append(...(none === undefined ? [] : [new Option(none, "")]), ...choice.options.map((one) => new Option(one, one)));
  list.value = choice.chosen;
  list.addEventListener("change", () => wall.go({ [name]: list.value === (none === undefined ? choice.options[0] : "") ? [] : [list.value] }));
  return labelled(wall.words.choices[name], list);
}

function segments(name, choice, wall) {
  const row = element("div", "segments");
  const needsOne = name === "guise";
  row.append(
    ...choice.options.map((one) => {
      const isChosen = one === choice.chosen;
      const changes = { [name]: (isChosen && !needsOne) || (needsOne && one === choice.options[0]) ? [] : [one] };
      const button = pressable("segment", one, isChosen, () => wall.go(changes));
      button.dataset.id = `${name}/${one}`;
      button.addEventListener("pointerenter", () => wall.foresee(changes));
      return button;
    }),
  );
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", wall.words.choices[name]);
  if (needsOne) return row;
  const field = element("div", "field");
  field.append(element("span", "", wall.words.choices[name]), row);
  return field;
}

function toggle(name, one, wall) {
  const label = element("label", "choice");
  const box = element("input", "");
  box.type = "checkbox";
  box.checked = one.is_on;
  box.dataset.id = name;
  box.addEventListener("change", () => wall.go({ [name]: [String(box.checked)] }));
  label.append(box, element("span", "", one.words));
  return label;
}

function drawHead(root, view, wall) {
  renew(root, [view.count, view.choices.guise, view.page, view.n_pages], () => {
    const count = element("p", "count", view.count);
    count.setAttribute("role", "status");
    return [count, segments("guise", view.choices.guise, wall), ...(view.n_pages > 1 ? [pages(view, wall)] : [])];
  });
}

function pages(view, wall) {
  const row = element("nav", "pages");
  row.setAttribute("aria-label", wall.words.pages);
  const to = (page, words, label) => {
    const changes = { page: page === 1 ? [] : [String(page)] };
    const button = pressable("page", words, page === view.page && label === undefined, () => wall.go(changes));
    button.setAttribute("aria-label", label ?? `${wall.words.page} ${words}`);
    button.dataset.id = `page/${label ?? page}`;
    button.disabled = page < 1 || page > view.n_pages;
    button.addEventListener("pointerenter", () => button.disabled || wall.foresee(changes));
    return button;
  };
  const numbers = shownPages(view.page, view.n_pages).map((page) => (page === null ? element("span", "gap", "…") : to(page, String(page))));
  row.append(to(view.page - 1, "‹", wall.words.previous), ...numbers, to(view.page + 1, "›", wall.words.next));
  return row;
}

// The first, the last and those around this one; null where some are left out. Always as many, so that the arrows stay where they are.
function shownPages(page, n) {
  if (n <= 7) return Array.from({ length: n }, (_, at) => at + 1);
  const from = Math.min(Math.max(page - 1, 3), n - 4);
  const middle = [from, from + 1, from + 2];
  if (page < 4) return [1, 2, 3, 4, 5, null, n];
  if (page > n - 3) return [1, null, n - 4, n - 3, n - 2, n - 1, n];
  return [1, null, ...middle, null, n];
}
