// A modal dialog with the page's keys. The browser itself keeps the focus in it, closes it on Escape and gives the focus back.

const told = new WeakMap(); // root: what it tells now

function draw(root, data) {
  const dialog = element("dialog", "card");
  dialog.setAttribute("aria-label", data.title);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // the backdrop
  dialog.addEventListener("close", () => dialog.replaceChildren()); // closed, it has no headings and words that could be found
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation(); // the page's own keys rest
    if (event.key === "?") dialog.close();
  });
  const sign = button("sign", "?", () => open(root), data.title);
  sign.title = `${data.title} (?)`;
  sign.setAttribute("aria-haspopup", "dialog");
  root.replaceChildren(sign, dialog);
}

function open(root) {
  const [dialog, data] = [root.querySelector("dialog"), told.get(root)];
  const list = element("dl");
  data.keys.forEach(([keys, words]) => list.append(element("dt", "", keys), element("dd", "", words)));
  dialog.replaceChildren(element("h2", "", data.title), list, button("close", data.close, () => dialog.close()));
  dialog.showModal();
}

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select, [role='textbox']"));
}

function mayOpen(event) {
  if (event.key !== "?" || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return false;
  const inside = event.composedPath().filter((one) => one instanceof Element);
  return !isTyping(inside[0]) && !inside.some((one) => one.matches("dialog, [role='dialog'], [role='listbox']"));
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".keyboard-help");
  const isSame = JSON.stringify(told.get(root)) === JSON.stringify(data);
  told.set(root, data);
  if (!isSame) draw(root, data);
  const onKey = (event) => {
    if (!root.isConnected || !mayOpen(event) || root.querySelector("dialog").open) return;
    event.preventDefault();
    open(root);
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
