// Aligned images with captions; a click shows one at full size in a dialog, where the arrow keys turn the pages.
// A picture laid over an image (a cell's `over`) appears once it is decoded: until then the image stays, and nothing moves.

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function imageUrl(data, cell) {
  return `${data.image_url}/${cell.address}`;
}

function cellFigure(cell, position, view, onOpen) {
  const figure = element("figure", "cell");
  const button = element("button", "open");
  button.type = "button";
  const image = new Image(view.data.image_px, view.data.image_px);
  image.loading = "lazy";
  image.decoding = "async";
  image.src = imageUrl(view.data, cell);
  button.append(image);
  button.addEventListener("click", () => onOpen(position));
  figure.append(button);
  return figure;
}

function updateFigure(figure, cell, data) {
  const button = figure.firstElementChild;
  button.setAttribute("aria-label", `${data.texts.enlarge}: ${cell.alt || cell.caption}`);
  button.firstElementChild.alt = cell.alt;
  layOver(button, cell.over, data.texts.not_drawn);
  figure.querySelector(".caption")?.remove();
  if (cell.caption || cell.mark) figure.append(captionOf(cell));
}

function layOver(button, url, failure) {
  if ((button.dataset.over ?? "") === url) return;
  button.dataset.over = url;
  button.title = "";
  const former = button.querySelectorAll(".over");
  const remove = () => former.forEach((node) => node.remove());
  if (!url) return remove();
  const image = new Image();
  image.className = "over";
  image.alt = "";
  image.src = url;
  const isWanted = () => button.dataset.over === url;
  image.decode().then(
    () => isWanted() && (remove(), button.append(image)),
    () => isWanted() && (remove(), (button.title = failure)),
  );
}

function captionOf(cell) {
  const caption = element("figcaption", "caption", cell.caption);
  if (cell.mark) {
    const mark = element("span", "mark", cell.mark);
    mark.title = cell.mark_help;
    caption.append(" ", mark);
  }
  return caption;
}

function legendOf(legend) {
  const node = element("div", "legend");
  const bar = element("span", "ramp");
  if (legend.colours.length) bar.style.background = `linear-gradient(to right, ${legend.colours.join(", ")})`;
  const ends = element("span", "ends");
  ends.append(...legend.numbers.map((number) => element("span", "", number)));
  node.append(bar, ends);
  node.title = legend.help;
  return node;
}

function lightbox(view) {
  const dialog = element("dialog", "lightbox");
  const image = new Image();
  image.className = "full";
  const caption = element("p", "full-caption");
  const close = element("button", "close", "×");
  close.type = "button";
  close.addEventListener("click", () => dialog.close());
  dialog.append(image, caption, element("a", "more"), close);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // the backdrop
  dialog.addEventListener("keydown", (event) => turnPage(dialog, event));
  dialog.show_ = (position) => showCell(dialog, view.data, position);
  return dialog;
}

function showCell(dialog, data, position) {
  const cell = data.cells[(position + data.cells.length) % data.cells.length];
  const [image, caption, more] = dialog.children;
  dialog.dataset.position = String(data.cells.indexOf(cell));
  image.src = cell.over || imageUrl(data, cell);
  image.alt = cell.alt;
  caption.textContent = [cell.caption, cell.detail].filter(Boolean).join(" · ");
  more.hidden = !cell.href;
  more.href = cell.href;
  more.textContent = data.texts.excites;
  if (!dialog.open) dialog.showModal();
}

function turnPage(dialog, event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  event.stopPropagation(); // the page's own shortcuts rest while the dialog is open
  if (step) dialog.show_(Number(dialog.dataset.position) + step);
}

function drawGrid(root, data) {
  const view = { data };
  const dialog = lightbox(view);
  const grid = element("div", "cells");
  grid.append(...data.cells.map((cell, position) => cellFigure(cell, position, view, dialog.show_)));
  root.replaceChildren(grid, dialog);
  return { view, grid, dialog, images: imagesOf(data) };
}

function imagesOf(data) {
  return JSON.stringify([data.image_url, data.image_px, data.cells.map((cell) => cell.address)]);
}

const drawn = new WeakMap(); // root: what it shows, and the nodes that show it

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".exemplar-grid");
  const content = JSON.stringify(data);
  const former = drawn.get(root);
  if (former?.content === content) return;
  root.style.setProperty("--columns", String(data.columns));
  root.style.setProperty("--image", `${data.image_px}px`);
  root.style.setProperty("--rule", data.rule ?? "transparent");
  root.classList.toggle("ruled", Boolean(data.rule));
  root.style.setProperty("--largest", `${data.largest_px}px`);
  const shown = former?.images === imagesOf(data) ? former : drawGrid(root, data);
  shown.view.data = data;
  shown.dialog.lastElementChild.setAttribute("aria-label", data.texts.close);
  data.cells.forEach((cell, position) => updateFigure(shown.grid.children[position], cell, data));
  root.querySelector(".legend")?.remove();
  if (data.legend) shown.grid.after(legendOf(data.legend));
  drawn.set(root, { ...shown, content });
}
