// Units in small, each a link to its page; a plain click stays in this session and tells Python which unit.

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function picture(address, condition, data) {
  const figure = element("span", "picture");
  figure.title = data.texts[condition];
  if (address) {
    const image = new Image();
    image.loading = "lazy";
    image.decoding = "async";
    image.alt = "";
    image.src = `${data.thumb_url}/${address}`;
    figure.append(image);
  } else {
    figure.append(element("span", "placeholder"));
  }
  const mark = element("span", "mark");
  mark.style.background = data.colours[condition];
  figure.append(mark);
  return figure;
}

function bar(share) {
  const track = element("span", "track");
  const filled = element("span", "filled");
  filled.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  track.append(filled);
  return track;
}

function tile(unit, data, onSelect) {
  const link = element("a", "tile");
  link.href = unit.href;
  link.title = unit.help;
  link.setAttribute("aria-label", `${unit.unit}, ${unit.branch}, ${unit.caption}`);
  const pictures = element("span", "pictures");
  pictures.append(picture(unit.natural, "natural", data));
  if (unit.synthetic) pictures.append(picture(unit.synthetic, "synthetic", data));
  const words = element("span", "words");
  words.append(element("span", "name", unit.unit), element("span", "caption", unit.caption));
  link.append(pictures, words);
  if (unit.share !== null) link.append(bar(unit.share));
  link.addEventListener("click", (event) => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return; // a tab of its own
    event.preventDefault();
    onSelect(unit.unit);
  });
  return link;
}

const drawn = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".unit-strip");
  const state = drawn.get(root) ?? {};
  state.select = (unit) => setTriggerValue("selected", unit);
  const content = JSON.stringify(data);
  if (state.content !== content) {
    state.content = content;
    root.style.setProperty("--tile", `${data.tile_px}px`);
    root.replaceChildren(...data.units.map((unit) => tile(unit, data, (name) => state.select(name))));
  }
  drawn.set(root, state);
}
