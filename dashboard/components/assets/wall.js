// The wall of units. It follows the address: a choice changes that, what it asks for is fetched and drawn, and nothing waits for a run of
// the page's script. It is drawn before the rest of the dashboard is there (`begin`), and then taken over by the page (`mount`).

const KEPT = 60; // answers
const FRESH_MS = 30_000;
const FORESEEN_MS = 40; // of pointing at a choice
const N_WAITING = 24;

class Wall {
  constructor(study, { isReturning, reader = "" }) {
    this.study = study;
    this.reader = reader;
    this.words = WORDS;
    this.images = ADDRESSES.image;
    this.thumbs = ADDRESSES.thumb;
    this.host = element("div", "wall-host");
    this.root = this.host.attachShadow({ mode: "open" });
    this.root.innerHTML = FRAME;
    this.parts = Object.fromEntries([...this.root.querySelectorAll("[data-part]")].map((one) => [one.dataset.part, one]));
    this.parts.search.append(searchField(this));
    this.answers = new Map();
    this.path = location.pathname;
    drawSkeleton(this.parts.tiles, N_WAITING);
    this.onHistory = () => location.pathname === this.path && !this.isOfUnit() && this.show();
    addEventListener("popstate", this.onHistory);
    if (isReturning) this.restore();
    this.shown = this.show();
  }

  get address() {
    return new URLSearchParams(location.search);
  }

  isOfUnit() {
    return this.address.has("unit");
  }

  value(name) {
    return this.address.get(name) ?? "";
  }

  // The address with other values of some parameters; the first page of what is then found, unless a page is asked for.
  with(changes) {
    const address = this.address;
    for (const [name, values] of Object.entries({ page: [], ...changes })) {
      address.delete(name);
      for (const one of values) address.append(name, one);
    }
    return address;
  }

  unitAddress(unit) {
    const address = this.with({ page: this.address.getAll("page"), study: [this.study], unit: [unit] });
    return `${this.path}?${address}`;
  }

  go(changes, { isTyped = false } = {}) {
    const search = this.with(changes).toString();
    const isSame = isTyped && this.isTyping;
    history[isSame ? "replaceState" : "pushState"]({}, "", search ? `?${search}` : this.path);
    this.isTyping = isTyped;
    return this.show();
  }

  // What is pointed at is asked for, with the pictures that the window has room for, before it is chosen.
  foresee(changes) {
    clearTimeout(this.foreseeing);
    this.foreseeing = setTimeout(async () => {
      try {
        const { tiles } = await this.ask(this.with(changes));
        this.fetchPictures(tiles.slice(0, N_WAITING).flatMap((tile) => tile.kinds.map((kind) => tile[kind])));
      } catch {} // it is said where it is chosen
    }, FORESEEN_MS);
  }

  // The browser keeps them.
  fetchPictures(addresses) {
    const density = devicePixelRatio > 1 ? this.images : this.thumbs;
    for (const address of addresses.filter(Boolean)) {
      const image = new Image();
      image.fetchPriority = "low";
      image.src = `${density}/${address}`;
    }
  }

  ask(address) {
    if (!address.has("study")) address.set("study", this.study);
    if (this.reader) address.set(READER, this.reader);
    const key = address.toString();
    const known = this.answers.get(key);
    if (known && performance.now() - known.at < FRESH_MS) return known.answer;
    const answer = fetch(`${ADDRESSES.wall}?${key}`).then(async (reply) => {
      const told = await reply.json();
      if (!reply.ok) throw new Error(told.error);
      return told;
    });
    this.answers.delete(key);
    this.answers.set(key, { answer, at: performance.now() });
    answer.catch(() => this.answers.delete(key));
    if (this.answers.size > KEPT) this.answers.delete(this.answers.keys().next().value);
    return answer;
  }

  async show() {
    const asked = this.address.toString();
    remember(this.study, asked);
    try {
      const view = await this.ask(this.address);
      if (asked !== this.address.toString()) return;
      drawTiles(this.parts.tiles, view, this);
      await null; // the pictures are asked for now, not once all else is drawn
      this.draw(view);
    } catch (error) {
      this.say(error.message, this.words.again, () => this.show());
    }
  }

  readAs(reader) {
    this.reader = reader;
    this.answers.clear();
    return this.show();
  }

  // Leaving the page drops the address's parameters: what was chosen last is put back.
  restore() {
    const last = recalled(this.study);
    if (last && PARAMETERS.every((name) => !this.address.has(name))) history.replaceState({}, "", `?${last}`);
  }

  // All but the tiles.
  draw(view) {
    this.parts.line.textContent = view.line;
    const search = this.parts.search.querySelector("input");
    if (this.root.activeElement !== search) search.value = view.search;
    drawAside(this.parts.choices, view, this);
    drawFilters(this.parts.filters, view.facets, this);
    this.drawRender(view);
    renew(this.parts.colour, view.choices.colour, () => (view.choices.colour ? [select("colour", view.choices.colour, this)] : []));
    drawMap(this.parts.map, view.map, this);
    drawHead(this.parts.head, view, this);
    if (view.tiles.length === 0) this.say(this.words.no_units, this.words.clear, () => this.go(CLEARED));
    else if (view.notice) this.say(view.notice);
    else this.say("");
    this.host.dataset.shown = this.address.toString();
    this.lookAhead(view);
  }

  drawRender(view = this.view) {
    this.view = view;
    const isOffered = this.mayRender && view?.render;
    renew(this.parts.render, isOffered ? view.render : "", () => {
      const button = pressed("segment", view?.render, () => this.tell({ unit: null, address: this.address.toString() }));
      button.title = this.words.render_help;
      return isOffered ? [button] : [];
    });
  }

  say(words, label, act) {
    const nodes = words ? [element("p", "", words)] : [];
    if (label) nodes.push(pressed("segment", label, act));
    this.parts.notice.replaceChildren(...nodes);
  }

  // Settles when the pictures in the window are there.
  pictured() {
    const images = [...this.root.querySelectorAll(".tile img")].filter((one) => one.getBoundingClientRect().top < innerHeight);
    return Promise.all(images.map((one) => one.decode().catch(() => {})));
  }

  // The next page and its thumbnails, once the pictures in the window are there.
  async lookAhead(view) {
    const asked = this.address.toString();
    await this.pictured();
    (window.requestIdleCallback ?? setTimeout)(() => {
      if (asked !== this.address.toString()) return;
      if (view.page < view.n_pages) this.ask(this.with({ page: [String(view.page + 1)] })).catch(() => {});
      this.fetchPictures(view.ahead);
    });
  }

  select(event, unit) {
    if (!this.tell || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.tell({ unit, address: this.address.toString() });
  }

  close() {
    removeEventListener("popstate", this.onHistory);
    clearTimeout(this.foreseeing);
  }
}

const remembering = (study) => `exemplary-wall/${study}`;
const remember = (study, asked) => sessionStorage.setItem(remembering(study), asked);
const recalled = (study) => sessionStorage.getItem(remembering(study));

let early = null;
const mounted = new WeakMap();

// Draw the wall into the document in which the dashboard is still to be started, which is done once the tiles in the window are there.
export function begin(study, place, startDashboard) {
  early = new Wall(study, { isReturning: false });
  place.append(early.host);
  const wall = early;
  wall.shown.then(() => wall.pictured()).then(startDashboard);
  early.onMount = (page) => {
    const { scrollTop } = place;
    place.remove();
    page.closest('[data-testid="stMain"]')?.scrollTo(0, scrollTop);
  };
  removeUnlessMounted(place);
}

// Where the dashboard shows something else than the wall, which has no words of its own there, that is what is to be seen.
function removeUnlessMounted(place) {
  const watching = setInterval(() => {
    const drawn = document.querySelectorAll('[data-testid="stMain"] .stElementContainer');
    if ([...drawn].some((one) => one.innerText.trim())) place.remove();
    if (!place.isConnected) clearInterval(watching);
  }, 250);
}

// Draw the wall into the page, or take over the one that is there already.
export function mount({ data, parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".wall");
  let wall = mounted.get(place);
  if (wall?.study !== data.study) {
    wall?.close();
    wall = early?.study === data.study ? early : new Wall(data.study, { isReturning: true, reader: data.reader });
    early = null;
    mounted.set(place, wall);
    place.replaceChildren(wall.host);
    scrollMap(wall.parts.map);
    wall.onMount?.(parentElement.host);
  }
  wall.tell = (chosen) => setTriggerValue("chosen", chosen);
  wall.mayRender = data.may_render;
  if (data.reader !== wall.reader) wall.readAs(data.reader);
  else wall.drawRender();
  return () => wall.close();
}
