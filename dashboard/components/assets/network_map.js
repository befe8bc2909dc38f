// Layers as columns, branches as lanes. Every place is a button: Tab and Enter choose as a click does; arrow keys go to neighbours.

const STRONGEST = 45; // percent of the hue, so that words stay readable on it in both themes

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function button(className, words, isChosen, place, choose) {
  const node = element("button", className);
  node.type = "button";
  node.title = words;
  node.setAttribute("aria-label", words);
  node.setAttribute("aria-pressed", String(isChosen));
  node.dataset.place = `${place.layer}/${place.branch ?? ""}`;
  node.classList.toggle("chosen", isChosen);
  node.addEventListener("click", () => choose(place));
  return node;
}

function lane(layer, place, choose) {
  const branch = layer.places.length > 1 ? place.branch : null;
  const node = button("place", place.words, place.is_chosen, { layer: layer.name, branch }, choose);
  if (branch) node.append(element("span", "", branch));
  node.append(element("span", "", place.n_found.toLocaleString("en")));
  node.classList.toggle("none", place.shade === null);
  node.classList.toggle("empty", place.n_found === 0);
  node.style.setProperty("--shade", `${Math.round(STRONGEST * (place.shade ?? 0))}%`);
  return node;
}

function column(layer, choose) {
  const node = element("div", "layer");
  const name = button("name", layer.words, layer.is_chosen, { layer: layer.name, branch: null }, choose);
  name.textContent = layer.name;
  const lanes = element("div", "lanes");
  lanes.append(...layer.places.map((place) => lane(layer, place, choose)));
  node.append(name, lanes);
  return node;
}

function goTo(event, root) {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const from = event.target.closest("button");
  if (!step || !from) return;
  event.preventDefault();
  const columns = [...root.querySelectorAll(".layer")].map((one) => [...one.querySelectorAll("button")]);
  const at = columns.findIndex((one) => one.includes(from));
  const next = columns[at + step[0]];
  if (next) next[Math.min(next.length - 1, Math.max(0, columns[at].indexOf(from) + step[1]))].focus();
}

const drawn = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".network-map");
  const state = drawn.get(root) ?? {};
  if (!drawn.has(root)) root.addEventListener("keydown", (event) => goTo(event, root));
  state.choose = (place) => setTriggerValue("place", place);
  const content = JSON.stringify(data);
  if (state.content !== content) {
    state.content = content;
    const focused = root.getRootNode().activeElement?.dataset?.place;
    const scrolled = root.querySelector(".columns")?.scrollLeft ?? 0;
    const columns = element("div", "columns");
    columns.setAttribute("role", "group");
    columns.setAttribute("aria-label", data.title);
    columns.append(...data.layers.map((layer) => column(layer, (place) => state.choose(place))));
    const legend = element("div", "legend");
    legend.append(element("span", "", data.legend[0]), element("span", "bar"), element("span", "", data.legend[2]), element("span", "", data.legend[1]));
    root.replaceChildren(columns, legend);
    columns.scrollLeft = scrolled;
    if (focused !== undefined) [...root.querySelectorAll("button")].find((one) => one.dataset.place === focused)?.focus();
  }
  drawn.set(root, state);
}
