// The pictures, at the size they are given in CSS pixels. Colours come from style.css, so that the dark theme
// needs no redrawing.

const SVG = "http://www.w3.org/2000/svg";
export const NARROW = 560; // as in style.css
export const GAP = 12; // between pictures, as in style.css
export const MARGIN = { top: 18, bottom: 38, matrix: 20, plane: 46, histogram: 40, right: 6 };

// Singular values have one range for all settings: what moves is the spectrum, not the axis.
const DECADES = { from: -2, to: 2, bins: 12 };

/** A number as a reader would write it: three figures, no exponent. */
export function plain(x, figures = 3) {
  if (x === 0) return "0";
  const places = Math.max(figures - 1 - Math.floor(Math.log10(Math.abs(x))), 0);
  return x.toFixed(Math.min(places, 4)).replace("-", "\u2212");
}

export function element(name, attributes = {}, text = null) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== null) node.textContent = text;
  return node;
}

/** Sides of the square plots and the width of the histogram: in one row, or in two where it is narrow. */
export function layout(width) {
  const taken = MARGIN.matrix + 2 + MARGIN.plane + MARGIN.right;
  if (width < NARROW) {
    const side = Math.floor((width - taken - GAP) / 2);
    return { side, histogram: width, height: Math.min(Math.max(side, 150), 190) };
  }
  const side = Math.floor((width - taken - MARGIN.histogram - MARGIN.right - 2 * GAP) / 3.35);
  return { side, histogram: width - taken - 2 * side - 2 * GAP, height: side };
}

export function frame(svg, width, height) {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  svg.replaceChildren();
  return (name, attributes, text) => svg.appendChild(element(name, attributes, text));
}

export const text = (x, y, anchor = "middle", more = {}) => ({ x, y, "text-anchor": anchor, ...more });
export const upright = (x, y) => text(x, y, "middle", { transform: `rotate(-90 ${x} ${y})` });

// --- matrix -----------------------------------------------------------------------------------------

/**
 * Weights as an image: more opaque, by the square root, the larger; orange above zero, purple below. Below, for
 * ColEI, who sends: the two words, or letters if they are not given.
 */
export function matrix(svg, canvas, { W, n, nE, nI, rho }, kind, side, words = null) {
  const sizes = W.map(Math.abs).sort();
  const full = sizes[Math.floor(0.98 * sizes.length)]; // one stray weight must not make the others pale
  canvas.width = canvas.height = n;
  canvas.style.width = canvas.style.height = `${side}px`;
  canvas.style.left = `${MARGIN.matrix}px`;
  canvas.style.top = `${MARGIN.top}px`;
  const context = canvas.getContext("2d");
  const image = context.createImageData(n, n);
  const pixels = new Uint32Array(image.data.buffer);
  for (let k = 0; k < pixels.length; k++) {
    const colour = W[k] > 0 ? 0x1482e0 : 0xa75e7b; // #e08214, #7b5ea7; bytes are red, green, blue, opacity
    pixels[k] = ((Math.round(255 * Math.min(Math.sqrt(Math.abs(W[k]) / full), 1)) << 24) | colour) >>> 0;
  }
  context.putImageData(image, 0, 0);

  const [left, top] = [MARGIN.matrix, MARGIN.top];
  const add = frame(svg, left + side + 2, top + side + MARGIN.bottom);
  add("rect", { x: left, y: top, width: side, height: side, class: "sl-box" });
  if (kind === "colei") {
    // who sends: a line under the columns
    const split = left + (side * nE) / n;
    add("line", { x1: left, x2: split - 1, y1: top + side + 4, y2: top + side + 4, class: "sl-excites" });
    add("line", { x1: split + 1, x2: left + side, y1: top + side + 4, y2: top + side + 4, class: "sl-inhibits" });
    const [e, i] = words ?? (side < 150 ? ["E", "I"] : ["excite", "inhibit"]);
    add("text", text(left, top + side + 18, "start", { class: "sl-e" }), `${nE} ${e}`);
    add("text", text(left + side, top + side + 18, "end", { class: "sl-i" }), `${nI} ${i}`);
  } else {
    add("text", text(left, top + side + 18, "start"), "1");
    add("text", text(left + side, top + side + 18, "end"), n);
  }
  add("text", { ...text(left + side / 2, top + side + 34), class: "sl-label" }, "sending unit");
  add("text", { ...upright(12, top + side / 2), class: "sl-label" }, "receiving unit");
  return sizes[sizes.length - 1] * rho;
}

// --- eigenvalues ------------------------------------------------------------------------------------

const PLANES = [0.15, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6];

/** Eigenvalues in the plane, with the circle of the radius asked for; the axes go at least to `far`. */
export function plane(svg, { eigen, radius, rho, n }, side, far = 0) {
  const [left, top] = [MARGIN.plane, MARGIN.top];
  const reach = Math.max(1.06 * radius, 1.22 * rho, far);
  const limit = PLANES.find((size) => size >= reach) ?? Math.ceil(reach);
  const add = frame(svg, left + side + MARGIN.right, top + side + MARGIN.bottom);
  const x = (value) => left + (side * (value / limit + 1)) / 2;
  const y = (value) => top + (side * (1 - value / limit)) / 2;
  const tick = limit * (2 / 3) >= 1 ? Math.floor(limit * (2 / 3)) : Number((limit * (2 / 3)).toPrecision(1));
  for (const value of [-tick, 0, tick]) {
    add("line", { x1: x(value), x2: x(value), y1: top, y2: top + side, class: "sl-grid" });
    add("line", { x1: left, x2: left + side, y1: y(value), y2: y(value), class: "sl-grid" });
    add("text", text(x(value), top + side + 18), plain(value, 1));
    add("text", text(left - 6, y(value) + 4, "end"), plain(value, 1));
  }
  add("circle", { cx: x(0), cy: y(0), r: (side * rho) / (2 * limit), class: "sl-radius" });
  let path = "";
  for (let k = 0; k < n; k++)
    path += `M${x(eigen.real[k]).toFixed(1)} ${y(eigen.imaginary[k]).toFixed(1)}h0`;
  add("path", { d: path, class: "sl-points", "stroke-width": n > 100 ? 2.6 : 3.4 });
  const corner = rho / Math.SQRT2;
  add("text", { ...text(x(corner) + 3, y(corner) - 3, "start"), class: "sl-note" }, "ρ");
  add("rect", { x: left, y: top, width: side, height: side, class: "sl-box" });
  add("text", { ...text(left + side / 2, top + side + 34), class: "sl-label" }, "real part");
  add("text", { ...upright(10, top + side / 2), class: "sl-label" }, "imaginary part");
}

// --- singular values --------------------------------------------------------------------------------

const HEIGHTS = [2, 4, 6, 8, 10, 14, 20, 30, 40, 60, 80, 100, 150, 200];

/** How many singular values are in each of 12 bins a decade; the line says how many theory expects. */
export function histogram(svg, { s, n, rho, theory }, width, side) {
  const [left, top] = [MARGIN.histogram, MARGIN.top];
  const inner = width - left - MARGIN.right;
  const { from, to, bins } = DECADES;
  const add = frame(svg, width, top + side + MARGIN.bottom);
  const x = (value) => left + (inner * (Math.log10(value) - from)) / (to - from);

  const counts = new Float64Array((to - from) * bins);
  for (const value of s) {
    const bin = Math.floor((Math.log10(value) - from) * bins);
    counts[Math.min(Math.max(bin, 0), counts.length - 1)]++; // at the ends, all beyond
  }
  const expected = []; // of [value, number in a bin around it]
  for (let k = 0; k <= 480; k++) {
    const value = 10 ** (from + ((to - from) * k) / 480);
    if (value > 1.02 * theory.end) break;
    expected.push([value, (n * theory.density(value) * value * Math.LN10) / bins]);
  }
  // by theory first, so that the axis stays as it is from one draw to the next
  const wanted = Math.max(1.2 * Math.max(...expected.map(([, y]) => y)), 0.95 * Math.max(...counts), 2);
  const most = HEIGHTS.find((height) => height >= wanted) ?? Math.ceil(wanted / 50) * 50;
  const y = (count) => top + side * (1 - Math.min(count / most, 1));

  for (const count of [0, most / 2, most]) {
    add("line", { x1: left, x2: left + inner, y1: y(count), y2: y(count), class: "sl-grid" });
    add("text", text(left - 6, y(count) + 4, "end"), count);
  }
  for (let power = from; power <= to; power++) {
    const anchor = power === from ? "start" : power === to ? "end" : "middle";
    const name = power === from ? `≤\u2009${plain(10 ** power, 1)}` : plain(10 ** power, 1);
    add("text", text(x(10 ** power), top + side + 18, anchor), name);
  }
  bars(add, counts, (k) => x(10 ** (from + k / bins)), y);
  add("path", { d: line(expected, x, y), class: "sl-theory" });
  add("line", { x1: x(rho), x2: x(rho), y1: top, y2: top + side, class: "sl-radius" });
  add("text", { ...text(x(rho) + 4, top + 11, "start"), class: "sl-note" }, "ρ");
  marks(add, theory.marks, x, top, y(0), width - 44);
  add("line", { x1: left, x2: left + inner, y1: y(0), y2: y(0), class: "sl-axis" });
  add("text", { ...text(left + inner / 2, top + side + 34), class: "sl-label" }, "singular value");
  add("text", { ...upright(10, top + side / 2), class: "sl-label" }, `number in a bin, of ${n}`);
}

function bars(add, counts, edge, y) {
  let path = "";
  counts.forEach((count, k) => {
    if (count)
      path += `M${edge(k).toFixed(1)} ${y(0)}V${y(count).toFixed(1)}H${(edge(k + 1) - 0.6).toFixed(1)}V${y(0)}Z`;
  });
  add("path", { d: path, class: "sl-bars" });
}

/** Broken where theory has nothing. */
function line(points, x, y) {
  let [path, drawing] = ["", false];
  points.forEach(([value, count], k) => {
    const here = count > 0 || points[k - 1]?.[1] > 0 || points[k + 1]?.[1] > 0;
    if (here) path += `${drawing ? "L" : "M"}${x(value).toFixed(1)} ${y(count).toFixed(1)}`;
    drawing = here;
  });
  return path;
}

/** Singular values that theory has apart from the rest: a line at each, and its name above. */
function marks(add, values, x, top, bottom, last) {
  values.forEach(({ s, label }, k) => {
    add("path", { d: `M${x(s).toFixed(1)} ${top - 3}V${bottom}`, class: "sl-theory sl-apart" });
    const right = k === 0 && x(s) < last; // the largest's name to the right, if there is room, the other's to the left
    const [shift, anchor] = right ? [-4, "start"] : [4, "end"];
    add("text", { ...text(x(s) + shift, top - 7, anchor), class: "sl-note" }, label);
  });
}

// --- entropy ----------------------------------------------------------------------------------------

const RULER = { from: 0.3, to: 1 };

/** H on a line: this draw, the draws before it at the same settings, and theory. */
export function ruler(svg, H, before, predicted, width) {
  const middle = 22;
  const add = frame(svg, width, 48);
  const x = (value) => (width * (Math.max(value, RULER.from) - RULER.from)) / (RULER.to - RULER.from);
  add("line", { x1: 0, x2: width, y1: middle, y2: middle, class: "sl-axis" });
  for (let tenth = 3; tenth <= 10; tenth++) {
    add("line", { x1: x(tenth / 10), x2: x(tenth / 10), y1: middle, y2: middle + 5, class: "sl-axis" });
    const anchor = tenth === 3 ? "start" : tenth === 10 ? "end" : "middle";
    add("text", text(x(tenth / 10), middle + 19, anchor), plain(tenth / 10, 1));
  }
  for (const value of before) add("circle", { cx: x(value), cy: middle, r: 4, class: "sl-before" });
  add("circle", { cx: x(H), cy: middle, r: 6, class: "sl-now" });
  add("path", { d: `M${x(predicted)} ${middle - 7}l-4.5 -7h9z`, class: "sl-pointer" });
  const left = predicted > 0.6; // where there is room for the word
  add("text", { ...text(x(predicted) + (left ? -9 : 9), middle - 8, left ? "end" : "start"), class: "sl-note" }, "theory");
}
