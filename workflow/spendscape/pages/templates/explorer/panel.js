// The words beside the pictures: what there is to see, a customer's essentials, or a selection summed up.
const NEAREST = 8, ROWS = 25;
const side = byId("side");

function pairs(parent, items) {
  const list = element(parent, "dl");
  for (const [term, words] of items) { element(list, "dt", term); element(list, "dd", words); }
}

function table(parent, caption, heads, rows) {
  const made = element(parent, "table");
  element(made, "caption", caption);
  const top = element(element(made, "thead"), "tr"), body = element(made, "tbody");
  const number = words => typeof words === "string" && /^[+−–\d]/.test(words) ? "n" : undefined;
  heads.forEach((name, k) => { element(top, "th", name, rows.length ? number(rows[0][k]) : undefined).scope = "col"; });
  for (const row of rows) {
    const line = element(body, "tr");
    row.forEach((cell, k) => {
      const made = element(line, "td", typeof cell === "function" ? undefined : cell, number(cell));
      if (typeof cell === "function") cell(made);
    });
  }
  return made;
}

const button = (words, press) => parent => {
  const made = element(parent, "button", words);
  made.type = "button";
  made.title = words;
  made.addEventListener("click", press);
};

function show() {
  side.replaceChildren();
  if (view.customer >= 0) customer(view.customer);
  if (view.chosen) summary();
  if (!view.chosen && view.customer < 0) welcome();
}

function welcome() {
  element(side, "h2", "Click a point");
  if (facts.globe) element(side, "p", "Every point is a customer. On the globe it lies in the direction in which spending has drawn the network from its neutral state; the cell that it lies in is its order of traits. In the state space it is the network's state itself.");
  else element(side, "p", "Every point is a customer: the network's state after it has read the customer's spending.");
  element(side, "p", "Drag, or use the arrow keys, to turn; the wheel, two fingers, or + and − zoom; Home turns back; Escape clears. The lasso selects what you draw around.", "quiet");
  element(side, "p", facts.meaning, "quiet");
  if (facts.total > N) element(side, "p", `${whole(N)} of ${whole(facts.total)} customers are drawn, an even sample (explorer.customers in the config).` + (facts.named ? ` ${whole(column.other.length)} others can be found by their ids.` : ""), "quiet");
  if (!facts.named) element(side, "p", "Customers have numbers of this page only: ids, cards, and what single customers spend on are left out (privacy.show_customers in the config).", "quiet");
}

const levels = k => facts.traits.map((_, j) => facts.traits[column.level[j * N + k]]);
const fileOf = k => facts.files[k] ?? (k < N ? column.id[k] : column.other[k - N]);

function card(parent, k) {
  if (!facts.named) return;
  element(parent, "h3", "Card");
  const link = element(element(parent, "p"), "a", "why is this customer here?");
  link.href = `explain/${encodeURIComponent(fileOf(k))}.html`;
  element(parent, "p", "If the card has not been made yet, make it with the options of your run and", "quiet");
  element(parent, "code", `snakemake --cores 1 ${facts.results}/explain/${fileOf(k)}.html`);
}

function absent(other) {
  side.replaceChildren();
  element(side, "h2", `Customer ${column.other[other]}`);
  element(side, "p", `This customer is not drawn: the page draws an even sample of ${whole(N)} of ${whole(facts.total)} customers (explorer.customers in the config).`);
  card(side, N + other);
}

function customer(k) {
  const order = levels(k), margin = value("margin", k), behind = column.behind[k], last = steps(windows[0]) - 1;
  element(side, "h2", `Customer ${column.id[k]}`);
  const lead = order.length > 1 ? `${order[0]} leads ${order[1]} by ${text(margin, 3)}` : "there is one trait only";
  pairs(side, [
    ["segment", facts.segments[column.segment[k]]],
    ["order of traits", order.join(" > ")],
    ["margin", lead + (column.neutral[k] ? `: neutral, because ${facts.neutral === null ? "every lead" : `a lead below ${text(facts.neutral, 3)}`} is within what the noise of a year moves` : "")],
    ["nearest border", behind < 0 ? "none" : Number.isFinite(value("border_degrees", k)) ? `${text(value("border_degrees", k), 1)}° away, behind it ${facts.traits[behind]}` : `on the other side ${facts.traits[behind]}`],
    ["recent window", moved(k)],
  ]);
  const drawn = windows.filter((name, j) => !j || column["state_" + name][k] !== NOTHING), key = element(side, "p", undefined, "quiet");
  for (const name of drawn.length > 1 ? drawn : []) {
    const item = element(key, "span");
    Object.assign(item.style, {display: "inline-block", marginRight: "1rem"});
    element(item, "i", undefined, "swatch").style.background = css((name === windows[0] ? INK : RECENT).slice(0, 3));
    item.append(`path in the ${name} window`);
  }
  element(side, "h3", "Traits");
  const network = traitsOf(state(k, windows[0], last));
  const line = (p, number) => cell => {
    const track = element(cell, "span", undefined, "track"), fill = element(track, "i"), width = Math.min(50, 50 * Math.abs(number) || 0);
    Object.assign(fill.style, {background: facts.colours[p], width: width + "%", left: (number < 0 ? 50 - width : 50) + "%"});
  };
  table(side, `by the network and ${facts.source}, from −1 to 1`, ["trait", "", "network", facts.source.split(" ").pop()], facts.traits.map((trait, p) => [trait, line(p, network[p]), text(network[p], 2), text(value("value", k, p), 2)]));
  if (!Number.isFinite(value("value", k))) element(side, "p", `The traits ${facts.source} are not known of this customer.`, "quiet");
  element(side, "p", facts.meaning, "quiet");
  if (facts.named) element(side, "h3", "Spending");
  const entries = (name, numbers, count, words) => Array.from({length: count}, (_, j) => [facts.classes[column[name][j * N + k]]?.replaceAll("_", " "), words(value(numbers, k, j))]).filter(([name]) => name !== undefined);
  if (facts.named) table(side, "largest shares of spending", ["class", "share"], entries("spent", "spent_share", facts.shown.spent, percent));
  if (facts.named && order.length > 1) table(side, `what decides ${order[0]} over ${order[1]} most`, ["class", "margin"], entries("decided", "decided_value", facts.shown.decided, number => (number >= .0005 ? "+" : "") + text(number, 3)));
  element(side, "h3", "Where spending on like this leads");
  pairs(side, [
    ["fixed point", facts.verdicts[column.verdict[k]]], ["first trait there", column.label[k] < 0 ? "not known" : facts.traits[column.label[k]]],
    ["time constant", `${text(value("time_constant", k), 1)} steps`], ["spectral radius", text(value("spectral_radius", k), 3)],
    ["within 0.001", column.steps[k] < 0 ? "not within the rollout" : `after ${column.steps[k]} steps`],
  ]);
  element(side, "h3", "Nearest customers in state");
  const list = element(side, "div", undefined, "chips");
  for (const [other, away] of neighbours(k)) button(column.id[other], () => select(other))(list), list.lastChild.title = `${column.id[other]}: ${text(away, 4)} away, ${facts.segments[column.segment[other]]}`;
  card(side, k);
}

function moved(k) {
  if (windows.length < 2) return "this run has none";
  const first = firstTraits(windows[1], steps(windows[1]) - 1)[k], words = facts.movers[column.mover[k]];
  return first < 0 ? words : `${words}; first trait ${facts.traits[first]}`;
}

// The customers whose states after the window's last step are nearest, with the distances.
function neighbours(k) {
  const name = "state_" + windows[0], own = column[name], first = (steps(windows[0]) - 1) * M, scale = facts.columns[name].step, best = [];
  for (let j = 0; j < N; j++) {
    if (j === k) continue;
    let sum = 0;
    for (let m = 0; m < M; m++) sum += (own[(first + m) * N + j] - own[(first + m) * N + k]) ** 2;
    if (best.length < NEAREST || sum < best[best.length - 1][1]) {
      best.push([j, sum]);
      best.sort((a, b) => a[1] - b[1]);
      best.length = Math.min(best.length, NEAREST);
    }
  }
  return best.map(([j, sum]) => [j, Math.sqrt(sum) * scale]);
}

function summary() {
  const rows = [];
  for (let k = 0; k < N; k++) if (view.chosen[k]) rows.push(k);
  element(side, "h2", `${whole(rows.length)} selected`);
  element(side, "p", `${percent(rows.length / N)} of the customers drawn.`);
  if (!rows.length) return;
  const mean = (who, number) => { let sum = 0, count = 0; for (const k of who) { const own = number(k); if (Number.isFinite(own)) { sum += own; count++; } } return sum / count; };
  const all = Array.from({length: N}, (_, k) => k), last = steps(windows[0]) - 1;
  const counts = new Map(), whole_ = new Map();
  for (const k of rows) counts.set(column.segment[k], (counts.get(column.segment[k]) || 0) + 1);
  for (const k of all) whole_.set(column.segment[k], (whole_.get(column.segment[k]) || 0) + 1);
  const largest = [...counts].sort((a, b) => b[1] - a[1]);
  table(side, "segments of the selection, and their share of all", ["segment", "customers", "share", "of all"], largest.slice(0, 10).map(([s, count]) => [facts.segments[s], whole(count), percent(count / rows.length), percent(whole_.get(s) / N)]));
  if (largest.length > 10) element(side, "p", `and ${largest.length - 10} smaller segments`, "quiet");
  const outputs = k => traitsOf(state(k, windows[0], last)), cache = new Map();
  const trait = p => k => { if (!cache.has(k)) cache.set(k, outputs(k)); return cache.get(k)[p]; };
  table(side, "means", ["", "selected", "all"], [
    ...facts.traits.map((name, p) => [name, text(mean(rows, trait(p)), 3), text(mean(all, trait(p)), 3)]),
    ["margin", text(mean(rows, k => value("margin", k)), 3), text(mean(all, k => value("margin", k)), 3)],
    ["time constant", text(mean(rows, k => value("time_constant", k)), 1), text(mean(all, k => value("time_constant", k)), 1)],
    ["likely movers", percent(mean(rows, k => column.mover[k] === 2 ? 1 : 0)), percent(mean(all, k => column.mover[k] === 2 ? 1 : 0))],
  ]);
  table(side, rows.length > ROWS ? `the first ${ROWS} of them` : "all of them", ["customer", "segment", "margin"], rows.slice(0, ROWS).map(k => [button(column.id[k], () => select(k)), facts.segments[column.segment[k]], text(value("margin", k), 3)]));
}
