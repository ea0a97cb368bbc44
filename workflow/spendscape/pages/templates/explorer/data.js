// What the page holds: facts as JSON, and the customers' columns packed (spendscape/pages/packed.py).
const byId = id => document.getElementById(id);
const facts = JSON.parse(byId("data").textContent);
const N = facts.drawn, M = facts.units, P = facts.traits.length;
const windows = Object.keys(facts.windows);
const NOTHING = -32768, FAR = 1e6;
const column = {};

async function unpack() {
  const letters = atob(byId("packed").textContent), bytes = new Uint8Array(letters.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = letters.charCodeAt(k);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const data = new Uint8Array(await new Response(stream).arrayBuffer());
  for (const [name, how] of Object.entries(facts.columns)) {
    if (how.kind === "text") { column[name] = JSON.parse(new TextDecoder().decode(data.subarray(how.at, how.at + how.size))); continue; }
    const own = column[name] = new (how.kind === "f4" ? Float32Array : Int16Array)(how.size), places = new Uint8Array(own.buffer), width = own.BYTES_PER_ELEMENT;
    for (let j = 0, at = how.at; j < width; j++) for (let k = j; k < places.length; k += width) places[k] = data[at++];
    if (how.stride) for (let k = how.stride; k < own.length; k++) own[k] += own[k - how.stride];
  }
  byId("packed").remove();
}

// A value of a column, which may have several rows of N; NaN where it is not known.
function value(name, k, row = 0) {
  const raw = column[name][row * N + k], step = facts.columns[name].step;
  return step === undefined ? raw : raw === NOTHING ? NaN : raw * step;
}

const steps = name => facts.windows[name].length;
// A place in time is a window and a step; the long window has one step more, the fixed points.
const places = name => steps(name) + (name === windows[0] ? 1 : 0);

// The M numbers of a customer's state at a place in time.
function state(k, name, step) {
  const made = new Array(M);
  const ended = step >= steps(name);
  for (let m = 0; m < M; m++) made[m] = ended ? value("end", k, m) : value("state_" + name, k, step * M + m);
  return made;
}

function traitsOf(position) {
  return facts.bias.map((b, p) => position.reduce((sum, h, m) => sum + h * facts.output[m][p], b));
}

// Three coordinates for each customer: where the space draws a state, or the globe its direction; FAR where there is none.
const planes = new Map();
function plane(kind, name, step) {
  const key = `${kind} ${name} ${step}`;
  if (planes.has(key)) return planes.get(key);
  const made = new Float32Array(3 * N).fill(FAR), ended = step >= steps(name);
  const own = ended ? column.end : column["state_" + name], scale = facts.columns[ended ? "end" : "state_" + name].step;
  const first = ended ? 0 : step * M, position = new Array(M);
  for (let k = 0; k < N; k++) {
    if (own[first * N + k] === NOTHING) continue;
    for (let m = 0; m < M; m++) position[m] = own[(first + m) * N + k] * scale;
    const drawn = kind === "globe" ? direction(position) : inSpace(position);
    if (drawn) made.set(drawn, 3 * k);
  }
  planes.set(key, made);
  return made;
}

const inSpace = position => [0, 1, 2].map(c => c < M ? position[facts.seen[c]] : 0);
// Borders are great circles on the globe of three units or more, and rays in the plane of two.
const edges = facts.globe?.borders ?? facts.rays ?? [];

function direction(position) {
  const seen = facts.globe.frame.map(axis => axis.reduce((sum, a, m) => sum + a * (position[m] - facts.origin[m]), 0));
  const length = Math.hypot(...seen);
  return length > 0 ? seen.map(x => x / length) : null;
}

// Which trait comes first at a place in time; −1 where the state is not known.
const firsts = new Map();
function firstTraits(name, step) {
  const key = `${name} ${step}`;
  if (firsts.has(key)) return firsts.get(key);
  const made = new Int16Array(N).fill(-1);
  if (name === windows[0] && step === steps(name) - 1) made.set(column.level.subarray(0, N));
  else {
    const ended = step >= steps(name), own = ended ? column.end : column["state_" + name], scale = facts.columns[ended ? "end" : "state_" + name].step, first = ended ? 0 : step * M;
    for (let k = 0; k < N; k++) {
      if (own[first * N + k] === NOTHING) continue;
      let most = -Infinity;
      for (let p = 0; p < P; p++) {
        let sum = facts.bias[p];
        for (let m = 0; m < M; m++) sum += own[(first + m) * N + k] * scale * facts.output[m][p];
        if (sum > most) { most = sum; made[k] = p; }
      }
    }
  }
  firsts.set(key, made);
  return made;
}

const text = (number, digits) => Number.isFinite(number) ? number.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−") : "–";
const whole = number => number.toLocaleString("en");
const percent = share => Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "–";
const hex = colour => [1, 3, 5].map(k => parseInt(colour.slice(k, k + 2), 16));
