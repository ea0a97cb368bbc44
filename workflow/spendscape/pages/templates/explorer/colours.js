// What the points' colours mean, and the legend that says so.
const GREY = [170, 170, 170], SCALE = ["#440154", "#3b528b", "#21918c", "#5ec962", "#dcc81e"].map(hex), SIDES = ["#2166ac", "#d9d9d9", "#b2182b"].map(hex);
const palette = facts.colours.map(hex), MOVER = [[200, 200, 196], hex("#de8f05"), hex("#b2182b"), [120, 120, 160]];
const LISTED = 14;

const mixed = (from, to, share) => from.map((part, k) => Math.round(part + share * (to[k] - part)));
const css = colour => `rgb(${colour.join(",")})`;

// The colour at a place of a scale, from 0 to 1.
function along(scale, share) {
  const at = Math.max(0, Math.min(1, share)) * (scale.length - 1), k = Math.min(scale.length - 2, Math.floor(at));
  return mixed(scale[k], scale[k + 1], at - k);
}

// The value below which this share of a column lies.
function quantile(name, share) {
  const known = [];
  for (let k = 0; k < N; k += Math.max(1, Math.floor(N / 5000))) if (Number.isFinite(value(name, k))) known.push(value(name, k));
  known.sort((a, b) => a - b);
  return known.length ? known[Math.floor(share * (known.length - 1))] : 0;
}

// Segments that begin alike have the colour of their first trait, lighter and darker.
function segmentColours() {
  const kin = new Map();
  for (const name of facts.segments) {
    const first = name.split(" > ")[0];
    if (!kin.has(first)) kin.set(first, []);
    kin.get(first).push(name);
  }
  const made = new Map();
  for (const [first, names] of kin) names.forEach((name, j) => {
    const own = facts.traits.includes(first) ? palette[facts.traits.indexOf(first)] : GREY, share = names.length > 1 ? j / (names.length - 1) : .35;
    made.set(name, share < .35 ? mixed(own, [0, 0, 0], .45 * (1 - share / .35)) : mixed(own, [255, 255, 255], .7 * (share - .35) / .65));
  });
  return facts.segments.map(name => made.get(name));
}

const named = (names, colours) => ({items: names.map((name, k) => [name, colours[k]])});
const modes = {
  trait: {label: "first trait", timed: true, make: (name, step) => {
    const first = firstTraits(name, step);
    return {of: k => first[k] < 0 ? GREY : palette[first[k]], legend: named(facts.traits, palette)};
  }},
  segment: {label: "segment", make: () => {
    const shades = segmentColours(), legend = named(facts.segments.slice(0, LISTED), shades);
    if (facts.segments.length > LISTED) legend.more = `and ${facts.segments.length - LISTED} smaller ones`;
    return {of: k => shades[column.segment[k]], legend};
  }},
  margin: {label: "margin", make: () => scaled("margin", 3)},
  mover: {label: "mover", make: () => ({of: k => MOVER[column.mover[k]], legend: named(facts.movers, MOVER)})},
  time: {label: "time constant", make: () => scaled("time_constant", 1, " steps")},
};
facts.traits.forEach((trait, p) => {
  modes["value" + p] = {label: `value of ${trait}`, timed: true, make: (name, step) => ({
    of: k => { const own = traitsOf(state(k, name, step))[p]; return Number.isFinite(own) ? along(SIDES, .5 + own / 2) : GREY; },
    legend: {scale: SIDES, from: "−1", to: "1"},
  })};
});

function scaled(name, digits, unit = "") {
  const [low, high] = [quantile(name, 0), quantile(name, .95)];
  return {
    of: k => Number.isFinite(value(name, k)) ? along(SCALE, high > low ? (value(name, k) - low) / (high - low) : 0) : GREY,
    legend: {scale: SCALE, from: text(low, digits) + unit, to: `${text(high, digits)}${unit} and more`},
  };
}

function showLegend(mode, legend) {
  byId("legend-title").textContent = mode.label;
  const list = byId("legend");
  list.replaceChildren();
  const add = (words, background, style) => {
    const item = element(list, "li");
    if (background) element(item, "i", undefined, style).style.background = background;
    element(item, "span", words).title = words;
  };
  for (const [name, colour] of legend.items || []) add(name, css(colour));
  if (legend.more) add(legend.more);
  if (legend.scale) {
    add(legend.from);
    add(legend.to, `linear-gradient(to right, ${legend.scale.map(css).join(",")})`, "scale");
  }
}

// An element with a text, never with markup.
function element(parent, tag, words, style) {
  const made = document.createElement(tag);
  if (words !== undefined) made.textContent = words;
  if (style) made.className = style;
  parent.append(made);
  return made;
}
