// Draws points, lines, faces and the tinted ball by WebGL 2.
const LOOK = `#version 300 es
precision highp float;
uniform mat3 turn; uniform vec3 centre; uniform vec3 scale; uniform float ball;
vec3 seen(vec3 p) { return turn * (p - centre); }
vec4 placed(vec3 q) { return vec4(q.xy * scale.xy, -q.z * scale.z, 1.); }
`;
const SHADERS = {
  points: [LOOK + `
in vec3 a; in vec3 b; in vec4 colour; uniform float mixed, size; out vec4 shade;
void main() {
  vec3 p = mix(a, b, mixed);
  bool gone = colour.a == 0. || max(a.x, b.x) > 1e5;
  if (ball > .5) p = normalize(p);
  vec3 q = seen(p);
  gone = gone || (ball > .5 && q.z < 0.);
  gl_Position = gone ? vec4(2., 2., 2., 1.) : placed(q);
  gl_PointSize = size;
  float far = ball > .5 ? 0. : clamp(.15 - .4 * q.z * scale.z, 0., .4);
  shade = vec4(mix(colour.rgb, vec3(1.), far), 1.);
}`, `#version 300 es
precision mediump float;
in vec4 shade; out vec4 pixel;
void main() { vec2 d = gl_PointCoord - .5; if (dot(d, d) > .25) discard; pixel = shade; }`],
  lines: [LOOK + `
in vec3 a; in vec3 b; in vec4 colour; uniform vec2 wide; out vec4 shade; out float depth;
void main() {
  bool end = gl_VertexID > 1;
  vec3 p = seen(a), q = seen(b), here = end ? q : p;
  vec2 along = (q.xy - p.xy) * scale.xy / wide;
  vec2 across = length(along) > 0. ? normalize(vec2(-along.y, along.x)) : vec2(0., 1.);
  gl_Position = placed(here) + vec4(across * wide * (gl_VertexID % 2 == 0 ? 1. : -1.), -1e-4, 0.);
  shade = colour; depth = here.z;
}`, `#version 300 es
precision mediump float;
in vec4 shade; in float depth; uniform float ball; out vec4 pixel;
void main() { if (ball > .5 && depth < -.01) discard; pixel = shade; }`],
  faces: [LOOK + `
in vec3 a; in vec4 colour; out vec4 shade;
void main() { gl_Position = placed(seen(a)); shade = colour; }`, `#version 300 es
precision mediump float;
in vec4 shade; out vec4 pixel;
void main() { pixel = shade; }`],
};
// The ball asks for each pixel which trait comes first in its direction, so that cells are exact at any zoom.
const BALL = [LOOK + `
out vec2 at;
void main() { vec2 corner = vec2(gl_VertexID % 2, gl_VertexID / 2) * 2. - 1.; at = corner / scale.xy; gl_Position = vec4(corner, 1., 1.); }`, `#version 300 es
precision highp float;
in vec2 at; uniform mat3 turn; uniform vec3 weight[COUNT]; uniform vec3 tint[COUNT]; out vec4 pixel;
void main() {
  float r = dot(at, at);
  if (r > 1.) discard;
  float z = sqrt(1. - r);
  vec3 u = transpose(turn) * vec3(at, z);
  float most = dot(u, weight[0]); vec3 own = tint[0];
  for (int k = 1; k < COUNT; k++) { float next = dot(u, weight[k]); if (next > most) { most = next; own = tint[k]; } }
  pixel = vec4(mix(vec3(1.), own, .2) * (.86 + .14 * z), 1.);
}`];

class Gl {
  constructor(canvas, count) {
    const gl = this.gl = canvas.getContext("webgl2", {antialias: true, alpha: false, powerPreference: "high-performance"});
    if (!gl) throw new Error("no WebGL 2");
    this.kept = new Map();
    this.programs = {};
    for (const [name, sources] of Object.entries(SHADERS)) this.programs[name] = this.program(...sources);
    if (count) this.programs.ball = this.program(...BALL.map(source => source.replaceAll("COUNT", count)));
    this.scratch = [gl.createBuffer(), gl.createBuffer()];
    this.colours = gl.createBuffer();
    gl.clearColor(1, 1, 1, 1);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
  }

  program(...sources) {
    const gl = this.gl, made = gl.createProgram();
    sources.forEach((source, k) => {
      const shader = gl.createShader(k ? gl.FRAGMENT_SHADER : gl.VERTEX_SHADER);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(made, shader);
    });
    gl.linkProgram(made);
    if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made) || "a shader does not link");
    return {made, at: new Map()};
  }

  begin(camera, width, height, ratio, ball) {
    const gl = this.gl, scale = camera.scale(width, height);
    this.size = [width, height, ratio];
    this.look = {turn: camera.rows, centre: camera.centre, scale: [2 * scale / width, 2 * scale / height, .25 / camera.radius], ball: ball ? 1 : 0};
    gl.viewport(0, 0, width * ratio, height * ratio);
    gl.depthMask(true);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  }

  use(name) {
    const gl = this.gl, program = this.programs[name], look = this.look;
    gl.useProgram(program.made);
    this.now = program;
    gl.uniformMatrix3fv(this.uniform("turn"), true, look.turn);
    gl.uniform3fv(this.uniform("centre"), look.centre);
    gl.uniform3fv(this.uniform("scale"), look.scale);
    gl.uniform1f(this.uniform("ball"), look.ball);
  }

  uniform(name) {
    const {made, at} = this.now;
    if (!at.has(name)) at.set(name, this.gl.getUniformLocation(made, name));
    return at.get(name);
  }

  attribute(name, buffer, size, kind, stride, offset, divisor) {
    const gl = this.gl, {made, at} = this.now, key = "in " + name;
    if (!at.has(key)) at.set(key, gl.getAttribLocation(made, name));
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(at.get(key));
    gl.vertexAttribPointer(at.get(key), size, kind, kind === gl.UNSIGNED_BYTE, stride, offset);
    gl.vertexAttribDivisor(at.get(key), divisor);
    this.on = (this.on || new Set()).add(at.get(key));
  }

  done() { for (const at of this.on || []) this.gl.disableVertexAttribArray(at); this.on = null; }

  // A buffer that stays as long as its numbers do.
  buffer(numbers) {
    const gl = this.gl;
    if (!this.kept.has(numbers)) {
      this.kept.set(numbers, gl.createBuffer());
      gl.bindBuffer(gl.ARRAY_BUFFER, this.kept.get(numbers));
      gl.bufferData(gl.ARRAY_BUFFER, numbers, gl.STATIC_DRAW);
    }
    return this.kept.get(numbers);
  }

  write(buffer, numbers) {
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, buffer);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, numbers, this.gl.DYNAMIC_DRAW);
    return buffer;
  }

  ball(weights, tints) {
    const gl = this.gl;
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.BLEND);
    this.use("ball");
    gl.uniform3fv(this.uniform("weight"), weights);
    gl.uniform3fv(this.uniform("tint"), tints);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  // `colours`: four bytes each, the last 0 where a point is hidden; written anew where `changed`.
  points(from, to, mixed, colours, size, changed, kept = true) {
    const gl = this.gl;
    gl.enable(gl.DEPTH_TEST);
    gl.disable(gl.BLEND);
    this.use("points");
    gl.uniform1f(this.uniform("mixed"), mixed);
    gl.uniform1f(this.uniform("size"), size * this.size[2]);
    const places = kept ? [this.buffer(from), this.buffer(to)] : Array(2).fill(this.write(this.scratch[0], from));
    const shades = kept ? this.colours : this.scratch[1];
    if (changed || !kept) this.write(shades, colours);
    this.attribute("a", places[0], 3, gl.FLOAT, 12, 0, 0);
    this.attribute("b", places[1], 3, gl.FLOAT, 12, 0, 0);
    this.attribute("colour", shades, 4, gl.UNSIGNED_BYTE, 4, 0, 0);
    gl.drawArrays(gl.POINTS, 0, from.length / 3);
    this.done();
  }

  // `ends`: six numbers a line; `colours`: four bytes a line.
  // `over`: in front of everything.
  lines(ends, colours, width, over = false) {
    if (!ends.length) return;
    const gl = this.gl;
    gl[over ? "disable" : "enable"](gl.DEPTH_TEST);
    gl.enable(gl.BLEND);
    this.use("lines");
    gl.uniform2f(this.uniform("wide"), width / this.size[0], width / this.size[1]);
    this.write(this.scratch[0], ends);
    this.attribute("a", this.scratch[0], 3, gl.FLOAT, 24, 0, 1);
    this.attribute("b", this.scratch[0], 3, gl.FLOAT, 24, 12, 1);
    this.attribute("colour", this.write(this.scratch[1], colours), 4, gl.UNSIGNED_BYTE, 4, 0, 1);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, ends.length / 6);
    this.done();
  }

  // `corners`: nine numbers a face; `colours`: four bytes a corner. What is behind shines through.
  faces(corners, colours) {
    if (!corners.length) return;
    const gl = this.gl;
    gl.enable(gl.DEPTH_TEST);
    gl.enable(gl.BLEND);
    gl.depthMask(false);
    this.use("faces");
    this.attribute("a", this.write(this.scratch[0], corners), 3, gl.FLOAT, 12, 0, 0);
    this.attribute("colour", this.write(this.scratch[1], colours), 4, gl.UNSIGNED_BYTE, 4, 0, 0);
    gl.drawArrays(gl.TRIANGLES, 0, corners.length / 3);
    gl.depthMask(true);
    this.done();
  }

  end() {}
}
