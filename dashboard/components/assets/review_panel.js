// What a reviewer says of a unit. Keys answer at once here; each action goes to Python with an id and is sent again until it is acknowledged,
// so that a fast hand loses nothing. What is typed stays when others' changes arrive.

const NAME_STORE = "exemplary-reviewer";
const NAME_COOKIE = "exemplary_reviewer"; // the same for pages without a panel
const NAME_AGE_S = 400 * 86400;
const AGAIN_MS = 3000; // what was not acknowledged, since the server was away, is sent again

// Storage may be forbidden (private windows): then a name lasts as long as the page.
function storedName() {
  try {
    return localStorage.getItem(NAME_STORE) ?? "";
  } catch {
    return "";
  }
}

function storeName(name) {
  document.cookie = `${NAME_COOKIE}=${encodeURIComponent(name)}; Path=/; SameSite=Lax; Max-Age=${name ? NAME_AGE_S : 0}`;
  try {
    localStorage.setItem(NAME_STORE, name);
  } catch {
    // It is asked for again.
  }
}

const panels = new WeakMap();

class Panel {
  constructor(root) {
    this.root = root;
    this.pending = [];
    this.focus = 0;
    this.unit = null;
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    this.again = setInterval(() => { if (this.pending.length) this.send(this.pending); }, AGAIN_MS);
  }

  end() {
    if (this.root.isConnected) return;
    document.removeEventListener("keydown", this.onKey);
    clearInterval(this.again);
  }

  update(data, send) {
    this.send = send;
    this.pending = this.pending.filter((one) => !data.acknowledged.includes(one.id));
    this.arrive(data.acknowledged);
    this.root.dataset.unit = data.unit;
    // A server that was started anew knows no name for a moment: what was begun stays.
    if (data.unit !== this.unit || (data.name !== null && data.name !== this.author)) this.begin(data);
    if (data.name !== null) this.asked = false;
    else if (data.may_review && data.can_rename) this.recall();
    this.focus = Math.min(this.focus, data.questions.length - 1);
    const content = JSON.stringify({ ...data, acknowledged: 0 });
    if (content === this.content) return;
    this.content = content;
    const served = JSON.stringify(data.mine);
    if (served !== this.served && !this.dirty) this.draft = { ...data.mine };
    this.served = served;
    this.data = data;
    this.draw();
  }

  begin(data) {
    this.unit = data.unit;
    this.author = data.name;
    this.draft = { ...data.mine };
    this.dirty = false;
    this.focus = 0;
    this.words = { note: "", tag: "" };
    this.open = null;
  }

  // The name that this browser remembers is told once; also to a server that was started anew, before what it has not acknowledged.
  recall() {
    const kept = storedName();
    if (!kept || this.asked) return;
    this.asked = true;
    storeName(kept);
    this.pending.unshift({ id: newKey(), unit: this.unit, by: null, kind: "name", content: kept });
    this.send(this.pending);
  }

  act(action) {
    const id = newKey();
    this.pending.push({ id, unit: this.unit, by: this.data.name, ...action });
    if (action.go) this.leave(id);
    this.send(this.pending);
  }

  // Until the next unit is there, keys would be meant for it and answer this one: none counts.
  leave(id) {
    this.leaving = id;
    this.root.classList.add("is-leaving");
  }

  arrive(acknowledged) {
    if (!acknowledged.includes(this.leaving)) return;
    this.leaving = null;
    this.root.classList.remove("is-leaving");
  }

  // --- what one does ---------------------------------------------------------------------------------------------------------

  answer(question, value) {
    this.draft[question.name] = value;
    this.dirty = true;
    const place = this.data.questions.indexOf(question);
    if (question.kind === "scale") this.focus = Math.min(place + 1, this.data.questions.length - 1);
    this.draw();
  }

  give() {
    const answers = Object.fromEntries(Object.entries(this.draft).filter(([, value]) => value !== ""));
    if (!Object.keys(answers).length) return;
    if (this.dirty || !this.data.is_given) this.act({ kind: "verdict", answers, go: this.data.queue ? "next" : "" });
    else if (this.data.queue) this.act({ kind: "go", go: "next" });
    this.dirty = false;
    this.draw();
  }

  say(kind) {
    const content = this.words[kind].trim();
    this.open = null;
    this.words[kind] = "";
    if (content) this.act({ kind, content });
    this.draw();
  }

  // Shown at once: pressed twice before the server answers, it is on and off again.
  bookmark() {
    this.act({ kind: this.data.bookmarked ? "unbookmark" : "bookmark" });
    this.data.bookmarked = !this.data.bookmarked;
    this.draw();
  }

  write(kind) {
    this.open = this.open === kind ? null : kind;
    this.draw();
    this.root.querySelector(`[data-field="${kind}"]`)?.focus();
  }

  rename(name) {
    if (!name.trim()) return;
    storeName(name.trim());
    this.act({ kind: "name", content: name.trim() });
  }

  forget() {
    storeName("");
    this.author = null;
    this.act({ kind: "name", content: "" });
  }

  move(step) {
    const last = this.data.questions.length - 1;
    this.focus = Math.max(0, Math.min(last, this.focus + step));
    this.draw();
    const question = this.data.questions[this.focus];
    if (question.kind === "text") this.root.querySelector(`[data-field="${question.name}"]`)?.focus();
  }

  key(event) {
    const data = this.data;
    if (!data || !this.root.isConnected || data.name === null || !data.may_review) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.composedPath()[0];
    const isField = target instanceof Element && (target.matches("input, textarea, select") || target.isContentEditable);
    if (isField) return; // a field's own keys: see review_view.js
    if (event.key === "Enter" && target instanceof Element && target.matches("button, a, summary")) return;
    if (target instanceof Element && target.closest('[role="dialog"], [role="listbox"], [role="menu"]') && !this.root.contains(target)) return;
    if (this.leaving || this.press(event.key)) event.preventDefault();
  }

  press(key) {
    const { queue, questions } = this.data;
    const question = questions[this.focus];
    if (/^[0-9]$/.test(key)) {
      const value = Number(key);
      const asked = question.kind === "scale" ? question : questions.find((one) => one.kind === "scale" && this.draft[one.name] === undefined);
      if (!asked || value < asked.low || value > asked.high) return false;
      this.answer(asked, value);
      return true;
    }
    if (key === "n") return this.write("note"), true;
    if (key === "t") return this.write("tag"), true;
    if (key === "b") return this.bookmark(), true;
    if (key === "u" && this.data.undo) return this.act({ kind: "undo" }), true;
    if (key === "Enter" && (queue || this.dirty)) return this.give(), true;
    if (!queue) return false;
    if (key === "ArrowDown") return this.move(1), true;
    if (key === "ArrowUp") return this.move(-1), true;
    if (key === "ArrowRight") return this.act({ kind: "go", go: "next" }), true;
    if (key === "ArrowLeft") return this.act({ kind: "go", go: "previous" }), true;
    return false;
  }

  draw() {
    drawPanel(this);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".review-panel");
  const panel = panels.get(root) ?? new Panel(root);
  panels.set(root, panel);
  panel.update(data, (pending) => setTriggerValue("actions", JSON.stringify(pending)));
  return () => setTimeout(() => panel.end(), 0); // drawn again or gone: known a moment later
}
