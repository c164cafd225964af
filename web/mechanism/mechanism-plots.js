// The pictures of the mechanism: a cloud in the plane of its two longest axes, curves over steps, the digit.

import { element, frame, plain, text, upright } from "../shared/plots.js";

export const BARS = 20;
const REACH = 3.2; // root mean squares along the longest axis, from the middle to the edge

/**
 * A cloud on the way, `part` of it done, from shapes[0] to shapes[1]: its dots in the plane of its two longest axes, and
 * below, as bars, its lengths along the first axes.
 */
export function cloudIn(svg, shapes, part, side) {
  const between = (read) => (1 - part) * read(shapes[0]) + part * read(shapes[1]);
  const [left, bottom, bars] = [16, 16, 40];
  const size = side - left;
  const add = frame(svg, side, size + 2 * bottom + bars);
  const middle = { x: left + size / 2, y: size / 2 };
  add("line", { x1: left, x2: left + size, y1: middle.y, y2: middle.y, class: "sl-grid" });
  add("line", { x1: middle.x, x2: middle.x, y1: 0, y2: size, class: "sl-grid" });
  add("rect", { x: left, y: 0, width: size, height: size, class: "sl-box" });
  let path = "";
  shapes[0].places[0].forEach((_, p) => {
    const [x, y] = [0, 1].map((axis) => {
      const value = between(({ places }) => places[axis][p]);
      return (size / 2) * Math.min(Math.max(value / REACH, -0.97), 0.97);
    });
    path += `M${(middle.x + x).toFixed(1)} ${(middle.y - y).toFixed(1)}h0`;
  });
  add("path", { d: path, class: "sl-points", "stroke-width": size < 170 ? 4 : 5 });
  add("text", { ...text(middle.x, size + 12), class: "sl-label" }, "longest axis");
  add("text", { ...upright(11, middle.y), class: "sl-label" }, "second axis");

  const foot = size + bottom + bars;
  const step = size / BARS;
  path = "";
  for (let k = 0; k < BARS; k++) {
    const high = between(({ lengths }) => lengths[k]) * (bars - 4);
    path += `M${(left + k * step + 1).toFixed(1)} ${foot}v${-high.toFixed(1)}h${(step - 2).toFixed(1)}v${high.toFixed(1)}z`;
  }
  add("path", { d: path, class: "sl-bars" });
  add("line", { x1: left, x2: left + size, y1: foot, y2: foot, class: "sl-axis" });
  add("text", text(left + step / 2, foot + 13), "1");
  add("text", { ...text(middle.x, foot + 13), class: "sl-label" }, size < 170 ? "length by axis" : "length along each axis");
  add("text", text(left + size, foot + 13, "end"), BARS);
}

/** Curves of values over steps, one a network, with a dot at the step `at`; a logarithmic axis, or what is 0 at its foot. */
export function curvesIn(svg, curves, kinds, at, { width, height, log: [low, high], ticks }) {
  const [left, right, top, bottom] = [44, 8, 6, 30];
  const add = frame(svg, width, height);
  const last = curves[0].length - 1;
  const x = (step) => left + ((width - left - right) * step) / last;
  const y = (value) => {
    const share = Math.log10(Math.max(value, low) / low) / Math.log10(high / low);
    return top + (height - top - bottom) * (1 - Math.min(share, 1));
  };
  for (const value of ticks) {
    add("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), class: "sl-grid" });
    add("text", text(left - 5, y(value) + 4, "end"), plain(value, 1));
  }
  curves.forEach((values, k) => {
    const d = values.map((value, step) => `${step ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    add("path", { d, class: `mm-line sl-${kinds[k]}` });
    const [whole, part] = [Math.floor(at), at % 1];
    const next = values[Math.min(whole + 1, last)];
    add("circle", { cx: x(at), cy: (1 - part) * y(values[whole]) + part * y(next), r: 4.5, class: `mm-dot sl-${kinds[k]}` });
  });
  for (const step of [0, last / 2, last]) add("text", text(x(step), height - bottom + 14), step);
  add("text", { ...text(x(last / 2), height - 3), class: "sl-label" }, "steps");
}

/** The digit, darker where there is more ink, with a band over the rows from rows[0] on and before rows[1]. */
export function digitIn(svg, pixels, rows) {
  const [n, cell] = [28, 3];
  const add = frame(svg, n * cell, n * cell);
  add("rect", { x: 0, y: 0, width: n * cell, height: n * cell, class: "sl-box" });
  add("rect", { x: 0, y: rows[0] * cell, width: n * cell, height: Math.max((rows[1] - rows[0]) * cell, 1), class: "mm-rows" });
  pixels.forEach((ink, k) => {
    if (ink < 0.1) return;
    const place = { x: (k % n) * cell, y: Math.floor(k / n) * cell, width: cell, height: cell };
    svg.append(element("rect", { ...place, class: "mm-ink", "fill-opacity": ink.toFixed(2) }));
  });
}
