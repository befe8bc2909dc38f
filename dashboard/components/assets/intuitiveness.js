// Ratings of one moment: synthetic images beside natural ones, a slider from -100 to 100 that starts at 0. Zero is an answer like any
// other, but it must be meant: Continue waits until the slider was moved or 0 was confirmed.

const RATING_FRAME_PX = 264; // header, question, headings and the slider's lines
const SIDE_GAP_PX = 48;
const REFERENCE_GAP_PX = 6;
const SMALLEST_REFERENCE_PX = 64;
const LARGEST_SCALE = 1.35;

function ratingSide(name, title) {
  const box = element("section", `side ${name}`, { "aria-label": title });
  const grid = element("div", "references");
  box.append(words("h3", "side-title", title), grid);
  return { box, grid };
}

class Ratings {
  constructor(root, data) {
    this.id = data.name;
    this.root = root;
    this.data = data;
    this.turn = 0;
    this.stage = new Stage(root, { label: data.texts.stage, colours: data.colours, onSize: (width, height) => this.measure(width, height) });
    this.queue = new PostQueue({ kind: "rating", sessionId: data.session_id, url: data.rating_url, onChange: () => this.onQueue() });
    this.remaining = data.tasks.filter((task) => !this.isQueued(task));
    this.build(data.texts);
  }

  // Ratings of both moments may wait in one browser: the place alone does not name one.
  isQueued(task) {
    return this.queue.waiting.some((rating) => rating.moment === this.data.moment && rating.place === task.place);
  }

  build(texts) {
    this.header = new Header(texts.stage);
    this.columns = element("div", "columns");
    this.synthetic = ratingSide("synthetic", texts.synthetic);
    this.natural = ratingSide("natural", texts.natural);
    this.columns.append(this.synthetic.box, this.natural.box);
    this.stage.fill(this.header.node, words("p", "question", texts.question), this.columns, this.scale(texts));
  }

  scale(texts) {
    const scale = element("div", "scale");
    this.slider = element("input", "slider", { type: "range", min: "-100", max: "100", step: "1", "aria-label": texts.slider });
    this.value = element("output", "value");
    this.zero = panelButton(texts.keep_zero, () => this.confirmZero());
    this.zero.setAttribute("aria-pressed", "false");
    this.goOn = panelButton(texts.go_on, () => this.rate());
    this.goOn.classList.add("first");
    this.slider.addEventListener("input", () => this.move());
    this.slider.addEventListener("keydown", (event) => event.key === "Enter" && !event.repeat && this.rate());
    const ends = element("div", "ends");
    ends.append(words("span", "", `−100 ${texts.low}`), words("span", "middle", "0"), words("span", "", `${texts.high} 100`));
    const line = element("div", "line");
    line.append(this.slider, ends);
    const buttons = element("div", "rate");
    buttons.append(this.zero, this.value, this.goOn);
    scale.append(line, buttons, words("p", "hint", texts.hint));
    return scale;
  }

  measure(width, height) {
    const across = (width - SIDE_GAP_PX - 4 * REFERENCE_GAP_PX) / 6;
    const down = (height - RATING_FRAME_PX) / 3 - REFERENCE_GAP_PX;
    const largest = this.data.image_px * LARGEST_SCALE;
    const size = Math.floor(Math.min(largest, across, down));
    const isNative = size >= this.data.image_px && size <= 1.1 * this.data.image_px;
    this.stage.setSizes({ reference: Math.max(SMALLEST_REFERENCE_PX, isNative ? this.data.image_px : size), "column-gap": SIDE_GAP_PX });
  }

  start() {
    this.queue.send();
    sendStrays("rating", this.data.rating_url, this.data.session_id);
    if (!this.remaining.length) return this.next();
    const { texts, title, body } = this.data;
    this.setPhase("announcement");
    this.stage.showPanel({ title, body, buttons: [[texts.start, () => this.begin()]] });
    this.load(this.remaining[0]);
  }

  begin() {
    this.stage.hidePanel();
    this.next();
  }

  setPhase(phase) {
    this.phase = phase;
    this.stage.phase = phase;
  }

  load(task) {
    if (!task || this.loaded?.task === task) return;
    const { image_url: url, texts } = this.data;
    const images = (kind) => task[kind].map((address, i) => loadImage(`${url}/${address}`, `${texts[kind]}, ${i + 1}`));
    const [synthetic, natural] = [images("synthetic"), images("natural")];
    this.loaded = { task, synthetic, natural, decoded: decoded([...synthetic, ...natural]) };
  }

  async next() {
    const turn = ++this.turn;
    const [task] = this.remaining;
    const { texts, offset, tasks, total } = this.data;
    this.header.progress(texts.progress, offset + tasks.length - this.remaining.length, total);
    if (!task) return this.finish();
    this.task = task;
    this.load(task);
    this.setPhase("loading");
    this.place(this.loaded);
    try {
      await this.loaded.decoded;
    } catch {
      return this.showImageError(turn);
    }
    if (turn === this.turn && !this.stopped) await this.paint(turn);
  }

  place({ task, synthetic, natural }) {
    this.columns.classList.remove("revealed");
    this.stage.node.dataset.place = String(task.place);
    this.synthetic.grid.replaceChildren(...synthetic.map((image) => slotOf(image)));
    this.natural.grid.replaceChildren(...natural.map((image) => slotOf(image)));
    this.set(0, { isAnswer: false });
  }

  async paint(turn) {
    this.columns.classList.add("revealed");
    const onset = await twoFrames();
    if (turn !== this.turn || this.stopped) return;
    this.onset = onset;
    this.setPhase("rating");
    this.slider.focus({ preventScroll: true });
    this.load(this.remaining[1]);
  }

  set(rating, { isAnswer }) {
    this.slider.value = String(rating);
    this.value.textContent = isAnswer ? signed(rating) : "";
    this.zero.setAttribute("aria-pressed", String(isAnswer && rating === 0));
    this.goOn.disabled = !isAnswer;
    this.isAnswered = isAnswer;
  }

  move() {
    this.set(Number(this.slider.value), { isAnswer: true });
  }

  confirmZero() {
    if (this.phase !== "rating") return;
    this.set(0, { isAnswer: true });
    this.goOn.focus({ preventScroll: true });
  }

  rate() {
    if (this.phase !== "rating" || !this.isAnswered) return;
    this.setPhase("answered");
    this.queue.add({
      rating_key: newKey(),
      session_id: this.data.session_id,
      moment: this.data.moment,
      place: this.task.place,
      rating: Number(this.slider.value),
      reaction_time_ms: tenths(performance.now() - this.onset),
    });
    this.remaining = this.remaining.filter((task) => task !== this.task);
    this.next();
  }

  finish() {
    if (!this.queue.waiting.length) return this.done();
    this.setPhase("waiting");
    this.stage.showPanel({ title: this.data.texts.saving_title, body: this.data.texts.saving_body });
  }

  onQueue() {
    this.header.note.textContent = this.queue.isDelayed ? this.data.texts.waiting : "";
    if (this.queue.isGone) return this.setTriggerValue("finished", { n: 0 });
    if (this.queue.refusal) this.showRefusal();
    else if (this.phase === "waiting" && !this.queue.waiting.length) this.done();
  }

  showRefusal() {
    const { texts } = this.data;
    const body = `${texts.refused_body}\n${this.queue.refusal.sentence}`;
    const buttons = [[texts.try_again, () => this.retry()], [texts.answer_again, () => this.rateAgain()]];
    this.stage.showPanel({ title: texts.refused_title, body, buttons });
  }

  retry() {
    this.restore();
    this.queue.retryRefused();
  }

  rateAgain() {
    const { place, moment } = this.queue.refusal.item;
    const task = this.data.tasks.find((other) => moment === this.data.moment && other.place === place);
    if (task && !this.remaining.includes(task)) this.remaining.push(task);
    const isIdle = this.phase === "waiting";
    if (isIdle) this.setPhase("answered"); // so that the emptied queue does not end the ratings
    this.queue.dropRefused();
    this.restore();
    if (isIdle) this.next();
  }

  restore() {
    if (this.phase === "announcement") this.start();
    else if (this.phase === "waiting") this.finish();
    else this.stage.hidePanel();
  }

  showImageError(turn) {
    if (turn !== this.turn || this.stopped) return;
    const { texts } = this.data;
    this.setPhase("error");
    const again = () => {
      this.loaded = null;
      this.stage.hidePanel();
      this.next();
    };
    this.stage.showPanel({ title: texts.image_error_title, body: texts.image_error_body, buttons: [[texts.try_again, again]] });
  }

  done() {
    const { texts, tasks } = this.data;
    this.phase = "done";
    tellUntilHeard(this.stage, {
      title: texts.done_title,
      body: texts.done_body,
      button: texts.go_on,
      trigger: () => this.setTriggerValue("finished", { n: tasks.length }),
      isOver: () => this.stopped || this.phase !== "done",
    });
  }

  stop() {
    this.stopped = true;
    this.queue.stop();
    this.stage.stop();
  }
}

function signed(rating) {
  return rating > 0 ? `+${rating}` : String(rating).replace("-", "−");
}

export default mounting(".intuitiveness", Ratings, (data) => data.name);
