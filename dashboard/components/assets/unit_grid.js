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
  pictures.append(picture(tile.natural, "natural", data), picture(tile.synthetic, "synthetic", data), ...methods);
  const words = element("span", "words");
  words.append(element("span", "title", tile.title), element("span", "subtitle", tile.subtitle));
  if (tile.score) words.append(element("span", "score", tile.score));
  button.append(pictures, words);
  button.addEventListener("click", () => onSelect(tile.unit));
  return button;
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
    root.replaceChildren(...data.tiles.map((tile) => tileButton(tile, data, (unit) => state.select(unit))));
  }
  drawn.set(root, state);
}
