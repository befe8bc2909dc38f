// What a trial looks like: elements built once, sizes computed once per window size, images placed per trial.

const REFERENCE_GAP_PX = 6;
const QUERY_LABEL_PX = 24;
const BUTTONS_PX = 52;
const QUERY_GAP_PX = 14;
const HEADING_PX = 34;
const FRAME_PX = 116; // header, question and hint above and below the columns
const PAGE_MARGIN_PX = 16;
const LARGEST_BLEED_PX = 120;
const PAGE_BOTTOM_PX = 20;
const SMALLEST_STAGE_PX = 480;
const SMALLEST_REFERENCE_PX = 64;
const LARGEST_SCALE = 1.35; // of an image's own pixels; beyond that it looks blurred
const QUERY_TO_REFERENCE = 1.2;
const SNAP = 0.1; // within this share of the native size, take the native size: no resampling

function element(tag, className, attributes = {}) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// The largest sizes that fit: references 3 + 3 wide and 3 high, one query with its buttons twice high. Both extremes are always
// reserved, so that an image has the same size in every condition and scheme.
function geometry(width, height, imagePx) {
  const columnGap = Math.max(16, Math.min(44, Math.round(width * 0.024)));
  const largest = Math.floor(imagePx * LARGEST_SCALE);
  const free = width - 4 * REFERENCE_GAP_PX - 2 * columnGap;
  const queryHigh = Math.floor((height - QUERY_GAP_PX) / 2 - QUERY_LABEL_PX - BUTTONS_PX);
  const referenceHigh = Math.floor((height - HEADING_PX - 2 * REFERENCE_GAP_PX) / 3);
  let reference = Math.min(largest, referenceHigh, Math.floor(free / (6 + QUERY_TO_REFERENCE)));
  reference = Math.max(SMALLEST_REFERENCE_PX, snapped(Math.min(reference, queryHigh), imagePx));
  const query = Math.max(reference, snapped(Math.min(largest, queryHigh, free - 6 * reference), imagePx));
  return { reference, query, columnGap };
}

function snapped(size, imagePx) {
  return size >= imagePx && size <= imagePx * (1 + SNAP) ? imagePx : size;
}

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

function answerButton(side, confidence, texts, onAnswer) {
  const key = confidence + (side === "bottom" ? 3 : 0);
  const word = texts[`confidence_${confidence}`];
  const place = side === "top" ? texts.query_top : texts.query_bottom;
  const button = element("button", "answer", { type: "button", "aria-label": `${place}: ${word} (${texts.key} ${key})` });
  button.dataset.key = String(key);
  const cap = element("kbd", "cap");
  cap.textContent = String(key);
  const label = element("span", "word");
  label.textContent = word;
  button.append(cap, label);
  button.addEventListener("click", (event) => onAnswer(side, confidence, event));
  return button;
}

function queryBox(side, texts, onAnswer) {
  const box = element("div", "query", { role: "group", "aria-label": side === "top" ? texts.query_top : texts.query_bottom });
  const label = element("div", "query-label");
  const name = element("span", "query-name");
  name.textContent = side === "top" ? texts.query_top : texts.query_bottom;
  const verdict = element("span", "verdict", { role: "status" });
  const slot = element("div", "slot query-slot");
  const buttons = element("div", "answers");
  buttons.append(...[1, 2, 3].map((confidence) => answerButton(side, confidence, texts, onAnswer)));
  label.append(name, verdict);
  box.append(label, slot, buttons);
  return { box, slot, verdict, buttons: Array.from(buttons.children) };
}

function referenceSide(extreme, title) {
  const box = element("section", `side ${extreme}`, { "aria-label": title });
  const heading = element("h3", "side-title");
  heading.textContent = title;
  const grid = element("div", "references");
  box.append(heading, grid);
  return { box, grid };
}

function panelButton(text, onClick) {
  const button = element("button", "panel-button", { type: "button" });
  button.textContent = text;
  button.addEventListener("click", onClick);
  return button;
}

class TrialView {
  constructor(root, data, onAnswer) {
    this.root = root;
    this.data = data;
    this.build(data.texts, onAnswer);
    this.resize = () => this.measure();
    this.observer = new ResizeObserver(this.resize);
    this.observer.observe(root.parentElement ?? root);
    window.addEventListener("resize", this.resize);
    this.measure();
  }

  build(texts, onAnswer) {
    this.stage = element("section", "stage", { "aria-label": texts.stage });
    this.stage.style.setProperty("--max-colour", this.data.colours.max);
    this.stage.style.setProperty("--min-colour", this.data.colours.min);
    this.stage.style.setProperty("--correct-colour", this.data.colours.correct);
    this.question = element("p", "question");
    this.columns = element("div", "columns");
    this.minimal = referenceSide("min", texts.min_references);
    this.maximal = referenceSide("max", texts.max_references);
    this.queries = { top: queryBox("top", texts, onAnswer), bottom: queryBox("bottom", texts, onAnswer) };
    const centre = element("div", "centre");
    centre.append(this.queries.top.box, this.queries.bottom.box);
    this.columns.append(this.minimal.box, centre, this.maximal.box);
    const hint = element("p", "hint");
    hint.textContent = texts.hint;
    this.panel = element("div", "panel", { hidden: "", "aria-live": "polite" });
    this.stage.append(this.header(), this.question, this.columns, hint, this.panel);
    this.root.replaceChildren(this.stage);
  }

  header() {
    const header = element("header", "header");
    this.progressText = element("span", "progress-text");
    this.practice = element("span", "practice");
    this.note = element("span", "note", { role: "status" });
    this.bar = element("div", "bar", { role: "progressbar", "aria-valuemin": "0", "aria-label": this.data.texts.stage });
    this.bar.append(element("div", "bar-fill"));
    header.append(this.progressText, this.practice, this.note, this.bar);
    return header;
  }

  measure() {
    const host = this.root.getRootNode().host ?? this.root;
    const height = availableHeight(host);
    this.root.style.setProperty("--bleed", `${bleedOf(host)}px`);
    const width = Math.floor(this.root.getBoundingClientRect().width) - 32; // the stage's own padding
    if (width <= 0) return;
    const size = geometry(width, height - FRAME_PX, this.data.image_px);
    this.stage.style.setProperty("--stage-height", `${height}px`);
    this.stage.style.setProperty("--reference", `${size.reference}px`);
    this.stage.style.setProperty("--query", `${size.query}px`);
    this.stage.style.setProperty("--column-gap", `${size.columnGap}px`);
  }

  set phase(phase) {
    this.stage.dataset.phase = phase;
  }

  progress(position, total) {
    this.progressText.textContent = fill(this.data.texts.progress, { position: Math.min(position + 1, total), total });
    this.bar.firstChild.style.width = `${(100 * position) / Math.max(1, total)}%`;
    this.bar.setAttribute("aria-valuemax", String(total));
    this.bar.setAttribute("aria-valuenow", String(position));
  }

  // Puts a trial's images in place, unseen until reveal(): all of them appear in one frame.
  place(trial, images) {
    this.columns.classList.remove("revealed");
    this.stage.dataset.trial = String(trial.index);
    this.stage.dataset.sides = trial.sides;
    this.question.textContent = this.data.texts[`question_${trial.sides.replace("-", "_")}`];
    this.practice.textContent = trial.practice ? this.data.texts.practice : "";
    this.placeReferences(this.minimal.grid, images.min);
    this.placeReferences(this.maximal.grid, images.max);
    this.queries.top.slot.replaceChildren(images.top);
    this.queries.bottom.slot.replaceChildren(images.bottom);
    this.clearVerdict();
  }

  placeReferences(grid, images) {
    const slots = images.map((image) => {
      const slot = element("div", "slot");
      slot.append(image);
      return slot;
    });
    grid.classList.toggle("single", images.length === 1);
    grid.replaceChildren(...slots);
  }

  reveal() {
    this.columns.classList.add("revealed");
  }

  markChoice(side, confidence) {
    this.queries[side].buttons[confidence - 1].classList.add("chosen");
  }

  showVerdict(choice, isCorrect) {
    const correctSide = isCorrect ? choice : choice === "top" ? "bottom" : "top";
    this.queries[correctSide].slot.classList.add("correct");
    const verdict = this.queries[choice].verdict;
    verdict.textContent = isCorrect ? this.data.texts.correct : this.data.texts.incorrect;
    verdict.classList.toggle("right", isCorrect);
  }

  clearVerdict() {
    for (const query of Object.values(this.queries)) {
      query.slot.classList.remove("correct");
      query.verdict.textContent = "";
      for (const button of query.buttons) button.classList.remove("chosen");
    }
  }

  // A calm card over the stage: announcement, error, end. Each button is [text, action]; the first takes the focus.
  showPanel({ title, body, buttons = [] }) {
    const card = element("div", "card");
    const heading = element("h2", "card-title");
    heading.textContent = title;
    card.append(heading, ...paragraphs(body));
    const nodes = buttons.map(([text, action]) => panelButton(text, action));
    const row = element("div", "card-buttons");
    row.append(...nodes);
    if (nodes.length) card.append(row);
    this.panel.replaceChildren(card);
    this.panel.hidden = false;
    this.stage.classList.add("covered");
    nodes[0]?.focus({ preventScroll: true });
  }

  hidePanel() {
    this.panel.hidden = true;
    this.panel.replaceChildren();
    this.stage.classList.remove("covered");
  }

  stop() {
    this.observer.disconnect();
    window.removeEventListener("resize", this.resize);
  }
}

function paragraphs(body) {
  return (body ?? "").split("\n").filter((line) => line.trim()).map((line) => {
    const paragraph = element("p", "card-body");
    paragraph.textContent = line;
    return paragraph;
  });
}
