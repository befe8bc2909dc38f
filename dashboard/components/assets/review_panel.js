// What a reviewer says of a unit. Keys answer at once here; each action goes to Python with an id and is sent again until it is acknowledged,
// so that a fast hand loses nothing. What is typed stays when others' changes arrive.

const NAME_STORE = "exemplary-reviewer";
const AGAIN_MS = 3000; // what was not acknowledged, since the server was away, is sent again

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function button(className, text, onClick, label) {
  const node = element("button", className, text);
  node.type = "button";
  if (label) node.setAttribute("aria-label", label);
  node.addEventListener("click", onClick);
  return node;
}

const panels = new WeakMap();

class Panel {
  constructor(root) {
    this.root = root;
    this.pending = [];
    this.focus = 0;
    this.unit = null;
    this.help = false;
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
    if (data.unit !== this.unit || data.name !== this.name) this.begin(data);
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
    this.name = data.name;
    this.draft = { ...data.mine };
    this.dirty = false;
    this.focus = 0;
    this.words = { note: "", tag: "" };
    this.open = null;
    const kept = localStorage.getItem(NAME_STORE);
    if (data.name === null && kept && !this.named) this.act({ kind: "name", content: kept });
    this.named = true;
  }

  act(action) {
    const id = crypto.randomUUID();
    this.pending.push({ id, unit: this.unit, ...action });
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

  write(kind) {
    this.open = this.open === kind ? null : kind;
    this.draw();
    this.root.querySelector(`[data-field="${kind}"]`)?.focus();
  }

  rename(name) {
    if (!name.trim()) return;
    localStorage.setItem(NAME_STORE, name.trim());
    this.act({ kind: "name", content: name.trim() });
  }

  forget() {
    localStorage.removeItem(NAME_STORE);
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
    if (isField) return; // a field's own keys: see `field`
    if (event.key === "Enter" && target instanceof Element && target.matches("button, a, summary")) return;
    if (target instanceof Element && target.closest('[role="dialog"], [role="listbox"], [role="menu"]') && !this.root.contains(target)) return;
    if (this.leaving || this.press(event.key)) event.preventDefault();
  }

  press(key) {
    const { queue, questions } = this.data;
    const question = questions[this.focus];
    if (this.help && (key === "Escape" || key === "?")) return this.showHelp(false);
    if (/^[0-9]$/.test(key)) {
      const value = Number(key);
      const asked = question.kind === "scale" ? question : questions.find((one) => one.kind === "scale" && this.draft[one.name] === undefined);
      if (!asked || value < asked.low || value > asked.high) return false;
      this.answer(asked, value);
      return true;
    }
    if (key === "n") return this.write("note"), true;
    if (key === "t") return this.write("tag"), true;
    if (key === "b") return this.act({ kind: this.data.bookmarked ? "unbookmark" : "bookmark" }), true;
    if (key === "u" && this.data.undo) return this.act({ kind: "undo" }), true;
    if (key === "Enter" && (queue || this.dirty)) return this.give(), true;
    if (!queue) return false;
    if (key === "ArrowDown") return this.move(1), true;
    if (key === "ArrowUp") return this.move(-1), true;
    if (key === "ArrowRight") return this.act({ kind: "go", go: "next" }), true;
    if (key === "ArrowLeft") return this.act({ kind: "go", go: "previous" }), true;
    if (key === "?") return this.showHelp(true);
    return false;
  }

  showHelp(isShown) {
    this.help = isShown;
    this.draw();
    return true;
  }

  // --- what one sees ---------------------------------------------------------------------------------------------------------

  draw() {
    const active = this.root.getRootNode().activeElement;
    const field = active?.dataset?.field;
    const selection = field ? [active.selectionStart, active.selectionEnd] : null;
    const isHistoryOpen = this.root.querySelector("details")?.open ?? false;
    const data = this.data;
    if (!data.may_review) this.root.replaceChildren(...this.said());
    else if (data.name === null) this.root.replaceChildren(this.nameForm());
    else this.root.replaceChildren(this.head(), this.questions(), this.actions(), ...this.said(isHistoryOpen));
    if (this.help) this.root.append(this.helpCard());
    if (!field) return;
    const again = this.root.querySelector(`[data-field="${field}"]`);
    again?.focus();
    if (again && selection[0] !== null) again.setSelectionRange(...selection);
  }

  nameForm() {
    const { texts } = this.data;
    const form = element("form", "name-form");
    const label = element("label", "", texts.name);
    const input = element("input", "field");
    input.dataset.field = "name";
    input.maxLength = 40;
    input.autocomplete = "off";
    label.append(input);
    form.append(label, element("p", "quiet", texts.name_help), Object.assign(element("button", "primary", texts.begin), { type: "submit" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.rename(input.value);
    });
    return form;
  }

  head() {
    const { texts, name, can_rename } = this.data;
    const head = element("div", "head");
    const who = element("span", "quiet");
    who.append(texts.as, element("b", "", name));
    head.append(who);
    if (can_rename) head.append(button("link", texts.not_you, () => this.forget()));
    return head;
  }

  questions() {
    const list = element("div", "questions");
    this.data.questions.forEach((question, place) => {
      const row = element("div", `question${place === this.focus && this.data.queue ? " is-focused" : ""}`);
      row.append(element("div", "words", question.words));
      row.append(question.kind === "scale" ? this.scale(question, place) : this.field(question.name, this.draft[question.name] ?? "", place));
      list.append(row);
    });
    return list;
  }

  scale(question, place) {
    const scale = element("div", "scale");
    scale.setAttribute("role", "radiogroup");
    scale.setAttribute("aria-label", question.words);
    for (let value = question.low; value <= question.high; value += 1) {
      const isChosen = this.draft[question.name] === value;
      const step = button(`step${isChosen ? " is-chosen" : ""}`, String(value), () => {
        this.focus = place;
        this.answer(question, value);
      });
      step.setAttribute("role", "radio");
      step.setAttribute("aria-checked", String(isChosen));
      scale.append(step);
    }
    const ends = element("div", "ends quiet");
    ends.append(element("span", "", question.low_means), element("span", "", question.high_means));
    const both = element("div", "");
    both.append(scale, ends);
    return both;
  }

  field(name, value, place) {
    const input = element("input", "field");
    input.dataset.field = name;
    input.value = value;
    input.maxLength = 4000;
    input.setAttribute("aria-label", this.data.questions[place].words);
    input.placeholder = this.data.texts.words_hint;
    input.addEventListener("focus", () => { this.focus = place; });
    input.addEventListener("input", () => {
      this.draft[name] = input.value;
      this.dirty = true;
      this.root.querySelector(".give")?.removeAttribute("disabled");
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) this.leaveField(event, () => this.give());
      if (event.key === "Escape") this.leaveField(event, () => {});
      if (event.key === "ArrowUp" && this.data.queue) this.leaveField(event, () => this.move(-1));
    });
    return input;
  }

  leaveField(event, then) {
    event.preventDefault();
    event.stopPropagation();
    event.target.blur();
    then();
  }

  actions() {
    const { texts, bookmarked, undo, is_given } = this.data;
    const rows = element("div", "rows");
    const row = element("div", "actions");
    const give = button("primary give", is_given && !this.dirty ? texts.given : is_given ? texts.change : texts.give, () => this.give());
    give.disabled = !this.dirty && (is_given ? !this.data.queue : true);
    if (this.data.queue && is_given && !this.dirty) give.textContent = texts.next;
    const mark = button(`tool${bookmarked ? " is-on" : ""}`, bookmarked ? texts.bookmarked : texts.bookmark, () => this.press("b"));
    mark.setAttribute("aria-pressed", String(bookmarked));
    row.append(give, mark, button("tool", texts.note, () => this.write("note")), button("tool", texts.tag, () => this.write("tag")));
    if (undo) row.append(button("tool", texts.undo, () => this.act({ kind: "undo" }), `${texts.undo}: ${undo}`));
    if (this.data.queue) row.append(button("tool", "?", () => this.showHelp(true), texts.help));
    rows.append(row);
    if (this.open) rows.append(this.writing(this.open));
    return rows;
  }

  writing(kind) {
    const { texts, known_tags } = this.data;
    const box = element("div", "writing");
    const field = element(kind === "note" ? "textarea" : "input", "field");
    field.dataset.field = kind;
    field.value = this.words[kind];
    field.maxLength = kind === "note" ? 4000 : 40;
    field.placeholder = texts[`${kind}_hint`];
    field.setAttribute("aria-label", texts[kind]);
    field.addEventListener("input", () => { this.words[kind] = field.value; });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.leaveField(event, () => this.say(kind));
      if (event.key === "Escape") this.leaveField(event, () => { this.open = null; this.draw(); });
    });
    box.append(field);
    if (kind === "tag" && known_tags.length) {
      const known = element("div", "chips");
      known.append(...known_tags.slice(0, 8).map((tag) => button("chip", `+ ${tag}`, () => { this.words.tag = tag; this.say("tag"); })));
      box.append(known);
    }
    return box;
  }

  said(isHistoryOpen = false) {
    const { texts, tags, notes, others, hidden, history, questions } = this.data;
    const parts = [];
    if (tags.length) parts.push(this.tagChips());
    if (hidden) parts.push(element("p", "blind quiet", hidden));
    if (others.length) {
      const table = element("div", "others");
      others.forEach((one) => {
        const row = element("div", "other");
        row.append(element("b", "", one.author));
        questions.forEach((question) => {
          const value = one.answers[question.name];
          if (value === undefined) return;
          const shown = element("span", question.kind === "scale" ? "number" : "quiet", String(value));
          shown.title = question.words;
          row.append(shown);
        });
        table.append(row);
      });
      parts.push(element("h4", "", texts.others), table);
    }
    notes.forEach((one) => {
      const note = element("div", "note");
      note.append(element("div", "quiet", `${one.author} · ${one.when}`), element("div", "", one.words));
      parts.push(note);
    });
    if (history.length) {
      const details = element("details", "");
      details.open = isHistoryOpen;
      const list = element("ol", "history quiet");
      list.append(...history.map((one) => element("li", one.undone ? "is-undone" : "", one.line)));
      details.append(element("summary", "quiet", texts.history), list);
      parts.push(details);
    }
    return parts;
  }

  tagChips() {
    const { tags, texts, may_review } = this.data;
    const chips = element("div", "chips");
    tags.forEach((one) => {
      const chip = element("span", "chip is-tag", one.tag);
      chip.title = one.by;
      if (may_review) chip.append(button("remove", "×", () => this.act({ kind: "untag", content: one.tag }), `${texts.untag} ${one.tag}`));
      chips.append(chip);
    });
    return chips;
  }

  helpCard() {
    const card = element("div", "help");
    card.setAttribute("role", "dialog");
    card.setAttribute("aria-label", this.data.texts.help);
    const list = element("dl", "");
    this.data.help.forEach(([keys, words]) => list.append(element("dt", "", keys), element("dd", "", words)));
    card.append(element("h4", "", this.data.texts.help), list, button("primary", this.data.texts.close, () => this.showHelp(false)));
    return card;
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".review-panel");
  const panel = panels.get(root) ?? new Panel(root);
  panels.set(root, panel);
  panel.update(data, (pending) => setTriggerValue("actions", JSON.stringify(pending)));
  return () => setTimeout(() => panel.end(), 0); // drawn again or gone: known a moment later
}
