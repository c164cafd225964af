// The pictures, at the size they are given in CSS pixels. Colours come from style.css, so that the dark theme
// needs no redrawing.

const SVG = "http://www.w3.org/2000/svg";
export const NARROW = 560; // as in style.css
export const GAP = 12; // between pictures, as in style.css
export const MARGIN = { top: 18, bottom: 38, matrix: 20, plane: 46, histogram: 40, right: 6 };

/** A number as a reader would write it: three figures, no exponent. */
export function plain(x, figures = 3) {
  if (x === 0) return "0";
  const rounded = Math.abs(Number(x.toPrecision(figures))); // 0.09999 has the places of 0.1
  const places = Math.max(figures - 1 - Math.floor(Math.log10(rounded)), 0);
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

/** The next larger of 1, 1.5, 2, 3, 5 and 7.5 times a power of ten. */
function rounded(x) {
  const power = 10 ** Math.floor(Math.log10(x));
  return power * [1, 1.5, 2, 3, 5, 7.5, 10].find((one) => one * power >= x * (1 - 1e-12));
}

/**
 * Eigenvalues in the plane, with circles { radius, name, look }: if there are none, that of the radius asked for. The axes
 * go at least to `far`; `written` makes a word of a number at one.
 */
export function plane(svg, { eigen, radius, rho, n }, side, far = 0, circles = [{ radius: rho, name: "ρ" }], written = plain) {
  const [left, top] = [MARGIN.plane, MARGIN.top];
  const reach = Math.max(1.06 * radius, ...circles.map((one) => 1.22 * one.radius), far);
  const limit = reach < PLANES[0] ? rounded(reach) : (PLANES.find((size) => size >= reach) ?? Math.ceil(rounded(reach)));
  const add = frame(svg, left + side + MARGIN.right, top + side + MARGIN.bottom);
  const x = (value) => left + (side * (value / limit + 1)) / 2;
  const y = (value) => top + (side * (1 - value / limit)) / 2;
  const about = limit * (2 / 3);
  const tick = about >= 1 && about < 10 ? Math.floor(about) : Number(about.toPrecision(1));
  for (const value of [-tick, 0, tick]) {
    add("line", { x1: x(value), x2: x(value), y1: top, y2: top + side, class: "sl-grid" });
    add("line", { x1: left, x2: left + side, y1: y(value), y2: y(value), class: "sl-grid" });
    add("text", text(x(value), top + side + 18), written(value, 1));
    add("text", text(left - 6, y(value) + 4, "end"), written(value, 1));
  }
  for (const { radius: r, look = "" } of circles)
    add("circle", { cx: x(0), cy: y(0), r: (side * r) / (2 * limit), class: `sl-radius ${look}` });
  let path = "";
  for (let k = 0; k < n; k++)
    path += `M${x(eigen.real[k]).toFixed(1)} ${y(eigen.imaginary[k]).toFixed(1)}h0`;
  add("path", { d: path, class: "sl-points", "stroke-width": n > 100 ? 2.6 : 3.4 });
  circles.forEach(({ radius: r, name }, k) => {
    const corner = (k ? -r : r) / Math.SQRT2; // the second's name is on the other side
    add("text", { ...text(x(corner) + (k ? -3 : 3), y(Math.abs(corner)) - 3, k ? "end" : "start"), class: "sl-note" }, name);
  });
  add("rect", { x: left, y: top, width: side, height: side, class: "sl-box" });
  add("text", { ...text(left + side / 2, top + side + 34), class: "sl-label" }, "real part");
  add("text", { ...upright(10, top + side / 2), class: "sl-label" }, "imaginary part");
}
