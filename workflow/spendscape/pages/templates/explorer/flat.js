// Draws the same on a plain canvas, where there is no WebGL 2.
class Flat {
  constructor(canvas) {
    this.context = canvas.getContext("2d");
    this.canvas = canvas;
    this.plain = true;
  }

  begin(camera, width, height, ratio, ball) {
    Object.assign(this, {camera, isBall: ball, later: []});
    this.across = this.canvas.width;
    this.down = this.canvas.height;
    this.ratio = ratio;
    this.scale = camera.scale(width, height) * ratio;
    if (!this.image || this.image.width !== this.across || this.image.height !== this.down) {
      this.image = this.context.createImageData(this.across, this.down);
      this.pixels = new Uint32Array(this.image.data.buffer);
      this.depth = new Float32Array(this.pixels.length);
    }
    this.pixels.fill(0xffffffff);
    this.depth.fill(-Infinity);
  }

  ball(weights, tints) {
    const r = this.camera.rows, count = weights.length / 3, [w, h] = [this.across, this.down];
    const shades = Array.from({length: count}, (_, k) => [0, 1, 2].reduce((made, c) => made | Math.round(255 * (.8 + .2 * tints[3 * k + c])) << 8 * c, 255 << 24) >>> 0);
    for (let j = 0; j < h; j++) for (let i = 0; i < w; i++) {
      const x = (i - w / 2) / this.scale, y = (h / 2 - j) / this.scale, rest = 1 - x * x - y * y;
      if (rest < 0) continue;
      const z = Math.sqrt(rest), u = [0, 1, 2].map(c => r[c] * x + r[3 + c] * y + r[6 + c] * z);
      let best = 0, most = -Infinity;
      for (let k = 0; k < count; k++) {
        const own = u[0] * weights[3 * k] + u[1] * weights[3 * k + 1] + u[2] * weights[3 * k + 2];
        if (own > most) { most = own; best = k; }
      }
      this.pixels[j * w + i] = shades[best];
    }
  }

  points(from, to, mixed, colours, size) {
    const shades = new Uint32Array(colours.buffer, colours.byteOffset, colours.length / 4), [w, h] = [this.across, this.down];
    const half = Math.max(1, Math.round(size * this.ratio / 2));
    for (let k = 0; k < shades.length; k++) {
      if (!(shades[k] >>> 24) || Math.max(from[3 * k], to[3 * k]) > 1e5) continue;
      const p = [0, 1, 2].map(c => from[3 * k + c] + mixed * (to[3 * k + c] - from[3 * k + c]));
      const long = this.isBall ? Math.hypot(...p) : 1, [x, y, z] = this.camera.seen(p[0] / long, p[1] / long, p[2] / long);
      if (this.isBall && z < 0) continue;
      const i = Math.round(w / 2 + x * this.scale), j = Math.round(h / 2 - y * this.scale);
      for (let b = Math.max(0, j - half); b < Math.min(h, j + half); b++) for (let a = Math.max(0, i - half); a < Math.min(w, i + half); a++) {
        const at = b * w + a;
        if (z >= this.depth[at]) { this.depth[at] = z; this.pixels[at] = shades[k] | 0xff000000; }
      }
    }
  }

  at(numbers, k) {
    const [x, y, z] = this.camera.seen(numbers[k], numbers[k + 1], numbers[k + 2]);
    return [this.across / 2 + x * this.scale, this.down / 2 - y * this.scale, z];
  }

  lines(ends, colours, width) {
    for (let k = 0; k < ends.length / 6; k++) {
      const from = this.at(ends, 6 * k), to = this.at(ends, 6 * k + 3);
      if (!this.isBall || Math.max(from[2], to[2]) > 0) this.later.push([[from, to], colours.subarray(4 * k, 4 * k + 4), width * this.ratio]);
    }
  }

  faces(corners, colours) {
    for (let k = 0; k < corners.length / 9; k++)
      this.later.push([[0, 3, 6].map(c => this.at(corners, 9 * k + c)), colours.subarray(12 * k, 12 * k + 4), 0]);
  }

  end() {
    const context = this.context;
    context.putImageData(this.image, 0, 0);
    for (const [points, [r, g, b, a], width] of this.later) {
      context.beginPath();
      points.forEach(([x, y], k) => k ? context.lineTo(x, y) : context.moveTo(x, y));
      context[width ? "strokeStyle" : "fillStyle"] = `rgba(${r},${g},${b},${a / 255})`;
      context.lineWidth = width;
      context[width ? "stroke" : "fill"]();
    }
  }
}
