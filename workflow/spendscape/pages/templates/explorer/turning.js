// How a view looks at its things: from all sides, without perspective, so that a length is the same everywhere.
class Camera {
  constructor(azimuth, elevation, centre, radius) {
    this.home = [azimuth, elevation, 1];
    this.centre = centre;
    this.radius = radius;
    this.reset();
  }

  reset() { [this.azimuth, this.elevation, this.zoom] = this.home; this.turned(); }

  turn(across, up) {
    this.azimuth = (this.azimuth + across) % (2 * Math.PI);
    this.elevation = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, this.elevation + up));
    this.turned();
  }

  // So that this direction from the centre comes towards the eye, to the thousandth that the address keeps.
  face([x, y, z]) {
    [this.azimuth, this.elevation] = [Math.atan2(y, x), Math.atan2(z, Math.hypot(x, y))].map(angle => Number(angle.toFixed(3)));
    this.turned();
  }

  closer(factor) { this.zoom = Math.max(.5, Math.min(40, this.zoom * factor)); }

  // To the right, up, and towards the eye, as rows.
  turned() {
    const [ca, sa, ce, se] = [Math.cos(this.azimuth), Math.sin(this.azimuth), Math.cos(this.elevation), Math.sin(this.elevation)];
    this.rows = [-sa, ca, 0, -se * ca, -se * sa, ce, ce * ca, ce * sa, se];
  }

  seen(x, y, z) {
    const r = this.rows, [a, b, c] = [x - this.centre[0], y - this.centre[1], z - this.centre[2]];
    return [r[0] * a + r[1] * b + r[2] * c, r[3] * a + r[4] * b + r[5] * c, r[6] * a + r[7] * b + r[8] * c];
  }

  // Pixels for a length of 1.
  scale(width, height) { return this.zoom * Math.min(width, height) / 2 / this.radius; }
}
