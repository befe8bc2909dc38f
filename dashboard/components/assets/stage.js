// What all of a participant's components share: elements, images, the size of the stage, the calm card over it, keys.

const PAGE_MARGIN_PX = 16;
const LARGEST_BLEED_PX = 120;
const PAGE_BOTTOM_PX = 20;
const SMALLEST_STAGE_PX = 480;

function element(tag, className, attributes = {}) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function words(tag, className, text, attributes = {}) {
  const node = element(tag, className, attributes);
  node.textContent = text;
  return node;
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

function paragraphs(body, className) {
  const lines = (body ?? "").split("\n").filter((line) => line.trim());
  return lines.map((line) => words("p", className, line));
}

function panelButton(text, onClick) {
  const button = words("button", "panel-button", text, { type: "button" });
  button.addEventListener("click", onClick);
  return button;
}

// --- images ---------------------------------------------------------------------------------------------------------------------

function loadImage(url, alt) {
  const image = new Image();
  image.alt = alt;
  image.draggable = false;
  image.src = url;
  return image;
}

// Settles when every image can be painted without further work.
function decoded(images) {
  const all = Promise.all(images.map((image) => image.decode()));
  all.catch(() => {}); // reported when their turn comes
  return all;
}

function slotOf(image, className = "slot") {
  const slot = element("div", className);
  if (image) slot.append(image);
  return slot;
}

// --- time -----------------------------------------------------------------------------------------------------------------------

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// The second frame begins after the first one, which holds the change, was handed to the screen.
function twoFrames() {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

function tenths(ms) {
  return Math.round(ms * 10) / 10;
}

// --- keys -----------------------------------------------------------------------------------------------------------------------

function isTyping(event) {
  const target = event.composedPath()[0];
  return target instanceof Element && (target.matches("input, textarea, select") || target.isContentEditable);
}

// A button or link of the page around the component keeps its own Enter and Space: somebody may be leaving.
function isElsewhere(event, root) {
  const path = event.composedPath();
  return !path.includes(root) && path.some((node) => node instanceof Element && node.matches("button, a, [role=button]"));
}

function isModified(event) {
  return event.repeat || event.ctrlKey || event.altKey || event.metaKey;
}

function goesOn(event) {
  return event.code === "Space" || event.key === "Enter";
}

// --- size -----------------------------------------------------------------------------------------------------------------------

// Height left in the window below the component's top, whatever stands above it on the page.
function availableHeight(host) {
  let top = host.getBoundingClientRect().top;
  for (let node = host.parentElement; node; node = node.parentElement) top += node.scrollTop;
  return Math.max(SMALLEST_STAGE_PX, Math.floor(window.innerHeight - top - PAGE_BOTTOM_PX));
}

// How far the stage may reach into the page's side margins: an image is worth more than a margin. Only where the component fills
// the page's width: in a column or beside a narrow text the two margins differ, and it stays inside.
function bleedOf(host) {
  let page = host.parentElement;
  while (page && !/auto|scroll/.test(getComputedStyle(page).overflowY)) page = page.parentElement;
  if (!page) return 0;
  const box = host.getBoundingClientRect();
  const left = box.left - page.getBoundingClientRect().left;
  const right = page.getBoundingClientRect().left + page.clientWidth - box.right;
  const margin = Math.floor(Math.min(left, right));
  return Math.abs(left - right) > 24 || margin > LARGEST_BLEED_PX ? 0 : Math.max(0, margin - PAGE_MARGIN_PX);
}

const STAGE_PADDING_PX = 32;

// The stage fills the window: `onSize(width, height)` gets the room inside it, now and whenever it changes.
class Stage {
  constructor(root, { label, colours, onSize }) {
    this.root = root;
    this.onSize = onSize;
    this.node = element("section", "stage", { "aria-label": label });
    for (const [name, colour] of Object.entries(colours)) this.node.style.setProperty(`--${name}-colour`, colour);
    this.node.addEventListener("keydown", (event) => event.repeat && goesOn(event) && event.preventDefault()); // held, a key presses once
    this.panel = element("div", "panel", { hidden: "", "aria-live": "polite" });
    root.replaceChildren(this.node);
    this.resize = () => this.measure();
    this.observer = new ResizeObserver(this.resize);
  }

  // Fills the stage; the card lies over whatever there is.
  fill(...nodes) {
    this.node.append(...nodes, this.panel);
    this.observer.observe(this.root.parentElement ?? this.root);
    window.addEventListener("resize", this.resize);
    this.measure();
  }

  measure() {
    const host = this.root.getRootNode().host ?? this.root;
    const height = availableHeight(host);
    this.root.style.setProperty("--bleed", `${bleedOf(host)}px`);
    const width = Math.floor(this.root.getBoundingClientRect().width) - STAGE_PADDING_PX;
    if (width <= 0) return;
    this.node.style.setProperty("--stage-height", `${height}px`);
    this.onSize(width, height);
  }

  setSizes(sizes) {
    for (const [name, px] of Object.entries(sizes)) this.node.style.setProperty(`--${name}`, `${px}px`);
  }

  set phase(phase) {
    this.node.dataset.phase = phase;
  }

  // A calm card over the stage: announcement, error, end. Each button is [text, action]; the first takes the focus.
  showPanel({ title, body, buttons = [] }) {
    const card = element("div", "card");
    card.append(words("h2", "card-title", title), ...paragraphs(body, "card-body"));
    const nodes = buttons.map(([text, action]) => panelButton(text, action));
    const row = element("div", "card-buttons");
    row.append(...nodes);
    if (nodes.length) card.append(row);
    this.panel.replaceChildren(card);
    this.panel.hidden = false;
    this.node.classList.add("covered");
    nodes[0]?.focus({ preventScroll: true });
  }

  hidePanel() {
    this.panel.hidden = true;
    this.panel.replaceChildren();
    this.node.classList.remove("covered");
  }

  stop() {
    this.observer.disconnect();
    window.removeEventListener("resize", this.resize);
  }
}

// The line above the stage's content: how far one is, what waits, a bar.
class Header {
  constructor(label) {
    this.node = element("header", "header");
    this.text = element("span", "progress-text");
    this.badge = element("span", "badge");
    this.score = element("span", "score", { role: "status" });
    this.note = element("span", "note", { role: "status" });
    this.bar = element("div", "bar", { role: "progressbar", "aria-valuemin": "0", "aria-label": label });
    this.bar.append(element("div", "bar-fill"));
    this.node.append(this.text, this.badge, this.score, this.note, this.bar);
  }

  // `position` things of `total` are done.
  progress(template, position, total) {
    this.text.textContent = fill(template, { position: Math.min(position + 1, total), total });
    this.bar.firstChild.style.width = `${(100 * position) / Math.max(1, total)}%`;
    this.bar.setAttribute("aria-valuemax", String(total));
    this.bar.setAttribute("aria-valuenow", String(position));
  }
}

// The function that Streamlit calls, again on every rerun and theme change: what is under way in the element goes on undisturbed, what has
// another identity (or was stopped) is replaced.
function mounting(selector, Kind, identityOf) {
  const shown = new WeakMap();
  return ({ data, parentElement, setTriggerValue }) => {
    const root = parentElement.querySelector(selector);
    const former = shown.get(root);
    const isNew = former?.id !== identityOf(data) || former.stopped;
    if (isNew) former?.stop();
    const current = isNew ? new Kind(root, data) : former;
    shown.set(root, current);
    current.setTriggerValue = setTriggerValue;
    if (isNew) current.start();
    return () => shown.get(root)?.stop();
  };
}

// If the connection to the page was down, a trigger is lost: after a while a button sends it again.
const CONTINUE_AFTER_MS = 4000;

function tellUntilHeard(stage, { title, body, button, trigger, isOver }) {
  stage.phase = "done";
  stage.showPanel({ title, body });
  trigger();
  setTimeout(() => isOver() || stage.showPanel({ title, body, buttons: [[button, trigger]] }), CONTINUE_AFTER_MS);
}
