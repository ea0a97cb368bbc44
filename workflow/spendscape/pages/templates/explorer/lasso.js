// A line drawn around customers selects them. It is kept in the camera's plane, so that it fits any size of window.
const lasso = {
  on: false, view: null, pixels: [],

  toggle(on) {
    this.on = on;
    byId("lasso").setAttribute("aria-pressed", String(on));
    for (const own of views) own.stage.classList.toggle("lassoing", on);
  },

  begin(own, at) { this.view = own; this.pixels = [at]; },

  add(at) {
    this.pixels.push(at);
    this.view.outline.setAttribute("points", this.pixels.map(([x, y]) => `${x},${y}`).join(" "));
  },

  end() {
    const own = this.view, scale = own.camera.scale(own.width, own.height);
    const corners = this.pixels.map(([x, y]) => [(x - own.width / 2) / scale, (own.height / 2 - y) / scale]);
    this.view = null;
    own.outline.setAttribute("points", "");
    this.toggle(false);
    if (corners.length < 3) return;
    // Sixty corners are enough, and fit into an address.
    const every = Math.max(1, corners.length / 60);
    view.lasso = [own.kind, corners.filter((_, k) => Math.floor(k / every) !== Math.floor((k - 1) / every)).map(at => at.map(x => Number(x.toFixed(3))))];
    this.take();
    told(true);
  },

  // Selects who is within view.lasso as the camera stands now.
  take() {
    const [kind, corners] = view.lasso, own = views.find(other => other.kind === kind);
    if (!own) return;
    const chosen = new Uint8Array(N);
    own.each((k, right, up) => { if (within(corners, [right, up])) chosen[k] = 1; });
    view.chosen = chosen;
    view.customer = -1;
    paint();
    show();
  },
};

// Is a point inside a closed line? A ray from it crosses the line an odd number of times.
function within(corners, [x, y]) {
  let inside = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [[a, b], [c, d]] = [corners[i], corners[j]];
    if (b > y !== d > y && x < (c - a) * (y - b) / (d - b) + a) inside = !inside;
  }
  return inside;
}
