// Logging in and out: posted to a route, whose reply sets or takes away a cookie that no script can read; then the page is loaded anew.

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

async function post(url, content) {
  const reply = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });
  return { ok: reply.ok, ...(await reply.json()) };
}

function leave(data) {
  if (data.after) window.location.assign(data.after);
  else window.location.reload();
}

// Posts, with the button at rest until the reply; what is refused is said in `said`, and the button waits as long as the server asks.
async function send(data, content, button, said) {
  const label = button.textContent;
  button.disabled = true;
  button.textContent = data.texts.checking;
  said.textContent = "";
  const reply = await post(data.url, content).catch(() => ({ ok: false, error: data.texts.unreachable }));
  if (reply.ok) return leave(data);
  said.textContent = reply.error;
  button.textContent = label;
  setTimeout(() => (button.disabled = false), 1000 * (reply.wait_s ?? 0));
}

function field(label, name, type, hint) {
  const node = element("label", "field");
  const input = element("input", "");
  Object.assign(input, { name, type, spellcheck: false, autocomplete: type === "password" ? "current-password" : "username" });
  node.append(element("span", "label", label), input);
  if (hint) {
    const words = element("span", "hint", hint);
    words.id = input.name + "-hint";
    input.setAttribute("aria-describedby", words.id);
    node.append(words);
  }
  return { node, input };
}

// A button that shows what was typed, and hides it again.
function eye(input, texts) {
  const button = element("button", "eye", texts.show);
  button.type = "button";
  button.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    button.textContent = input.type === "password" ? texts.show : texts.hide;
    input.focus();
  });
  return button;
}

function form(data) {
  const { texts } = data;
  const node = element("form", "form");
  const name = field(texts.name, "name", "text", texts.name_hint);
  const passphrase = field(texts.passphrase, "passphrase", "password");
  passphrase.input.required = true;
  passphrase.node.append(eye(passphrase.input, texts));
  const said = element("p", "said");
  said.setAttribute("role", "alert");
  const button = element("button", "primary", texts.log_in);
  node.append(name.node, passphrase.node, said, button);
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!button.disabled) send(data, { name: name.input.value, passphrase: passphrase.input.value }, button, said);
  });
  setTimeout(() => name.input.focus());
  return [node];
}

function leaving(data) {
  const said = element("p", "said");
  said.setAttribute("role", "alert");
  const button = element("button", "quiet", data.texts.log_out);
  button.type = "button";
  button.addEventListener("click", () => send(data, {}, button, said));
  return [button, said];
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".login-form");
  if (root.childElementCount) return; // drawn once: what was typed stays
  root.append(...(data.kind === "login" ? form(data) : leaving(data)));
}
