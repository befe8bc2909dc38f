// A block of trials, from what stands before it to the last stored answer. Phases of the stage (data-phase):
// announcement* -> (loading -> painted -> answering -> answered [-> feedback [-> explaining]])* -> waiting -> done; error stands over any.

const KEY_ANSWERS = { 1: ["top", 1], 2: ["top", 2], 3: ["top", 3], 4: ["bottom", 1], 5: ["bottom", 2], 6: ["bottom", 3] };

// By position on the keyboard, not by character: digits need Shift on some layouts, and the keypad sends End for 1 without NumLock.
function answerOfKey(event) {
  const digit = /^(?:Digit|Numpad)([1-6])$/.exec(event.code)?.[1] ?? (event.code ? null : event.key);
  return KEY_ANSWERS[digit] ?? null;
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
  images.decoded = decoded([...images.min, ...images.max, images.top, images.bottom]);
  return images;
}

function screenName() {
  return `${window.innerWidth}x${window.innerHeight}@${Math.round(window.devicePixelRatio * 100) / 100}`;
}

class Block {
  constructor(root, data) {
    this.id = data.block;
    this.root = root;
    this.data = data;
    this.view = new TrialView(root, data, (side, confidence, event) => this.onButton(side, confidence, event));
    this.stage = this.view.stage;
    this.queue = new PostQueue({
      kind: "answer",
      sessionId: data.session_id,
      url: data.answer_url,
      onChange: () => this.onQueue(),
      onStored: (answer, isCorrect) => this.count(answer, isCorrect),
    });
    this.remaining = data.trials.filter((trial) => !this.queue.holds(trial.index));
    this.announcements = [...data.announcements];
    this.score = data.score && { ...data.score };
    this.frames = new FrameWatch();
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
    this.root.addEventListener("pointerdown", this.onPointer);
  }

  start() {
    this.queue.send();
    sendStrays("answer", this.data.answer_url, this.data.session_id);
    this.preload();
    this.showProgress();
    if (this.remaining.length) this.announce();
    else this.next();
  }

  setPhase(phase) {
    this.phase = phase;
    this.stage.phase = phase;
  }

  // What stands before the first trial, one card after the other.
  announce() {
    const [first] = this.announcements;
    if (!first) return this.next();
    this.setPhase("announcement");
    this.stage.showPanel({ title: first.title, body: first.body, buttons: [[first.button, (event) => this.goOn(event)]] });
  }

  // One press, one card: the rest of a double press is none.
  goOn(event) {
    if (event.timeStamp < this.lockedUntil) return;
    this.lockedUntil = event.timeStamp + this.data.double_press_ms;
    if (this.phase === "explaining") this.next();
    if (this.phase !== "announcement") return;
    this.announcements.shift();
    this.stage.hidePanel();
    this.announce();
  }

  preload() {
    const trial = this.remaining.find((other) => other !== this.trial);
    if (trial && this.loaded?.trial !== trial) this.loaded = { trial, images: loadTrial(trial, this.data) };
  }

  showProgress() {
    const { offset, trials, total, texts } = this.data;
    this.view.header.progress(texts.progress, offset + trials.length - this.remaining.length, total);
    if (this.score) this.view.showScore(this.score);
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
    this.frames.start(onset);
    this.setPhase("painted");
    setTimeout(() => this.isCurrent(turn) && this.phase === "painted" && this.setPhase("answering"), this.lockedUntil - onset);
    this.preload();
  }

  isCurrent(turn) {
    return turn === this.turn && !this.stopped;
  }

  handleKey(event) {
    if (isModified(event) || isTyping(event)) return;
    if (this.waitsForGo() && goesOn(event)) {
      if (isElsewhere(event, this.root)) return;
      event.preventDefault();
      this.goOn(event);
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

  waitsForGo() {
    return !this.queue.refusal && (this.phase === "announcement" || this.phase === "explaining");
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
    if (this.trial.feedback) this.giveFeedback(side, stored);
    else this.next();
  }

  record(side, confidence, timeStamp, device) {
    return {
      response_key: newKey(),
      session_id: this.data.session_id,
      trial_index: this.trial.index,
      choice: side,
      confidence,
      reaction_time_ms: tenths(timeStamp - this.onset),
      shown_ms: tenths(this.shownMs),
      n_dropped_frames: this.frames.stop(timeStamp),
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
      if (this.score) this.view.showScore(this.score);
      if (this.trial.practice && !isCorrect) return this.explain(side);
      await sleep(this.data.feedback_ms);
    }
    if (this.isCurrent(turn)) this.next();
  }

  // Practice is for learning: after a wrong answer the trial stays, with the reason, for as long as one looks.
  explain(side) {
    this.setPhase("explaining");
    this.view.explain(this.trial, side, (event) => this.goOn(event));
  }

  // The running score counts what is stored and told, practice apart.
  count(answer, isCorrect) {
    const trial = this.data.trials.find((other) => other.index === answer.trial_index);
    if (!this.score || !trial || trial.practice || isCorrect === null) return;
    this.score = { correct: this.score.correct + Number(isCorrect), n: this.score.n + 1 };
  }

  onQueue() {
    this.view.header.note.textContent = this.queue.isDelayed ? this.data.texts.waiting : "";
    if (this.queue.isGone) return this.setTriggerValue("finished", { n: 0 });
    if (this.queue.refusal) this.showRefusal();
    else if (this.phase === "waiting" && !this.queue.waiting.length) this.done();
  }

  finish() {
    if (!this.queue.waiting.length) return this.done();
    this.setPhase("waiting");
    this.stage.showPanel({ title: this.data.texts.saving_title, body: this.data.texts.saving_body });
  }

  done() {
    const { texts, trials } = this.data;
    this.phase = "done";
    tellUntilHeard(this.stage, {
      title: texts.done_title,
      body: texts.done_body,
      button: texts.go_on,
      trigger: () => this.setTriggerValue("finished", { n: trials.length }),
      isOver: () => this.stopped || this.phase !== "done",
    });
  }

  showRefusal() {
    this.wasHidden = true; // the trial below the panel cannot be seen
    const texts = this.data.texts;
    const body = `${texts.refused_body}\n${this.queue.refusal.sentence}`;
    const buttons = [[texts.try_again, () => this.retryRefused()], [texts.answer_again, () => this.answerAgain()]];
    this.stage.showPanel({ title: texts.refused_title, body, buttons });
  }

  retryRefused() {
    this.restorePanel();
    this.queue.retryRefused();
  }

  // The trial of the refused answer is shown again, after the others of the block.
  answerAgain() {
    const trial = this.data.trials.find((other) => other.index === this.queue.refusal.item.trial_index);
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
    else this.stage.hidePanel();
  }

  showImageError(turn) {
    if (!this.isCurrent(turn)) return;
    const texts = this.data.texts;
    this.setPhase("error");
    const again = () => {
      this.loaded = null;
      this.stage.hidePanel();
      this.next();
    };
    this.stage.showPanel({ title: texts.image_error_title, body: texts.image_error_body, buttons: [[texts.try_again, again]] });
  }

  stop() {
    this.stopped = true;
    this.queue.stop();
    this.frames.cancel();
    this.view.stop();
    window.removeEventListener("keydown", this.onKey);
    document.removeEventListener("visibilitychange", this.onHidden);
    this.root.removeEventListener("pointerdown", this.onPointer);
  }
}

export default mounting(".trial-block", Block, (data) => data.block);
