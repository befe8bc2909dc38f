// Small elements of the wall.

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function pressed(className, text, press) {
  const node = element("button", className, text);
  node.type = "button";
  node.addEventListener("click", press);
  return node;
}

// A button that is one of several choices.
function pressable(className, text, isPressed, press) {
  const node = pressed(className, text, press);
  node.setAttribute("aria-pressed", String(isPressed));
  return node;
}

// Puts new nodes in the place of what was there, where that is different; the focus and how far it was scrolled stay.
function renew(place, told, nodes) {
  const said = JSON.stringify(told);
  if (place.told === said) return;
  place.told = said;
  const focused = place.getRootNode().activeElement?.dataset?.id;
  const isWithin = focused !== undefined && place.contains(place.getRootNode().activeElement);
  place.replaceChildren(...nodes());
  if (isWithin) [...place.querySelectorAll("[data-id]")].find((one) => one.dataset.id === focused)?.focus({ preventScroll: true });
}
