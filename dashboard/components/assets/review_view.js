// What a reviewer sees of the panel: functions of the panel that draw its parts; everything comes from its data, as text.

function drawPanel(panel) {
  const active = panel.root.getRootNode().activeElement;
  const field = active?.dataset?.field;
  const selection = field ? [active.selectionStart, active.selectionEnd] : null;
  const isHistoryOpen = panel.root.querySelector("details")?.open ?? false;
  const data = panel.data;
  if (!data.may_review) panel.root.replaceChildren(...whatWasSaid(panel));
  else if (data.name === null) panel.root.replaceChildren(nameForm(panel));
  else panel.root.replaceChildren(panelHead(panel), questionRows(panel), actionRows(panel), ...whatWasSaid(panel, isHistoryOpen));
  if (!field) return;
  const again = panel.root.querySelector(`[data-field="${field}"]`);
  again?.focus();
  if (again && selection[0] !== null) again.setSelectionRange(...selection);
}

function nameForm(panel) {
  const { texts } = panel.data;
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
    panel.rename(input.value);
  });
  return form;
}

function panelHead(panel) {
  const { texts, name, can_rename } = panel.data;
  const head = element("div", "head");
  const who = element("span", "quiet");
  who.append(texts.as, element("b", "", name));
  head.append(who);
  if (can_rename) head.append(button("link", texts.not_you, () => panel.forget()));
  return head;
}

function questionRows(panel) {
  const list = element("div", "questions");
  panel.data.questions.forEach((question, place) => {
    const row = element("div", `question${place === panel.focus && panel.data.queue ? " is-focused" : ""}`);
    row.append(element("div", "words", question.words));
    row.append(question.kind === "scale" ? scaleRow(panel, question, place) : wordsField(panel, question.name, panel.draft[question.name] ?? "", place));
    list.append(row);
  });
  return list;
}

function scaleRow(panel, question, place) {
  const scale = element("div", "scale");
  scale.setAttribute("role", "radiogroup");
  scale.setAttribute("aria-label", question.words);
  for (let value = question.low; value <= question.high; value += 1) {
    const isChosen = panel.draft[question.name] === value;
    const step = button(`step${isChosen ? " is-chosen" : ""}`, String(value), () => {
      panel.focus = place;
      panel.answer(question, value);
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

function wordsField(panel, name, value, place) {
  const input = element("input", "field");
  input.dataset.field = name;
  input.value = value;
  input.maxLength = 4000;
  input.setAttribute("aria-label", panel.data.questions[place].words);
  input.placeholder = panel.data.texts.words_hint;
  input.addEventListener("focus", () => { panel.focus = place; });
  input.addEventListener("input", () => {
    panel.draft[name] = input.value;
    panel.dirty = true;
    panel.root.querySelector(".give")?.removeAttribute("disabled");
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) leaveField(event, () => panel.give());
    if (event.key === "Escape") leaveField(event, () => {});
    if (event.key === "ArrowUp" && panel.data.queue) leaveField(event, () => panel.move(-1));
  });
  return input;
}

function leaveField(event, then) {
  event.preventDefault();
  event.stopPropagation();
  event.target.blur();
  then();
}

function actionRows(panel) {
  const { texts, bookmarked, undo, is_given } = panel.data;
  const rows = element("div", "rows");
  const row = element("div", "actions");
  const give = button("primary give", is_given && !panel.dirty ? texts.given : is_given ? texts.change : texts.give, () => panel.give());
  give.disabled = !panel.dirty && (is_given ? !panel.data.queue : true);
  if (panel.data.queue && is_given && !panel.dirty) give.textContent = texts.next;
  const mark = button(`tool${bookmarked ? " is-on" : ""}`, bookmarked ? texts.bookmarked : texts.bookmark, () => panel.bookmark());
  mark.setAttribute("aria-pressed", String(bookmarked));
  row.append(give, mark, button("tool", texts.note, () => panel.write("note")), button("tool", texts.tag, () => panel.write("tag")));
  if (undo) row.append(button("tool", texts.undo, () => panel.act({ kind: "undo" }), `${texts.undo}: ${undo}`));
  rows.append(row);
  if (panel.open) rows.append(writingBox(panel, panel.open));
  return rows;
}

function writingBox(panel, kind) {
  const { texts, known_tags } = panel.data;
  const box = element("div", "writing");
  const field = element(kind === "note" ? "textarea" : "input", "field");
  field.dataset.field = kind;
  field.value = panel.words[kind];
  field.maxLength = kind === "note" ? 4000 : 40;
  field.placeholder = texts[`${kind}_hint`];
  field.setAttribute("aria-label", texts[kind]);
  field.addEventListener("input", () => { panel.words[kind] = field.value; });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) leaveField(event, () => panel.say(kind));
    if (event.key === "Escape") leaveField(event, () => { panel.open = null; panel.draw(); });
  });
  box.append(field);
  if (kind === "tag" && known_tags.length) {
    const known = element("div", "chips");
    known.append(...known_tags.slice(0, 8).map((tag) => button("chip", `+ ${tag}`, () => { panel.words.tag = tag; panel.say("tag"); })));
    box.append(known);
  }
  return box;
}

function whatWasSaid(panel, isHistoryOpen = false) {
  const { texts, tags, notes, others, hidden, history, questions } = panel.data;
  const parts = [];
  if (tags.length) parts.push(tagChips(panel));
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

function tagChips(panel) {
  const { tags, texts, may_review } = panel.data;
  const chips = element("div", "chips");
  tags.forEach((one) => {
    const chip = element("span", "chip is-tag", one.tag);
    chip.title = one.by;
    if (may_review) chip.append(button("remove", "×", () => panel.act({ kind: "untag", content: one.tag }), `${texts.untag} ${one.tag}`));
    chips.append(chip);
  });
  return chips;
}
