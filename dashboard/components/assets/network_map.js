// Layers as columns, branches as lanes. Every place is a button: Tab and Enter choose as a click does; arrow keys go to neighbours.

const STRONGEST = 45; // percent of the hue, so that words stay readable on it in both themes

function placeButton(className, words, isChosen, place, wall) {
  const asked = () => {
    const isAgain = wall.value("layer") === place.layer && wall.value("branch") === (place.branch ?? "");
    return { layer: isAgain ? [] : [place.layer], branch: isAgain || place.branch === null ? [] : [place.branch] };
  };
  const node = pressable(className, undefined, isChosen, () => wall.go(asked()));
  node.title = words;
  node.setAttribute("aria-label", words);
  node.dataset.id = `${place.layer}/${place.branch ?? ""}`;
  node.classList.toggle("chosen", isChosen);
  node.addEventListener("pointerenter", () => wall.foresee(asked()));
  return node;
}

function lane(layer, place, wall) {
  const branch = layer.places.length > 1 ? place.branch : null;
  const node = placeButton("place", place.words, place.is_chosen, { layer: layer.name, branch }, wall);
  if (branch) node.append(element("span", "", branch));
  node.append(element("span", "", place.n_found.toLocaleString("en")));
  node.classList.toggle("none", place.shade === null);
  node.classList.toggle("empty", place.n_found === 0);
  node.style.setProperty("--shade", `${Math.round(STRONGEST * (place.shade ?? 0))}%`);
  return node;
}

function column(layer, wall) {
  const node = element("div", "layer");
  const name = placeButton("name", layer.words, layer.is_chosen, { layer: layer.name, branch: null }, wall);
  name.textContent = layer.name;
  const lanes = element("div", "lanes");
  lanes.append(...layer.places.map((place) => lane(layer, place, wall)));
  node.append(name, lanes);
  return node;
}

function goToNeighbour(event, root) {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const from = event.target.closest("button");
  if (!step || !from) return;
  event.preventDefault();
  const columns = [...root.querySelectorAll(".layer")].map((one) => [...one.querySelectorAll("button")]);
  const at = columns.findIndex((one) => one.includes(from));
  const next = columns[at + step[0]];
  if (next) next[Math.min(next.length - 1, Math.max(0, columns[at].indexOf(from) + step[1]))].focus();
}

// How far it is scrolled is noted as it happens: asking for it while all is being drawn would lay the page out once more.
function drawMap(root, map, wall) {
  renew(root, map, () => {
    const columns = element("div", "columns");
    columns.setAttribute("role", "group");
    columns.setAttribute("aria-label", wall.words.map);
    columns.append(...map.layers.map((layer) => column(layer, wall)));
    columns.addEventListener("keydown", (event) => goToNeighbour(event, root));
    columns.addEventListener("scroll", () => (root.scrolled = columns.scrollLeft), { passive: true });
    const legend = element("div", "legend");
    legend.append(element("span", "", map.legend[0]), element("span", "bar"), element("span", "", map.legend[2]), element("span", "", map.legend[1]));
    return [columns, legend];
  });
  scrollMap(root);
}

function scrollMap(root) {
  if (root.scrolled) root.querySelector(".columns").scrollLeft = root.scrolled;
}
