// Aligned images with captions; a click shows one at full size in a dialog, where the arrow keys turn the pages.

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function cellFigure(cell, position, data, onOpen) {
  const figure = element("figure", "cell");
  const button = element("button", "open");
  button.type = "button";
  button.setAttribute("aria-label", `${data.texts.enlarge}: ${cell.alt || cell.caption}`);
  const image = new Image(data.image_px, data.image_px);
  image.loading = "lazy";
  image.decoding = "async";
  image.alt = cell.alt;
  image.src = `${data.image_url}/${cell.address}`;
  button.append(image);
  button.addEventListener("click", () => onOpen(position));
  figure.append(button);
  if (cell.caption || cell.mark) figure.append(captionOf(cell));
  return figure;
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

function lightbox(data) {
  const dialog = element("dialog", "lightbox");
  const image = new Image();
  image.className = "full";
  const caption = element("p", "full-caption");
  const close = element("button", "close", "×");
  close.type = "button";
  close.setAttribute("aria-label", data.texts.close);
  close.addEventListener("click", () => dialog.close());
  dialog.append(image, caption, close);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // the backdrop
  dialog.addEventListener("keydown", (event) => turnPage(dialog, event));
  dialog.show_ = (position) => showCell(dialog, data, position);
  return dialog;
}

function showCell(dialog, data, position) {
  const cell = data.cells[(position + data.cells.length) % data.cells.length];
  const [image, caption] = dialog.children;
  dialog.dataset.position = String(data.cells.indexOf(cell));
  image.src = `${data.image_url}/${cell.address}`;
  image.alt = cell.alt;
  caption.textContent = [cell.caption, cell.detail].filter(Boolean).join(" · ");
  if (!dialog.open) dialog.showModal();
}

function turnPage(dialog, event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  event.stopPropagation(); // the page's own shortcuts rest while the dialog is open
  if (step) dialog.show_(Number(dialog.dataset.position) + step);
}

const drawn = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".exemplar-grid");
  const content = JSON.stringify(data);
  if (drawn.get(root) === content) return;
  drawn.set(root, content);
  root.style.setProperty("--columns", String(data.columns));
  root.style.setProperty("--image", `${data.image_px}px`);
  root.style.setProperty("--largest", `${data.largest_px}px`);
  const dialog = lightbox(data);
  const grid = element("div", "cells");
  grid.append(...data.cells.map((cell, position) => cellFigure(cell, position, data, dialog.show_)));
  root.replaceChildren(grid, dialog);
}
