// What is drawn: who is seen, in which colours, and the lines, faces and labels around them.
const view = {
  colour: "trait", window: windows[0], step: Math.max(0, steps(windows[0]) - 1), segment: "", margin: 0, mover: "", level: Math.min(1, P - 1),
  attractors: true, axes: true, paths: false, customer: -1, hover: -1, lasso: null, chosen: null,
};
const PATHS = 1500, INK = [34, 34, 34, 255], SOFT = [70, 70, 70, 190], RECENT = [176, 0, 120, 255];
const scene = {colours: new Uint8Array(4 * N), seen: new Uint8Array(N), count: 0, version: 0};

const whereabouts = () => {
  const last = places(view.window) - 1, from = Math.min(last, Math.floor(view.step + 1e-9)), share = Math.min(1, view.step - from);
  return share > 1e-6 && from < last ? [from, from + 1, share] : [from, from, 0];
};
const shownStep = () => Math.round(whereabouts()[0] + whereabouts()[2]);

function filter() {
  const inside = facts.segments.map(name => !view.segment || name === view.segment || name.startsWith(view.segment + " > "));
  const mover = view.mover === "" ? -1 : Number(view.mover), from = column["state_" + view.window];
  scene.count = 0;
  for (let k = 0; k < N; k++) {
    const seen = inside[column.segment[k]] && !(value("margin", k) < view.margin) && (mover < 0 || column.mover[k] === mover) && from[k] !== NOTHING;
    scene.seen[k] = seen ? 1 : 0;
    scene.count += scene.seen[k];
  }
  paint();
}

function paint() {
  const mode = modes[view.colour], step = shownStep(), made = mode.make(view.window, step);
  for (let k = 0; k < N; k++) {
    if (!scene.seen[k]) { scene.colours[4 * k + 3] = 0; continue; }
    let colour = made.of(k);
    if (view.chosen && !view.chosen[k]) colour = mixed(colour, [255, 255, 255], .82);
    scene.colours.set(colour, 4 * k);
    scene.colours[4 * k + 3] = 255;
  }
  scene.painted = step;
  scene.version++;
  showLegend(mode, made.legend);
  changed();
}

class Lines {
  constructor() { this.ends = []; this.colours = []; }
  add(from, to, colour) { this.ends.push(...from, ...to); this.colours.push(...colour); }
  path(points, colour) { for (let k = 1; k < points.length; k++) this.add(points[k - 1], points[k], colour); }
  get done() { return [new Float32Array(this.ends), new Uint8Array(this.colours)]; }
}

const spot = (kind, name, step, k) => { const all = plane(kind, name, step), own = [...all.subarray(3 * k, 3 * k + 3)]; return own[0] > 1e5 ? null : own; };

// A customer's places in a window, in the order of time.
const path = (kind, name, k) => facts.windows[name].map((_, step) => spot(kind, name, step, k)).filter(Boolean);

// The way between two directions along the ball, a little above it.
function arc(points) {
  const made = [];
  points.slice(1).forEach((to, k) => {
    for (let j = 0; j <= 8; j++) {
      const at = to.map((x, c) => points[k][c] + j / 8 * (x - points[k][c])), long = Math.hypot(...at) / 1.004;
      if (long > 1e-6) made.push(at.map(x => x / long));
    }
  });
  return made;
}

// The things that move with nothing: worked out once for each of their settings.
const still = new Map();
function scenery(kind) {
  const key = [kind, view.level, view.attractors, view.axes, view.paths && [view.window, scene.version]].join();
  const kept = still.get(kind);
  if (kept && kept.key === key) return kept;
  const made = {key, thin: new Lines(), thick: new Lines(), faces: [], shades: [], labels: []};
  if (kind === "globe") borders(made); else surroundings(made);
  if (view.paths) paths(kind, made.thin);
  for (const name of ["thin", "thick"]) made[name] = made[name].done;
  made.faces = new Float32Array(made.faces);
  made.shades = new Uint8Array(made.shades);
  still.set(kind, made);
  return made;
}

function borders(made) {
  facts.globe.borders.slice(0, view.level).forEach((arcs, level) => {
    for (const points of arcs) made[level ? "thin" : "thick"].path(points, level ? SOFT : INK);
  });
  if (view.level) for (const [p, middle] of middles()) made.labels.push([facts.traits[p], middle.map(x => 1.02 * x), facts.inks[p]]);
}

// The middle of each cell of the first level, by directions spread evenly over the ball.
function middles() {
  const count = 4000, sums = new Map(), turn = Math.PI * (3 - Math.sqrt(5));
  for (let k = 0; k < count; k++) {
    const z = 1 - 2 * (k + .5) / count, r = Math.sqrt(1 - z * z), u = [r * Math.cos(turn * k), r * Math.sin(turn * k), z];
    const outputs = facts.traits.map((_, p) => u.reduce((sum, x, c) => sum + x * facts.globe.weights[c][p], 0));
    const best = outputs.indexOf(Math.max(...outputs));
    sums.set(best, (sums.get(best) || [0, 0, 0]).map((x, c) => x + u[c]));
  }
  return [...sums].map(([p, sum]) => [p, sum.map(x => x / (Math.hypot(...sum) || 1))]);
}

const solid = point => [point[0], point[1] || 0, point[2] || 0];

function surroundings(made) {
  if (!facts.globe) edges.slice(0, view.level).forEach((rays, level) => {
    const from = inSpace(facts.origin), far = 40 * views.find(own => own.kind === "space").camera.radius;
    for (const ray of rays) made[level ? "thin" : "thick"].add(from, from.map((x, c) => x + far * (ray[c] || 0)), level ? SOFT : INK);
  });
  facts.traits.forEach((trait, p) => {
    const colour = palette[p];
    if (view.axes) {
      const [from, to] = facts.axes[p].map(solid);
      made.thick.add(from, to, [...colour, 255]);
      if (Math.hypot(...to.map((x, c) => x - from[c])) > 0) made.labels.push([trait, to, facts.inks[p], false, from]);
    }
    if (view.attractors) {
      const shape = facts.attractors[p], points = shape.points.map(solid);
      if (shape.kind === "curve") made.thick.path(points, [...colour, 255]);
      if (shape.kind === "point" || shape.kind === "points") for (const x of points)
        for (const c of [0, 1, 2]) made.thick.add(x.map((y, d) => y - (c === d) * .02), x.map((y, d) => y + (c === d) * .02), [...colour, 255]);
      for (const face of shape.faces) {
        made.faces.push(...face.flatMap(k => points[k]));
        for (let c = 0; c < 3; c++) made.shades.push(...colour, shape.kind === "sheet" ? 70 : 22);
      }
    }
  });
}

// Paths of all who are seen, or of an even sample of them.
function paths(kind, lines) {
  const every = Math.max(1, scene.count / PATHS);
  let met = 0;
  for (let k = 0; k < N; k++) {
    if (!scene.seen[k] || (view.chosen && !view.chosen[k])) continue;
    if (Math.floor(met / every) !== Math.floor((met - 1) / every)) {
      const points = path(kind, view.window, k);
      lines.path(kind === "globe" ? arc(points) : points, [...scene.colours.subarray(4 * k, 4 * k + 3), 110]);
    }
    met++;
  }
}

// The customer who is selected: its paths in both windows, and where each step is.
function selected(kind) {
  const lines = new Lines(), labels = [], k = view.customer;
  if (k >= 0) for (const name of windows) {
    const own = path(kind, name, k), now = name === view.window;
    if (!own.length) continue;
    const colour = name === windows[0] ? INK : RECENT, fixed = [];
    if (kind === "globe") lines.path(arc(own), colour);
    else {
      const end = name === windows[0] ? spot(kind, name, steps(name), k) : null;
      lines.path([inSpace(facts.origin), ...own, ...(end ? [end] : [])], colour);
      if (end && now) fixed.push(["end", end, "#222", true]);
    }
    // Where there is not room for all, the last step is named, then where the path ends, then the first step.
    const order = [own.length - 1, 0, ...own.keys()].filter((t, j, all) => all.indexOf(t) === j);
    const named = order.map(t => [facts.windows[name][t], own[t], css(colour.slice(0, 3)), true]);
    if (now) labels.push(named[0], ...fixed, ...named.slice(1));
  }
  return {lines: lines.done, labels};
}

function draw(own) {
  const {kind, painter, camera} = own, globe = kind === "globe", [from, to, share] = whereabouts();
  painter.begin(camera, own.width, own.height, own.ratio, globe);
  if (globe && view.level && P <= 100) painter.ball(new Float32Array(facts.traits.flatMap((_, p) => facts.globe.weights.map(row => row[p]))), new Float32Array(palette.flat().map(x => x / 255)));
  const things = scenery(kind), who = selected(kind);
  painter.points(plane(kind, view.window, from), plane(kind, view.window, to), share, scene.colours, N > 40000 ? 2.5 : 3.5, own.version !== scene.version);
  own.version = scene.version;
  // On the globe borders are in front of the points, which are as near.
  painter.lines(...things.thin, 1, globe);
  painter.lines(...things.thick, globe ? 1.5 : 2.5, globe);
  if (!globe) painter.faces(things.faces, things.shades);
  painter.lines(...who.lines, 2.5, true);
  for (const [k, size] of [[view.hover, 11], [view.customer, 13]]) {
    const at = k >= 0 ? position(kind, k) : null;
    if (at) for (const [colour, less] of [[INK, 0], [[...scene.colours.subarray(4 * k, 4 * k + 3), 255], 4]])
      painter.points(new Float32Array(at), new Float32Array(at), 0, new Uint8Array(colour), size - less, false, false);
  }
  painter.end();
  own.label([...who.labels, ...things.labels]);
}

// Where a customer is now, between two steps as the points are.
function position(kind, k) {
  const [from, to, share] = whereabouts(), [a, b] = [spot(kind, view.window, from, k), spot(kind, view.window, to, k)];
  if (!a || !b) return null;
  const at = a.map((x, c) => x + share * (b[c] - x)), long = kind === "globe" ? Math.hypot(...at) || 1 : 1;
  return at.map(x => x / long);
}
