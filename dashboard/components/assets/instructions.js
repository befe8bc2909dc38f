// Instructions in a few pages, with a trial in small beside them. How long they were open is stored before the session goes on.

const FIGURE_FRAME_PX = 60;
const PARTS = { references: "references", choice: "queries", example: "all" };

// Time on the pages, over reloads too: what was read stays read.
class ReadingTime {
  constructor(sessionId) {
    this.name = `exemplary:read:${sessionId}`;
    this.since = performance.now();
    try {
      this.before = Number(sessionStorage.getItem(this.name)) || 0;
    } catch {
      this.before = 0;
    }
  }

  get ms() {
    return this.before + performance.now() - this.since;
  }

  keep() {
    try {
      sessionStorage.setItem(this.name, String(this.ms));
    } catch {
      // A private window: a reload then begins anew.
    }
  }
}

// A trial in small. Without images its places stay empty: they still show where things are.
function miniature(data) {
  const { example, texts, sides, image_url: url } = data;
  const load = (address, alt) => loadImage(`${url}/${address}`, alt);
  const images = (extreme, title) => Array.from({ length: data.n_references }, (_, i) => example && load(example[extreme][i], `${title}, ${i + 1}`));
  const figure = element("figure", "miniature");
  figure.dataset.sides = sides;
  if (sides === "min-max") figure.append(smallSide("min", texts.min_references, images("min", texts.min_references)));
  figure.append(smallCentre(data, load));
  if (sides !== "none") figure.append(smallSide("max", texts.max_references, images("max", texts.max_references)));
  return figure;
}

function smallSide(extreme, title, images) {
  const box = element("div", `side ${extreme}`);
  const grid = element("div", "references");
  grid.classList.toggle("single", images.length === 1);
  grid.append(...images.map((image) => slotOf(image)));
  box.append(words("h3", "side-title", title), grid);
  return box;
}

function smallCentre({ example, texts }, load) {
  const centre = element("div", "centre");
  for (const side of ["top", "bottom"]) {
    const name = texts[`query_${side}`];
    const slot = slotOf(example && load(example[side], name), "slot query-slot");
    if (example?.correct === side) slot.classList.add("right");
    const keys = element("div", "keys");
    const first = side === "top" ? 1 : 4;
    keys.append(...[0, 1, 2].map((place) => keyCap(first + place, texts[`confidence_${place + 1}`])));
    centre.append(words("span", "query-name", name), slot, keys);
  }
  return centre;
}

function keyCap(key, word) {
  const cap = element("span", "key");
  cap.append(words("kbd", "cap", String(key)), words("span", "word", word));
  return cap;
}

class Instructions {
  constructor(root, data) {
    this.id = data.session_id;
    this.root = root;
    this.data = data;
    this.page = 0;
    this.time = new ReadingTime(data.session_id);
    this.stage = new Stage(root, { label: data.texts.label, colours: data.colours, onSize: (width, height) => this.measure(width, height) });
    this.queue = new PostQueue({ kind: "event", sessionId: data.session_id, url: data.event_url, onChange: () => this.onQueue() });
    this.build(data);
    this.listen();
  }

  build({ texts }) {
    this.header = new Header(texts.label);
    this.text = element("div", "text", { "aria-live": "polite" });
    this.figure = miniature(this.data);
    this.back = panelButton(texts.back, () => this.turn(-1));
    this.next = panelButton(texts.next, () => this.turn(1));
    this.next.classList.add("first");
    const buttons = element("div", "turn");
    buttons.append(this.back, this.next);
    const spread = element("div", "spread");
    const column = element("div", "column");
    column.append(this.text, buttons, words("p", "hint", texts.keys));
    spread.append(column, this.figure);
    this.stage.fill(this.header.node, spread);
  }

  listen() {
    this.onKey = (event) => this.handleKey(event);
    this.onHide = () => this.time.keep();
    window.addEventListener("keydown", this.onKey);
    window.addEventListener("pagehide", this.onHide);
  }

  start() {
    sendStrays("event", this.data.event_url, this.data.session_id);
    if (this.queue.holds("instructed")) this.wait();
    else this.show();
    this.queue.send();
  }

  setPhase(phase) {
    this.phase = phase;
    this.stage.phase = phase;
  }

  measure(width, height) {
    const isUpright = height > width;
    this.stage.node.dataset.layout = isUpright ? "upright" : "wide";
    const across = (isUpright ? width : width * 0.62) - FIGURE_FRAME_PX;
    const down = (isUpright ? height * 0.5 : height) - 2 * FIGURE_FRAME_PX;
    const columns = { "min-max": 7.4, max: 4.4, none: 1.4 }[this.data.sides];
    const reference = Math.floor(Math.min(0.75 * this.data.image_px, across / columns, (down - 110) / 3));
    this.stage.setSizes({ reference, query: Math.floor(reference * 1.2) });
  }

  show() {
    const { pages, texts } = this.data;
    const page = pages[this.page];
    this.setPhase("instructions");
    this.stage.node.dataset.page = String(this.page);
    this.figure.dataset.part = PARTS[page.figure] ?? "none";
    this.figure.dataset.solved = String(page.figure === "example");
    this.text.replaceChildren(words("h2", "card-title", page.title), ...paragraphs(page.body, "card-body"));
    this.back.disabled = this.page === 0;
    this.next.textContent = this.page === pages.length - 1 ? texts.begin : texts.next;
    this.header.progress(texts.page, this.page, pages.length);
    this.next.focus({ preventScroll: true });
  }

  turn(by) {
    if (this.phase !== "instructions") return;
    const to = this.page + by;
    if (to >= this.data.pages.length) return this.finish();
    this.page = Math.max(0, to);
    this.show();
  }

  // Held keys do not run through the pages; a button that has the focus keeps its own Enter and Space.
  handleKey(event) {
    if (this.phase !== "instructions" || isModified(event) || isTyping(event) || isElsewhere(event, this.root)) return;
    const isOnBack = event.composedPath().includes(this.back);
    const by = event.key === "ArrowLeft" || (goesOn(event) && isOnBack) ? -1 : event.key === "ArrowRight" || goesOn(event) ? 1 : 0;
    if (!by) return;
    event.preventDefault();
    if (by > 0 && event.key === "ArrowRight" && this.page === this.data.pages.length - 1) return; // to begin takes the button's own key
    this.turn(by);
  }

  finish() {
    this.queue.add({ event_key: newKey(), session_id: this.data.session_id, kind: "instructed", duration_ms: tenths(this.time.ms) });
    if (this.phase === "instructions") this.wait();
  }

  wait() {
    this.setPhase("waiting");
    this.stage.showPanel({ title: this.data.texts.saving_title, body: this.data.texts.saving_body });
    this.onQueue();
  }

  onQueue() {
    const { texts } = this.data;
    this.header.note.textContent = this.queue.isDelayed ? texts.waiting : "";
    if (this.queue.isGone) return this.setTriggerValue("finished", { n: 0 });
    if (this.queue.refusal) return this.showRefusal();
    if (this.phase === "waiting" && !this.queue.waiting.length) this.done();
  }

  showRefusal() {
    const { texts } = this.data;
    const body = `${texts.refused_body}\n${this.queue.refusal.sentence}`;
    this.stage.showPanel({ title: texts.refused_title, body, buttons: [[texts.try_again, () => this.again()]] });
  }

  again() {
    this.queue.retryRefused();
    this.wait();
  }

  done() {
    const { texts } = this.data;
    this.phase = "done";
    tellUntilHeard(this.stage, {
      title: texts.saving_title,
      body: "",
      button: texts.go_on,
      trigger: () => this.setTriggerValue("finished", { page: this.page }),
      isOver: () => this.stopped,
    });
  }

  stop() {
    this.stopped = true;
    this.time.keep();
    this.queue.stop();
    this.stage.stop();
    window.removeEventListener("keydown", this.onKey);
    window.removeEventListener("pagehide", this.onHide);
  }
}

export default mounting(".instructions", Instructions, (data) => data.session_id);
