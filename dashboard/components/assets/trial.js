// A block of trials, from the announcement to the last stored answer. Phases of the stage (data-phase):
// announcement -> (loading -> painted -> answering -> answered [-> feedback])* -> waiting -> done; error stands over any of them.

const KEY_ANSWERS = { 1: ["top", 1], 2: ["top", 2], 3: ["top", 3], 4: ["bottom", 1], 5: ["bottom", 2], 6: ["bottom", 3] };
const CONTINUE_AFTER_MS = 4000;

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// The second frame begins after the first one, which holds the change, was handed to the screen.
function twoFrames() {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

// By position on the keyboard, not by character: digits need Shift on some layouts, and the keypad sends End for 1 without NumLock.
function answerOfKey(event) {
  const digit = /^(?:Digit|Numpad)([1-6])$/.exec(event.code)?.[1] ?? (event.code ? null : event.key);
  return KEY_ANSWERS[digit] ?? null;
}

function isTyping(event) {
  const target = event.composedPath()[0];
  return target instanceof Element && (target.matches("input, textarea, select") || target.isContentEditable);
}

// A button or link of the page around the component keeps its own Enter and Space: somebody may be leaving.
function isElsewhere(event, root) {
  const path = event.composedPath();
  return !path.includes(root) && path.some((node) => node instanceof Element && node.matches("button, a, [role=button]"));
}

function loadImage(url, alt) {
  const image = new Image();
  image.alt = alt;
  image.draggable = false;
  image.src = url;
  return image;
}

// Requests a trial's images at once; `decoded` settles when every one can be painted without further work.
function loadTrial(trial, data) {
  const load = (address, alt) => loadImage(`${data.image_url}/${address}`, alt);
  const references = (extreme, title) => trial[extreme].map((address, i) => load(address, `${title}, ${i + 1}`));
  const images = {
    min: references("min", data.texts.min_references),
    max: references("max", data.texts.max_references),
    top: load(trial.top, data.texts.query_top),
    bottom: load(trial.bottom, data.texts.query_bottom),
  };
  const all = [...images.min, ...images.max, images.top, images.bottom];
  images.decoded = Promise.all(all.map((image) => image.decode()));
  images.decoded.catch(() => {}); // reported when the trial's turn comes
  return images;
}

function screenName() {
  return `${window.innerWidth}x${window.innerHeight}@${Math.round(window.devicePixelRatio * 100) / 100}`;
}

class Block {
  constructor(root, data) {
    this.id = data.block;
    this.data = data;
    this.view = new TrialView(root, data, (side, confidence, event) => this.onButton(side, confidence, event));
    this.queue = new AnswerQueue({ sessionId: data.session_id, url: data.answer_url, onChange: () => this.onQueue() });
    this.remaining = data.trials.filter((trial) => !this.queue.holds(trial.index));
    this.lockedUntil = 0;
    this.turn = 0;
    this.listen();
  }

  listen() {
    this.onKey = (event) => this.handleKey(event);
    this.onHidden = () => (this.wasHidden ||= document.hidden);
    this.onPointer = (event) => (this.pointerType = event.pointerType);
    window.addEventListener("keydown", this.onKey);
    document.addEventListener("visibilitychange", this.onHidden);
    this.view.root.addEventListener("pointerdown", this.onPointer);
  }

  start() {
    this.queue.send();
    sendStrays(this.data.answer_url, this.data.session_id);
    this.preload();
    this.showProgress();
    if (this.data.announcement && this.remaining.length) this.announce();
    else this.next();
  }

  setPhase(phase) {
    this.phase = phase;
    this.view.phase = phase;
  }

  announce() {
    const { title, body, button } = this.data.announcement;
    this.setPhase("announcement");
    this.view.showPanel({ title, body, buttons: [[button, () => this.begin()]] });
  }

  begin() {
    if (this.phase !== "announcement") return;
    this.view.hidePanel();
    this.next();
  }

  preload() {
    const trial = this.remaining.find((other) => other !== this.trial);
    if (trial && this.loaded?.trial !== trial) this.loaded = { trial, images: loadTrial(trial, this.data) };
  }

  showProgress() {
    const { offset, trials, total } = this.data;
    this.view.progress(offset + trials.length - this.remaining.length, total);
  }

  async next() {
    const turn = ++this.turn;
    this.trial = this.remaining[0];
    this.showProgress();
    if (!this.trial) return this.finish();
    if (this.loaded?.trial !== this.trial) this.loaded = { trial: this.trial, images: loadTrial(this.trial, this.data) };
    const due = performance.now();
    this.wasHidden = document.hidden;
    this.setPhase("loading");
    this.view.place(this.trial, this.loaded.images);
    try {
      await this.loaded.images.decoded;
    } catch {
      return this.showImageError(turn);
    }
    if (this.isCurrent(turn)) await this.paint(turn, due);
  }

  async paint(turn, due) {
    this.view.reveal();
    const onset = await twoFrames();
    if (!this.isCurrent(turn)) return;
    this.onset = onset;
    this.shownMs = Math.max(0, onset - due);
    this.setPhase("painted");
    setTimeout(() => this.isCurrent(turn) && this.phase === "painted" && this.setPhase("answering"), this.lockedUntil - onset);
    this.preload();
  }

  isCurrent(turn) {
    return turn === this.turn && !this.stopped;
  }

  handleKey(event) {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || isTyping(event)) return;
    if (this.phase === "announcement" && !this.queue.refusal && (event.code === "Space" || event.key === "Enter")) {
      if (isElsewhere(event, this.view.root)) return;
      event.preventDefault();
      this.begin();
      return;
    }
    const answer = answerOfKey(event);
    if (!answer || !this.takesAnswers()) return;
    event.preventDefault(); // the keypad without NumLock would scroll
    this.answer(...answer, event.timeStamp, "keyboard");
  }

  onButton(side, confidence, event) {
    const pointer = event.pointerType || (event.detail > 0 ? (this.pointerType ?? "mouse") : "");
    const device = pointer === "" ? "keyboard" : pointer === "mouse" ? "mouse" : "touch";
    if (device !== "keyboard") event.currentTarget.blur(); // else the next Space would press it again
    if (this.takesAnswers()) this.answer(side, confidence, event.timeStamp, device);
  }

  takesAnswers() {
    return !this.queue.refusal && (this.phase === "painted" || this.phase === "answering");
  }

  // The second half of a double press falls into the next trial, painted a frame or two later: it is not an answer to it.
  answer(side, confidence, timeStamp, device) {
    if (timeStamp < this.lockedUntil || timeStamp < this.onset) return;
    this.lockedUntil = timeStamp + this.data.double_press_ms;
    this.setPhase("answered");
    this.view.markChoice(side, confidence);
    const stored = this.queue.add(this.record(side, confidence, timeStamp, device));
    this.remaining = this.remaining.filter((trial) => trial !== this.trial);
    if (this.data.feedback === "trial") this.giveFeedback(side, stored);
    else this.next();
  }

  record(side, confidence, timeStamp, device) {
    return {
      response_key: newResponseKey(),
      session_id: this.data.session_id,
      trial_index: this.trial.index,
      choice: side,
      confidence,
      reaction_time_ms: Math.round((timeStamp - this.onset) * 10) / 10,
      shown_ms: Math.round(this.shownMs * 10) / 10,
      input_device: device,
      was_hidden: this.wasHidden,
      screen: screenName(),
    };
  }

  async giveFeedback(side, stored) {
    const turn = this.turn;
    const [isCorrect] = await Promise.all([stored, sleep(this.data.pause_ms)]);
    if (!this.isCurrent(turn)) return;
    if (isCorrect !== null) {
      this.setPhase("feedback");
      this.view.showVerdict(side, isCorrect);
      await sleep(this.data.feedback_ms);
    }
    if (this.isCurrent(turn)) this.next();
  }

  onQueue() {
    this.view.note.textContent = this.queue.isDelayed ? this.data.texts.waiting : "";
    if (this.queue.refusal) this.showRefusal();
    else if (this.phase === "waiting" && !this.queue.waiting.length) this.done();
  }

  finish() {
    if (!this.queue.waiting.length) return this.done();
    this.setPhase("waiting");
    this.view.showPanel({ title: this.data.texts.saving_title, body: this.data.texts.saving_body });
  }

  // If the connection to the page was down, the trigger is lost: after a while a button sends it again.
  done() {
    this.setPhase("done");
    const texts = this.data.texts;
    this.view.showPanel({ title: texts.done_title, body: texts.done_body });
    this.trigger();
    setTimeout(() => {
      if (this.stopped || this.phase !== "done") return;
      this.view.showPanel({ title: texts.done_title, body: texts.done_body, buttons: [[texts.go_on, () => this.trigger()]] });
    }, CONTINUE_AFTER_MS);
  }

  trigger() {
    this.setTriggerValue("finished", { n: this.data.trials.length });
  }

  showRefusal() {
    this.wasHidden = true; // the trial below the panel cannot be seen
    const texts = this.data.texts;
    const body = `${texts.refused_body}\n${this.queue.refusal.sentence}`;
    const buttons = [[texts.try_again, () => this.retryRefused()], [texts.answer_again, () => this.answerAgain()]];
    this.view.showPanel({ title: texts.refused_title, body, buttons });
  }

  retryRefused() {
    this.restorePanel();
    this.queue.retryRefused();
  }

  // The trial of the refused answer is shown again, after the others of the block.
  answerAgain() {
    const trial = this.data.trials.find((other) => other.index === this.queue.refusal.answer.trial_index);
    if (trial && !this.remaining.includes(trial)) this.remaining.push(trial);
    const isIdle = this.phase === "waiting" || (trial !== undefined && trial === this.trial);
    if (isIdle) this.setPhase("answered"); // so that the emptied queue does not end the block
    this.queue.dropRefused();
    this.restorePanel();
    if (isIdle) this.next();
  }

  restorePanel() {
    if (this.phase === "announcement") this.announce();
    else if (this.phase === "waiting") this.finish();
    else if (this.phase === "error") this.showImageError(this.turn);
    else this.view.hidePanel();
  }

  showImageError(turn) {
    if (!this.isCurrent(turn)) return;
    const texts = this.data.texts;
    this.setPhase("error");
    const again = () => {
      this.loaded = null;
      this.view.hidePanel();
      this.next();
    };
    this.view.showPanel({ title: texts.image_error_title, body: texts.image_error_body, buttons: [[texts.try_again, again]] });
  }

  stop() {
    this.stopped = true;
    this.queue.stop();
    this.view.stop();
    window.removeEventListener("keydown", this.onKey);
    document.removeEventListener("visibilitychange", this.onHidden);
    this.view.root.removeEventListener("pointerdown", this.onPointer);
  }
}

// Streamlit calls this again on every rerun and theme change: a block under way goes on undisturbed, a new block replaces it.
const blocks = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".trial-block");
  let block = blocks.get(root);
  if (block?.id !== data.block || block.stopped) {
    block?.stop();
    block = new Block(root, data);
    blocks.set(root, block);
    block.setTriggerValue = setTriggerValue;
    block.start();
  }
  block.setTriggerValue = setTriggerValue;
  return () => blocks.get(root)?.stop();
}
