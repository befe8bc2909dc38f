// Answers wait here until the server says that they are stored: on paper first (localStorage), then on the wire.
// One storage item per answer, so that two tabs of one session never overwrite each other's list.

const STORAGE_PREFIX = "exemplary:answer:";
const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const REQUEST_TIMEOUT_MS = 15000;
const SLOW_MS = 1500;
const RETRIED_STATUS = new Set([408, 425, 429]);

// crypto.randomUUID exists in secure contexts only; a laboratory server on plain http has getRandomValues.
function newResponseKey() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function storageName(answer) {
  return `${STORAGE_PREFIX}${answer.session_id}:${answer.response_key}`;
}

// Storage may be full or forbidden (private windows): the answer then lives in memory only, and is still sent.
function keepAnswer(answer) {
  try {
    localStorage.setItem(storageName(answer), JSON.stringify(answer));
  } catch (error) {
    console.warn("This browser keeps no answers over a reload.", error);
  }
}

function forgetAnswer(answer) {
  try {
    localStorage.removeItem(storageName(answer));
  } catch {
    // Nothing was kept.
  }
}

// Answers kept by this browser, of every session.
function allKeptAnswers() {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(STORAGE_PREFIX));
    const answers = names.map((name) => JSON.parse(localStorage.getItem(name)));
    return answers.filter(Boolean).sort((a, b) => a.trial_index - b.trial_index);
  } catch {
    return [];
  }
}

function keptAnswers(sessionId) {
  return allKeptAnswers().filter((answer) => answer.session_id === sessionId);
}

// Answers of sessions that were left before they reached the server. One that the server refuses stays: its own session asks about it.
async function sendStrays(url, sessionId) {
  for (const answer of allKeptAnswers().filter((other) => other.session_id !== sessionId)) {
    const outcome = await postAnswer(url, answer);
    if (outcome.kind === "stored") forgetAnswer(answer);
    else if (outcome.kind === "failed") return; // the next block tries again
  }
}

// One attempt. {kind: "stored", correct} | {kind: "refused", sentence} | {kind: "failed"}: only the last is worth repeating.
async function postAnswer(url, answer) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), REQUEST_TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "same-origin",
      keepalive: true,
      body: JSON.stringify(answer),
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

// 409: this trial has an answer already. Streamlit answers unknown paths with 200 and a page: only stored === true counts.
function outcomeOf(status, reply) {
  if ((status === 200 && reply.stored === true) || status === 409) return { kind: "stored", correct: reply.correct ?? null };
  if (status >= 400 && status < 500 && !RETRIED_STATUS.has(status)) return { kind: "refused", sentence: reply.error ?? `HTTP ${status}` };
  return { kind: "failed" };
}

class AnswerQueue {
  constructor({ sessionId, url, onChange }) {
    this.url = url;
    this.onChange = onChange;
    this.waiting = keptAnswers(sessionId);
    this.settled = new Map(); // response_key -> resolve of the promise that add() returned
    this.failures = 0;
    this.slow = false;
    this.refusal = null;
    this.stopped = false;
    this.wake = () => {};
    this.wakeNow = () => this.wake();
    window.addEventListener("online", this.wakeNow);
  }

  // Resolves with the correctness that the server reports (true, false, or null where it does not say).
  add(answer) {
    keepAnswer(answer);
    this.waiting.push(answer);
    const stored = new Promise((resolve) => this.settled.set(answer.response_key, resolve));
    this.send();
    return stored;
  }

  // One at a time and in order, so that the server sees the answers as they were given.
  async send() {
    if (this.sending || this.refusal) return;
    this.sending = true;
    while (this.waiting.length && !this.stopped && !this.refusal) await this.sendFirst();
    this.sending = false;
    this.onChange();
  }

  async sendFirst() {
    const answer = this.waiting[0];
    const slow = setTimeout(() => this.becomeSlow(), SLOW_MS);
    const outcome = await postAnswer(this.url, answer);
    clearTimeout(slow);
    if (outcome.kind === "stored") return this.settle(answer, outcome.correct);
    if (outcome.kind === "refused") this.refusal = { answer, sentence: outcome.sentence };
    else this.failures += 1;
    this.onChange();
    if (outcome.kind === "failed") await this.pause();
  }

  becomeSlow() {
    this.slow = true;
    this.onChange();
  }

  settle(answer, correct) {
    this.remove(answer);
    this.failures = 0;
    this.slow = false;
    this.onChange();
    this.settled.get(answer.response_key)?.(correct);
    this.settled.delete(answer.response_key);
  }

  remove(answer) {
    forgetAnswer(answer);
    this.waiting = this.waiting.filter((other) => other.response_key !== answer.response_key);
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

  // Gives the refused answer up, so that its trial can be answered anew; without this a session could never go on.
  dropRefused() {
    const { answer } = this.refusal;
    this.remove(answer);
    this.retryRefused();
    return answer;
  }

  holds(trialIndex) {
    return this.waiting.some((answer) => answer.trial_index === trialIndex);
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
