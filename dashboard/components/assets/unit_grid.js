// A wall of units. Tiles are built once per data; selecting one tells Python its unit.

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// A picture, or a quiet placeholder of the same size, so that nothing moves when images arrive.
function picture(address, condition, data) {
  const figure = element("span", "picture");
  if (address) figure.append(thumbnail(address, data));
  else figure.append(element("span", "placeholder", data.texts[`no_${condition}`]));
  const label = element("span", "picture-label", data.texts[condition] ?? condition);
  label.style.borderColor = data.colours[condition];
  figure.append(label);
  return figure;
}

function thumbnail(address, data) {
  const image = new Image();
  image.loading = "lazy"; // before src: otherwise the request has begun
  image.decoding = "async";
  image.alt = ""; // the tile's name and the label below say it
  image.addEventListener("error", () => image.replaceWith(element("span", "placeholder", data.texts.not_drawn)), { once: true });
  image.srcset = `${data.thumb_url}/${address} 1x, ${data.image_url}/${address} 2x`;
  image.src = `${data.thumb_url}/${address}`;
  return image;
}

function tileButton(tile, data, onSelect) {
  const button = element("button", "tile");
  button.type = "button";
  button.dataset.unit = tile.unit;
  button.setAttribute("aria-label", tile.unit);
  const pictures = element("span", "pictures");
  const methods = tile.methods.map(([method, address]) => picture(address, method, data));
  pictures.append(...tile.kinds.map((kind) => picture(tile[kind], kind, data)), ...methods);
  const words = element("span", "words");
  words.append(element("span", "title", tile.title), element("span", "subtitle", tile.subtitle));
  if (tile.score) words.append(element("span", "score", tile.score));
  button.append(pictures, words);
  button.addEventListener("click", () => onSelect(tile.unit));
  return button;
}

// The tiles, with a heading before each group of them.
function tileNodes(data, onSelect) {
  const nodes = [];
  let group = "";
  for (const tile of data.tiles) {
    if (tile.group && tile.group !== group) nodes.push(element("h3", "group", tile.group));
    group = tile.group;
    nodes.push(tileButton(tile, data, onSelect));
  }
  return nodes;
}

// Ask for the next page's thumbnails once nothing else is to be done; the browser keeps them.
function askAhead(data) {
  const density = window.devicePixelRatio > 1 ? data.image_url : data.thumb_url;
  const ask = () => {
    for (const address of data.ahead) {
      const image = new Image();
      image.fetchPriority = "low";
      image.src = `${density}/${address}`;
    }
  };
  (window.requestIdleCallback ?? setTimeout)(ask);
}

const drawn = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".unit-grid");
  const state = drawn.get(root) ?? {};
  state.select = (unit) => setTriggerValue("selected", unit);
  const content = JSON.stringify(data);
  if (state.content !== content) {
    state.content = content;
    root.style.setProperty("--tile-min", `${data.tile_px}px`);
    root.replaceChildren(...tileNodes(data, (unit) => state.select(unit)));
    askAhead(data);
  }
  drawn.set(root, state);
}
