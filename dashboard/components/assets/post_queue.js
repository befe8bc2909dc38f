// What a participant gives (answers, ratings, events) waits here until the server says that it is stored: on paper first
// (localStorage), then on the wire. One storage item each, so that two tabs of one session never overwrite each other's list.

const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const REQUEST_TIMEOUT_MS = 15000;
const SLOW_MS = 1500;
const RETRIED_STATUS = new Set([408, 425, 429]);

// The field that makes sending twice the same as sending once, and the one that says what is answered.
const KINDS = {
  answer: { key: "response_key", place: "trial_index" },
  rating: { key: "rating_key", place: "place" },
  event: { key: "event_key", place: "kind" },
};

function storagePrefix(kind) {
  return `exemplary:${kind}:`;
}

function storageName(kind, item) {
  return `${storagePrefix(kind)}${item.session_id}:${item[KINDS[kind].key]}`;
}

// Storage may be full or forbidden (private windows): the item then lives in memory only, and is still sent.
function keep(kind, item) {
  try {
    localStorage.setItem(storageName(kind, item), JSON.stringify(item));
  } catch (error) {
    console.warn("This browser keeps no answers over a reload.", error);
  }
}

function forget(kind, item) {
  try {
    localStorage.removeItem(storageName(kind, item));
  } catch {
    // Nothing was kept.
  }
}

// Items kept by this browser, of every session, in the order of what they answer.
function allKept(kind) {
  const { place } = KINDS[kind];
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(storagePrefix(kind)));
    const items = names.map((name) => JSON.parse(localStorage.getItem(name)));
    return items.filter(Boolean).sort((a, b) => a[place] - b[place]);
  } catch {
    return [];
  }
}

function keptOf(kind, sessionId) {
  return allKept(kind).filter((item) => item.session_id === sessionId);
}

// Items of sessions that were left before they reached the server. One that the server refuses stays: its own session asks about it.
async function sendStrays(kind, url, sessionId) {
  for (const item of allKept(kind).filter((other) => other.session_id !== sessionId)) {
    const outcome = await post(url, item);
    if (outcome.kind === "stored" || outcome.kind === "gone") forget(kind, item);
    else if (outcome.kind === "failed") return; // the next block tries again
  }
}

// One attempt. {kind: "stored", correct} | {kind: "gone"}: its session was deleted | {kind: "refused", sentence} | {kind: "failed"}: only
// the last is worth repeating.
async function post(url, item) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), REQUEST_TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "same-origin",
      keepalive: true,
      body: JSON.stringify(item),
      signal: abort.signal,
    });
    const reply = await response.json().catch(() => ({}));
    return outcomeOf(response.status, reply);
  } catch {
    return { kind: "failed" };
  } finally {
    clearTimeout(timer);
  }
}

// 409: this was answered already. Streamlit answers unknown paths with 200 and a page: only stored === true counts.
function outcomeOf(status, reply) {
  if ((status === 200 && reply.stored === true) || status === 409) return { kind: "stored", correct: reply.correct ?? null };
  if (status === 410) return { kind: "gone" };
  if (status >= 400 && status < 500 && !RETRIED_STATUS.has(status)) return { kind: "refused", sentence: reply.error ?? `HTTP ${status}` };
  return { kind: "failed" };
}

class PostQueue {
  constructor({ kind, sessionId, url, onChange, onStored = () => {} }) {
    this.kind = kind;
    this.url = url;
    this.onChange = onChange;
    this.onStored = onStored;
    this.waiting = keptOf(kind, sessionId);
    this.settled = new Map(); // key -> resolve of the promise that add() returned
    this.failures = 0;
    this.slow = false;
    this.refusal = null;
    this.isGone = false; // the session was deleted, perhaps in another window: nothing more is sent
    this.stopped = false;
    this.wake = () => {};
    this.wakeNow = () => this.wake();
    window.addEventListener("online", this.wakeNow);
  }

  keyOf(item) {
    return item[KINDS[this.kind].key];
  }

  // Resolves with the correctness that the server reports (true, false, or null where it does not say).
  add(item) {
    keep(this.kind, item);
    this.waiting.push(item);
    const stored = new Promise((resolve) => this.settled.set(this.keyOf(item), resolve));
    this.send();
    return stored;
  }

  // One at a time and in order, so that the server sees the items as they were given.
  async send() {
    if (this.sending || this.refusal) return;
    this.sending = true;
    while (this.waiting.length && !this.stopped && !this.refusal && !this.isGone) await this.sendFirst();
    this.sending = false;
    this.onChange();
  }

  async sendFirst() {
    const item = this.waiting[0];
    const slow = setTimeout(() => this.becomeSlow(), SLOW_MS);
    const outcome = await post(this.url, item);
    clearTimeout(slow);
    if (outcome.kind === "stored") return this.settle(item, outcome.correct);
    if (outcome.kind === "gone") return this.giveUp();
    if (outcome.kind === "refused") this.refusal = { item, sentence: outcome.sentence };
    else this.failures += 1;
    this.onChange();
    if (outcome.kind === "failed") await this.pause();
  }

  giveUp() {
    this.isGone = true;
    for (const item of this.waiting) forget(this.kind, item);
    this.waiting = [];
    this.onChange();
  }

  becomeSlow() {
    this.slow = true;
    this.onChange();
  }

  settle(item, correct) {
    this.remove(item);
    this.failures = 0;
    this.slow = false;
    this.onStored(item, correct);
    this.onChange();
    this.settled.get(this.keyOf(item))?.(correct);
    this.settled.delete(this.keyOf(item));
  }

  remove(item) {
    forget(this.kind, item);
    this.waiting = this.waiting.filter((other) => this.keyOf(other) !== this.keyOf(item));
  }

  // Waits before the next attempt; the browser coming back online ends the wait.
  pause() {
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length) - 1];
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  retryRefused() {
    this.refusal = null;
    this.send();
  }

  // Gives the refused item up, so that it can be answered anew; without this a session could never go on.
  dropRefused() {
    const { item } = this.refusal;
    this.remove(item);
    this.retryRefused();
    return item;
  }

  // Whether this place (a trial's index, a rating's place, an event's kind) has an item that waits.
  holds(place) {
    return this.waiting.some((item) => item[KINDS[this.kind].place] === place);
  }

  get isDelayed() {
    return this.waiting.length > 0 && (this.failures > 0 || this.slow);
  }

  stop() {
    this.stopped = true;
    this.wake();
    window.removeEventListener("online", this.wakeNow);
  }
}
