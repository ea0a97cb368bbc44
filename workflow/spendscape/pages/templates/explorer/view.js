// A canvas that turns, zooms, tells what is under the pointer, and takes the keyboard.
class View {
  constructor(kind, camera, words) {
    Object.assign(this, {kind, camera, fingers: new Map(), dirty: true, version: -1});
    this.stage = document.querySelector(`#${kind} .stage`);
    this.words = words;
    this.open();
    const svg = this.stage.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
    svg.setAttribute("aria-hidden", "true");
    this.outline = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "polygon"));
    this.labels = element(this.stage, "div", undefined, "labels");
    this.labels.setAttribute("aria-hidden", "true");
    new ResizeObserver(() => changed(this)).observe(this.stage);
  }

  // A canvas for WebGL, or a plain one where there is no WebGL or it was lost.
  open(plain = location.hash.includes("flat=1")) {
    const make = () => {
      const canvas = document.createElement("canvas");
      canvas.tabIndex = 0;
      canvas.setAttribute("role", "application");
      canvas.setAttribute("aria-label", this.words);
      return canvas;
    };
    this.canvas?.remove();
    this.canvas = make();
    try {
      if (plain) throw new Error("a plain canvas was asked for");
      this.painter = new Gl(this.canvas, this.kind === "globe" && P <= 100 ? P : 0);
    } catch {
      this.canvas = make();
      this.painter = new Flat(this.canvas);
    }
    this.canvas.addEventListener("webglcontextlost", () => { this.open(true); note(); changed(); });
    this.stage.prepend(this.canvas);
    this.listen();
  }

  listen() {
    const canvas = this.canvas, here = event => [event.offsetX, event.offsetY];
    canvas.addEventListener("pointerdown", event => {
      canvas.setPointerCapture(event.pointerId);
      this.fingers.set(event.pointerId, here(event));
      this.began = here(event);
      this.dragged = false;
      if (lasso.on) lasso.begin(this, here(event));
    });
    canvas.addEventListener("pointermove", event => {
      const before = this.fingers.get(event.pointerId), now = here(event);
      if (!before) { this.hover(now); return; }
      this.fingers.set(event.pointerId, now);
      if (Math.hypot(now[0] - this.began[0], now[1] - this.began[1]) > 4) this.dragged = true;
      if (lasso.view === this) { lasso.add(now); return; }
      if (this.fingers.size > 1) {
        const other = [...this.fingers].find(([id]) => id !== event.pointerId)[1], far = at => Math.hypot(at[0] - other[0], at[1] - other[1]);
        this.camera.closer(far(now) / Math.max(1, far(before)));
      } else if (this.dragged) this.camera.turn(-(now[0] - before[0]) / 160, (now[1] - before[1]) / 160);
      this.moved();
    });
    const up = event => {
      this.fingers.delete(event.pointerId);
      if (lasso.view === this) { lasso.end(); return; }
      if (event.type === "pointerup" && !this.dragged) select(this.pick(here(event)));
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("pointerleave", () => this.hover(null));
    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      this.camera.closer(Math.exp(-event.deltaY / 600));
      this.moved();
    }, {passive: false});
    const keys = {
      ArrowLeft: () => this.camera.turn(-.1, 0), ArrowRight: () => this.camera.turn(.1, 0), ArrowUp: () => this.camera.turn(0, .1), ArrowDown: () => this.camera.turn(0, -.1),
      "+": () => this.camera.closer(1.15), "=": () => this.camera.closer(1.15), "-": () => this.camera.closer(1 / 1.15), Home: () => this.camera.reset(),
    };
    canvas.addEventListener("keydown", event => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      keys[event.key]();
      this.moved();
    });
  }

  moved() { changed(this); remember(); }

  fit() {
    const box = this.stage.getBoundingClientRect(), ratio = this.painter.plain ? 1 : Math.min(2, devicePixelRatio || 1);
    Object.assign(this, {width: Math.max(1, box.width), height: Math.max(1, box.height), ratio});
    const [across, down] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (this.canvas.width !== across || this.canvas.height !== down) Object.assign(this.canvas, {width: across, height: down});
  }

  pixel(point) {
    const [x, y, z] = this.camera.seen(...point), scale = this.camera.scale(this.width, this.height);
    return [this.width / 2 + x * scale, this.height / 2 - y * scale, z];
  }

  // The end of a line, or where the line leaves the view.
  inside([u, v], [x, y, z]) {
    const most = (a, b, end) => b > end ? (end - a) / (b - a) : b < 0 ? a / (a - b) : 1, share = Math.max(0, Math.min(1, most(u, x, this.width), most(v, y, this.height)));
    return [u + share * (x - u), v + share * (y - v), z];
  }

  // Calls back with each point that is seen: its row, how far right and up it is in the camera's plane, and how near.
  each(tell) {
    const [from, to, share] = whereabouts(), a = plane(this.kind, view.window, from), b = plane(this.kind, view.window, to), globe = this.kind === "globe";
    const r = this.camera.rows, [u, v, w] = this.camera.centre;
    // Without arrays, because a hundred thousand of them would be made at each move of the pointer.
    for (let k = 0, j = 0; k < N; k++, j += 3) {
      if (!scene.seen[k] || a[j] > 1e5 || b[j] > 1e5) continue;
      let x = a[j] + share * (b[j] - a[j]), y = a[j + 1] + share * (b[j + 1] - a[j + 1]), z = a[j + 2] + share * (b[j + 2] - a[j + 2]);
      if (globe) { const long = Math.sqrt(x * x + y * y + z * z); x /= long; y /= long; z /= long; }
      x -= u; y -= v; z -= w;
      const depth = r[6] * x + r[7] * y + r[8] * z;
      if (!globe || depth > 0) tell(k, r[0] * x + r[1] * y + r[2] * z, r[3] * x + r[4] * y + r[5] * z, depth);
    }
  }

  // The nearest point within eight pixels; of those as near, the one in front.
  pick([x, y]) {
    const scale = this.camera.scale(this.width, this.height), [u, v] = [(x - this.width / 2) / scale, (this.height / 2 - y) / scale], reach = 8 / scale;
    let best = -1, most = Infinity;
    this.each((k, right, up, depth) => {
      const away = Math.sqrt((right - u) ** 2 + (up - v) ** 2), badness = away / reach - .2 * depth / this.camera.radius;
      if (away < reach && badness < most) { best = k; most = badness; }
    });
    return best;
  }

  hover(at) {
    const k = at && !lasso.on ? this.pick(at) : -1;
    this.tip = k < 0 ? null : [at, `${column.id[k]}: ${facts.segments[column.segment[k]]}`];
    if (k !== view.hover || this.tip) { view.hover = k; changed(); }
  }

  label(texts) {
    this.labels.replaceChildren();
    const taken = [];
    const put = (words, x, y, style) => {
      const made = element(this.labels, "span", words, style);
      made.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
      return made;
    };
    for (const [words, point, ink, spare, from] of texts) {
      const [x, y, z] = from ? this.inside(this.pixel(from), this.pixel(point)) : this.pixel(point), wide = Math.min(176, 8 + 7 * words.length);
      if ((this.kind === "globe" && z < 0) || x < 0 || y < 0 || x > this.width || y > this.height) continue;
      const left = Math.max(2, Math.min(this.width - wide - 2, x - wide / 2));
      let top = Math.max(2, Math.min(this.height - 20, y + 6));
      // A label that would cover another one goes below it, or is left out if it can be spared.
      const covers = () => taken.some(([a, b, w]) => Math.abs(b - top) < 20 && left < a + w && a < left + wide);
      if (spare && covers()) continue;
      while (covers()) top += 20;
      taken.push([left, top, wide]);
      put(words, left, top).style.color = ink;
    }
    if (this.tip) {
      const [[x, y], words] = this.tip;
      put(words, Math.max(2, Math.min(this.width - 290, x + 12)), Math.max(2, y - 26), "tip");
    }
  }
}
