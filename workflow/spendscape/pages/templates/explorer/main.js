// The controls, the address that remembers them, and the loop that draws when something has changed.
const views = [];
const playing = {on: false, last: 0};
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const WAY = 900, RIM = .2, UNFILTERED = {segment: "", margin: 0, mover: ""};
let waiting = false, writing = 0;

// `only`: the one view that has turned; all of them otherwise.
function changed(only = null) {
  for (const own of only ? [only] : views) own.dirty = true;
  if (waiting || !views.length) return;
  waiting = true;
  requestAnimationFrame(tick);
}

function tick(now) {
  waiting = false;
  if (playing.on) advance(now);
  for (const own of views) if (own.dirty) { own.dirty = false; own.fit(); draw(own); }
  if (playing.on) changed();
}

function advance(now) {
  const last = places(view.window) - 1, way = Math.min(100, now - (playing.last || now)) / WAY;
  playing.last = now;
  view.step = Math.min(last, view.step + way);
  byId("step").value = calm ? Math.floor(view.step) : view.step;
  if (modes[view.colour].timed && shownStep() !== scene.painted) paint();
  stepName();
  if (view.step >= last) play(false);
}

function play(on) {
  if (on && view.step >= places(view.window) - 1 - 1e-6) view.step = 0;
  Object.assign(playing, {on, last: 0});
  byId("play").textContent = on ? "Pause" : "Play";
  changed();
  remember();
}

function stepName() {
  const names = facts.windows[view.window], step = shownStep();
  byId("step-name").textContent = step < names.length ? names[step] : "fixed points h*";
  byId("step").setAttribute("aria-valuetext", byId("step-name").textContent);
}

// Turns the globe to a place on it that is behind, or near the rim.
function bring(place) {
  const own = views.find(own => own.kind === "globe");
  if (own && place && own.camera.seen(...place)[2] < RIM) { own.camera.face(place); own.moved(); }
}

// Turns the globe to the middle of who is shown, where all of them are behind.
function findShown() {
  if (!facts.globe) return;
  const all = [];
  let front = false;
  views.find(own => own.kind === "globe").each(() => { front = true; });
  if (front) return;
  for (let k = 0; k < N; k++) { const at = scene.seen[k] && position("globe", k); if (at) all.push(at); }
  const sum = all.reduce((sum, at) => sum.map((x, c) => x + at[c]), [0, 0, 0]), long = Math.hypot(...sum);
  bring(long > 1e-6 ? sum.map(x => x / long) : all[0]);
}

// Selects a customer by its row; −1 clears. `seen`: lets filters go that would hide it, and turns the globe to it; `scroll`: goes to the details.
function select(k, seen = false, scroll = seen) {
  view.customer = k;
  if (k >= 0 && seen && !scene.seen[k]) {
    Object.assign(view, UNFILTERED);
    if (column["state_" + view.window][k] === NOTHING) view.window = windows[0], view.step = Math.min(view.step, places(windows[0]) - 1);
    controls();
    filter();
  }
  if (k >= 0 && seen && facts.globe) bring(position("globe", k));
  show();
  changed();
  told(k >= 0);
  side.scrollTop = 0;
  if (k >= 0 && scroll) details();
}

// On a narrow screen the details are below the pictures.
const narrow = matchMedia("(max-width: 900px)");
function details() {
  if (narrow.matches) side.scrollIntoView({behavior: calm ? "auto" : "smooth"});
}

function below() {
  byId("below").hidden = !narrow.matches || (view.customer < 0 && !view.chosen);
  byId("below").textContent = view.customer >= 0 ? `Customer ${column.id[view.customer]}: details ↓` : "The selection: details ↓";
}

function clear() {
  Object.assign(view, UNFILTERED, {customer: -1, chosen: null, lasso: null});
  lasso.toggle(false);
  controls();
  filter();
  show();
  told();
}

// What a screen reader says, and the address.
function told(why = false) {
  const words = `${whole(scene.count)} of ${whole(facts.total)} customers shown`;
  const chosen = view.chosen ? `; ${whole(view.chosen.reduce((sum, x) => sum + x, 0))} selected` : "";
  const who = why && view.customer >= 0 ? `; customer ${column.id[view.customer]}: ${facts.segments[column.segment[view.customer]]}` : "";
  byId("count").textContent = words + chosen + who;
  below();
  remember();
}

const LOOKS = ["azimuth", "elevation", "zoom"];

function remember() {
  clearTimeout(writing);
  writing = setTimeout(() => {
    const kept = new URLSearchParams();
    for (const name of ["colour", "window", "segment", "mover"]) kept.set(name, view[name]);
    for (const name of ["step", "margin", "level"]) kept.set(name, String(Number(view[name].toFixed(3))));
    for (const name of ["attractors", "axes", "paths"]) kept.set(name, view[name] ? "1" : "0");
    if (view.customer >= 0) kept.set("customer", column.id[view.customer]);
    if (view.lasso) kept.set("lasso", view.lasso[0] + ":" + view.lasso[1].flat().join(","));
    else if (view.chosen) kept.set("chosen", "all");
    for (const own of views) kept.set(own.kind, LOOKS.map(name => own.camera[name].toFixed(3)).join(","));
    if (views.some(own => own.painter.plain) && location.hash.includes("flat=1")) kept.set("flat", "1");
    // Some places that show a page inside another one have no address to write to.
    try { history.replaceState(null, "", "#" + kept); } catch { /* the view is then not remembered */ }
  }, 150);
}

// What the address says, so far as it fits this page.
function recall() {
  const kept = new URLSearchParams(location.hash.slice(1)), number = name => Number(kept.get(name));
  if (kept.get("colour") in modes) view.colour = kept.get("colour");
  if (windows.includes(kept.get("window"))) view.window = kept.get("window");
  if (kept.has("step") && number("step") >= 0) view.step = Math.min(number("step"), places(view.window) - 1);
  if (segments().includes(kept.get("segment"))) view.segment = kept.get("segment");
  if (number("margin") > 0) view.margin = number("margin");
  if (kept.get("mover") && facts.movers[number("mover")]) view.mover = kept.get("mover");
  if (kept.has("level") && number("level") >= 0) view.level = Math.min(Math.floor(number("level")), edges.length);
  for (const name of ["attractors", "axes", "paths"]) if (kept.has(name)) view[name] = kept.get(name) === "1";
  if (kept.has("customer")) view.customer = column.id.indexOf(kept.get("customer"));
  // An address of a customer and nothing else, as a person writes it, does not say from where to look.
  view.bare = view.customer >= 0 && !views.some(own => kept.has(own.kind));
  for (const own of views) {
    const look = (kept.get(own.kind) || "").split(",").map(Number);
    if (look.length === 3 && look.every(Number.isFinite) && look[2] > 0) LOOKS.forEach((name, k) => { own.camera[name] = look[k]; });
    own.camera.turned();
  }
  const [kind, corners] = (kept.get("lasso") || "").split(":"), flat = (corners || "").split(",").map(Number);
  if (views.some(own => own.kind === kind) && flat.length > 5 && flat.every(Number.isFinite)) view.lasso = [kind, Array.from({length: flat.length >> 1}, (_, k) => [flat[2 * k], flat[2 * k + 1]])];
  else if (kept.get("chosen") === "all") view.chosen = "all";
}

// Segments and what they begin with, in the order of traits.
function segments() {
  const made = new Set();
  for (const name of facts.segments) {
    const parts = name.split(" > ");
    parts.forEach((_, k) => made.add(parts.slice(0, k + 1).join(" > ")));
  }
  return [...made].sort();
}

function option(id, value, words) {
  const made = element(byId(id), "option", words);
  made.value = value;
}

function controls() {
  for (const name of ["colour", "window", "segment", "mover", "level", "margin"]) byId(name).value = view[name];
  for (const name of ["attractors", "axes", "paths"]) byId(name).checked = view[name];
  Object.assign(byId("step"), {max: places(view.window) - 1, value: view.step});
  byId("margin-value").textContent = text(view.margin, 3);
  stepName();
}

function prepare() {
  for (const [name, mode] of Object.entries(modes)) option("colour", name, mode.label);
  for (const name of windows) option("window", name, name);
  for (const name of segments()) option("segment", name, name);
  facts.movers.forEach((name, k) => option("mover", k, name));
  const deepest = edges.length;
  for (let level = 0; level <= deepest; level++) option("level", level, level ? `level ${level}` : "none");
  view.level = Math.min(view.level, deepest);
  byId("window").disabled = byId("mover").disabled = windows.length < 2;
  byId("level").disabled = !deepest;
  const most = quantile("margin", .99);
  Object.assign(byId("margin"), {max: most || 1, step: (most || 1) / 200});
  const listen = (id, kind, act) => byId(id).addEventListener(kind, event => { act(event.target); told(); });
  const refilter = () => { controls(); filter(); findShown(); };
  listen("colour", "change", box => { view.colour = box.value; paint(); });
  listen("window", "change", box => { view.window = box.value; view.step = steps(box.value) - 1; refilter(); show(); });
  listen("segment", "change", box => { view.segment = box.value; refilter(); });
  listen("mover", "change", box => { view.mover = box.value; refilter(); });
  listen("margin", "input", box => { view.margin = Number(box.value); refilter(); });
  listen("level", "change", box => { view.level = Number(box.value); changed(); });
  listen("step", "input", box => {
    view.step = Number(box.value);
    play(false);
    if (modes[view.colour].timed) paint();
    stepName();
    changed();
  });
  // Let go of between two steps, the slider goes to the nearest one.
  listen("step", "change", box => { view.step = Math.round(Number(box.value)); box.value = view.step; if (modes[view.colour].timed) paint(); stepName(); changed(); });
  byId("step").addEventListener("keydown", event => {
    const way = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1}[event.key];
    if (!way) return;
    event.preventDefault();
    byId("step").value = Math.round(view.step) + way;
    byId("step").dispatchEvent(new Event("change"));
  });
  for (const name of ["attractors", "axes", "paths"]) listen(name, "change", box => { view[name] = box.checked; changed(); });
  byId("play").addEventListener("click", () => play(!playing.on));
  byId("lasso").addEventListener("click", () => lasso.toggle(!lasso.on));
  byId("all").addEventListener("click", () => { everybody(); told(); });
  byId("clear").addEventListener("click", clear);
  byId("below").addEventListener("click", details);
  document.addEventListener("keydown", event => { if (event.key === "Escape") clear(); });
  if (!facts.named) byId("find").placeholder = "number on this page";
  search.start();
  if (innerWidth < 900) byId("controls").open = false;
}

function everybody() {
  Object.assign(view, {chosen: scene.seen.slice(), lasso: null, customer: -1});
  paint();
  show();
}

function globe() {
  if (!facts.globe) {
    byId("globe-note").textContent = N ? M === 2 ? "Directions of two units lie in a plane, so they are seen from the neutral state in the picture below: between two black rays is an order of traits." : "One unit has two directions only, up and down from the neutral state; a globe of directions needs 3 units." : "There are no customers to draw.";
    document.querySelector("#globe .stage").remove();
    document.querySelector("main").className = "alone";
    return;
  }
  const {kept, right} = facts.globe, notes = [`Lines: exact borders of the orders of traits. The direction alone gives ${percent(right)} of customers their first trait.`];
  if (kept < 1 - 1e-9) notes.push(`Of ${M} units three directions are drawn, which hold ${percent(kept)} of all.`);
  if (P < 2) notes.push("One trait has no borders: they need 2 traits.");
  byId("globe-note").textContent = notes.join(" ");
  views.push(new View("globe", new Camera(.5, .35, [0, 0, 0], 1.12), "Globe of directions. Arrow keys turn it, plus and minus zoom, Home turns back, Escape clears."));
}

// The middle and the reach of most states, so that one far away does not make all others small.
function space() {
  const all = plane("space", windows[0], steps(windows[0]) - 1), centre = [0, 1, 2].map(c => {
    const own = [];
    for (let k = 0; k < N; k += Math.max(1, Math.floor(N / 4000))) if (all[3 * k] < 1e5) own.push(all[3 * k + c]);
    own.sort((a, b) => a - b);
    return own.length ? (own[Math.floor(.01 * own.length)] + own[Math.floor(.99 * (own.length - 1))]) / 2 : 0;
  });
  const away = [];
  for (let k = 0; k < N; k++) if (all[3 * k] < 1e5) away.push(Math.hypot(...centre.map((x, c) => all[3 * k + c] - x)));
  const reach = away.sort((a, b) => a - b)[Math.floor(.99 * (away.length - 1))];
  const flat = M < 3, units = facts.seen.map(m => m + 1), notes = [{1: "The one hidden unit, along a line; a plane needs 2 units, depth 3.", 2: "Both hidden units.", 3: "Hidden units 1 to 3."}[M] ?? `Hidden units ${units.slice(0, -1).join(", ")} and ${units.at(-1)} of ${M}: those in which states differ most.`];
  if (edges.length && !facts.globe) notes.push("Black rays: exact borders of the orders of traits.");
  notes.push("Coloured lines: the trait axes from the neutral state. Bodies, sheets and curves: the attractors.");
  byId("space-note").textContent = notes.join(" ");
  views.push(new View("space", new Camera(flat ? -Math.PI / 2 : -.87, flat ? Math.PI / 2 : .4, centre, (reach || 1) * 1.15), "State space. Arrow keys turn it, plus and minus zoom, Home turns back, Escape clears."));
}

function note() {
  byId("plain").hidden = !views.some(own => own.painter.plain);
}

async function start() {
  await unpack();
  globe();
  space();
  prepare();
  recall();
  controls();
  const all = view.chosen === "all";
  view.chosen = null;
  filter();
  for (const own of views) own.fit();
  const who = view.customer;
  if (view.lasso) lasso.take();
  else if (all) everybody();
  view.customer = who;
  if (view.bare) select(who, true, false);
  show();
  told(true);
  note();
  // Another address in an open page is another view.
  addEventListener("hashchange", () => location.reload());
  requestAnimationFrame(() => { document.body.dataset.ready = "1"; });
}

start();
