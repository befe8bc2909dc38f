// What a trial looks like: elements built once, sizes computed once per window size, images placed per trial.

const REFERENCE_GAP_PX = 6;
const QUERY_LABEL_PX = 24;
const BUTTONS_PX = 52;
const TOUCH_BUTTONS_PX = 60; // below a finger, with the gap above
const QUERY_GAP_PX = 14;
const HEADING_PX = 34;
const FRAME_PX = 116; // header, question and hint above and below the columns
const SMALLEST_REFERENCE_PX = 64;
const LARGEST_SCALE = 1.35; // of an image's own pixels; beyond that it looks blurred
const QUERY_TO_REFERENCE = 1.2;
const SNAP = 0.1; // within this share of the native size, take the native size: no resampling
const ROW_GAP_PX = 20;

// The largest sizes that fit: references 3 + 3 wide and 3 high, one query with its buttons twice high. Both extremes are always
// reserved, so that an image has the same size in every condition and scheme.
function geometry(width, height, imagePx, buttons) {
  const gap = Math.max(16, Math.min(44, Math.round(width * 0.024)));
  const largest = Math.floor(imagePx * LARGEST_SCALE);
  const free = width - 4 * REFERENCE_GAP_PX - 2 * gap;
  const queryHigh = Math.floor((height - QUERY_GAP_PX) / 2 - QUERY_LABEL_PX - buttons);
  const referenceHigh = Math.floor((height - HEADING_PX - 2 * REFERENCE_GAP_PX) / 3);
  let reference = Math.min(largest, referenceHigh, Math.floor(free / (6 + QUERY_TO_REFERENCE)));
  reference = Math.max(SMALLEST_REFERENCE_PX, snapped(Math.min(reference, queryHigh), imagePx));
  const query = Math.max(reference, snapped(Math.min(largest, queryHigh, free - 6 * reference), imagePx));
  return { reference, query, "column-gap": gap };
}

// On an upright tablet the references stand side by side, and the queries below them.
function uprightGeometry(width, height, imagePx, buttons) {
  const gap = 24;
  const largest = Math.floor(imagePx * LARGEST_SCALE);
  const fixed = HEADING_PX + 2 * REFERENCE_GAP_PX + ROW_GAP_PX + QUERY_GAP_PX + 2 * (QUERY_LABEL_PX + buttons);
  const wide = Math.floor((width - gap - 4 * REFERENCE_GAP_PX) / 6);
  const high = Math.floor((height - fixed) / (3 + 2 * QUERY_TO_REFERENCE));
  const reference = Math.max(SMALLEST_REFERENCE_PX, snapped(Math.min(largest, wide, high), imagePx));
  const query = Math.max(reference, snapped(Math.min(largest, Math.floor((height - fixed - 3 * reference) / 2)), imagePx));
  return { reference, query, "column-gap": gap };
}

function snapped(size, imagePx) {
  return size >= imagePx && size <= imagePx * (1 + SNAP) ? imagePx : size;
}

function answerButton(side, confidence, texts, onAnswer) {
  const key = confidence + (side === "bottom" ? 3 : 0);
  const word = texts[`confidence_${confidence}`];
  const place = side === "top" ? texts.query_top : texts.query_bottom;
  const button = element("button", "answer", { type: "button", "aria-label": `${place}: ${word} (${texts.key} ${key})` });
  button.dataset.key = String(key);
  button.append(words("kbd", "cap", String(key)), words("span", "word", word));
  button.addEventListener("click", (event) => onAnswer(side, confidence, event));
  return button;
}

function queryBox(side, texts, onAnswer) {
  const name = side === "top" ? texts.query_top : texts.query_bottom;
  const box = element("div", "query", { role: "group", "aria-label": name });
  const label = element("div", "query-label");
  const verdict = element("span", "verdict", { role: "status" });
  const slot = element("div", "slot query-slot");
  const buttons = element("div", "answers");
  buttons.append(...[1, 2, 3].map((confidence) => answerButton(side, confidence, texts, onAnswer)));
  label.append(words("span", "query-name", name), verdict);
  box.append(label, slot, buttons);
  return { box, slot, verdict, buttons: Array.from(buttons.children) };
}

function referenceSide(extreme, title) {
  const box = element("section", `side ${extreme}`, { "aria-label": title });
  const grid = element("div", "references");
  box.append(words("h3", "side-title", title), grid);
  return { box, grid };
}

function placeReferences(grid, images) {
  grid.classList.toggle("single", images.length === 1);
  grid.replaceChildren(...images.map((image) => slotOf(image)));
}

class TrialView {
  constructor(root, data, onAnswer) {
    this.data = data;
    this.stage = new Stage(root, {
      label: data.texts.stage,
      colours: data.colours,
      onSize: (width, height) => this.measure(width, height),
    });
    this.build(data.texts, onAnswer);
  }

  build(texts, onAnswer) {
    this.header = new Header(texts.stage);
    this.question = element("p", "question");
    this.columns = element("div", "columns");
    this.minimal = referenceSide("min", texts.min_references);
    this.maximal = referenceSide("max", texts.max_references);
    this.queries = { top: queryBox("top", texts, onAnswer), bottom: queryBox("bottom", texts, onAnswer) };
    const centre = element("div", "centre");
    centre.append(this.queries.top.box, this.queries.bottom.box);
    this.columns.append(this.minimal.box, centre, this.maximal.box);
    this.explanation = element("div", "explanation", { role: "status", hidden: "" });
    this.stage.fill(this.header.node, this.question, this.columns, words("p", "hint", texts.hint), this.explanation);
  }

  measure(width, height) {
    const buttons = matchMedia("(pointer: coarse)").matches ? TOUCH_BUTTONS_PX : BUTTONS_PX;
    const isUpright = height > width;
    this.stage.node.dataset.layout = isUpright ? "upright" : "wide";
    const sizes = (isUpright ? uprightGeometry : geometry)(width, height - FRAME_PX, this.data.image_px, buttons);
    this.stage.setSizes({ ...sizes, answers: buttons - 9 });
  }

  // Puts a trial's images in place, unseen until reveal(): all of them appear in one frame.
  place(trial, images) {
    this.columns.classList.remove("revealed");
    this.stage.node.dataset.trial = String(trial.index);
    this.stage.node.dataset.sides = trial.sides;
    this.question.textContent = this.data.texts[`question_${howMany(trial)}`];
    this.header.badge.textContent = trial.practice ? this.data.texts.practice : "";
    placeReferences(this.minimal.grid, images.min);
    placeReferences(this.maximal.grid, images.max);
    this.queries.top.slot.replaceChildren(images.top);
    this.queries.bottom.slot.replaceChildren(images.bottom);
    this.clearVerdict();
  }

  reveal() {
    this.columns.classList.add("revealed");
  }

  markChoice(side, confidence) {
    this.queries[side].buttons[confidence - 1].classList.add("chosen");
  }

  showVerdict(choice, isCorrect) {
    this.queries[rightSide(choice, isCorrect)].slot.classList.add("correct");
    const verdict = this.queries[choice].verdict;
    verdict.textContent = isCorrect ? this.data.texts.correct : this.data.texts.incorrect;
    verdict.classList.toggle("right", isCorrect);
  }

  // Why the other image was right, in place of the question: the images stay where they are.
  explain(trial, choice, onContinue) {
    const { texts } = this.data;
    const template = texts[{ "min-max": "explain_both", max: "explain_max", none: "explain_none" }[trial.sides]];
    const button = panelButton(texts.go_on, onContinue);
    this.explanation.replaceChildren(words("p", "", fill(template, { side: texts[`side_${rightSide(choice, false)}`] })), button);
    this.explanation.hidden = false;
    button.focus({ preventScroll: true });
  }

  clearVerdict() {
    this.explanation.hidden = true;
    this.explanation.replaceChildren();
    for (const query of Object.values(this.queries)) {
      query.slot.classList.remove("correct");
      query.verdict.textContent = "";
      for (const button of query.buttons) button.classList.remove("chosen");
    }
  }

  showScore({ correct, n }) {
    this.header.score.textContent = n ? fill(this.data.texts.score, { correct, n }) : "";
  }

  stop() {
    this.stage.stop();
  }
}

function rightSide(choice, isCorrect) {
  if (isCorrect) return choice;
  return choice === "top" ? "bottom" : "top";
}

function howMany(trial) {
  if (trial.sides === "none") return "none";
  return trial.max.length === 1 ? "one" : "many";
}
