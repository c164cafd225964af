// The explorer's two pictures: runs as points, and the learning curve of one.

import { element, frame, text, upright } from "../shared/plots.js";

export const EDGE = { left: 44, right: 8, top: 12, bottom: 40 };
const SHAPES = {
  circle: (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  square: (x, y, r) => `M${x - 0.9 * r} ${y - 0.9 * r}h${1.8 * r}v${1.8 * r}h${-1.8 * r}z`,
  triangle: (x, y, r) => `M${x} ${y - 1.2 * r}l${1.2 * r} ${2.1 * r}h${-2.4 * r}z`,
  diamond: (x, y, r) => `M${x} ${y - 1.3 * r}l${1.3 * r} ${1.3 * r}l${-1.3 * r} ${1.3 * r}l${-1.3 * r} ${-1.3 * r}z`,
};

/** A shape says the kind, and ColEI of another archive than the first is a diamond. */
export const shapeOf = ({ kind, group }) => ({ rnn: "square", dann: "triangle" })[kind] ?? (group ? "diamond" : "circle");
export const shape = (name, x, y, r) => SHAPES[name](x, y, r);

/** Steps of 1, 2 or 5 for about `count` ticks up to `most`. */
function ticks(from, to, count) {
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const found = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to + 1e-9; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

/** Axes of a plot: lines, numbers, names. Returns how to get from values to places. */
function axes(add, width, height, { x: [fromX, toX, xLabel], y: [fromY, toY, yLabel] }, counts) {
  const inner = { width: width - EDGE.left - EDGE.right, height: height - EDGE.top - EDGE.bottom };
  const x = (value) => EDGE.left + (inner.width * (value - fromX)) / (toX - fromX);
  const y = (value) => EDGE.top + inner.height * (1 - (value - fromY) / (toY - fromY));
  for (const value of ticks(fromX, toX, counts.x)) {
    add("line", { x1: x(value), x2: x(value), y1: EDGE.top, y2: y(fromY), class: "sl-grid" });
    add("text", text(x(value), y(fromY) + 16, value === toX && counts.end ? "end" : "middle"), value.toLocaleString("en"));
  }
  for (const value of ticks(fromY, toY, counts.y)) {
    add("line", { x1: EDGE.left, x2: x(toX), y1: y(value), y2: y(value), class: value === fromY ? "sl-axis" : "sl-grid" });
    add("text", text(EDGE.left - 6, y(value) + 4, "end"), value);
  }
  add("text", { ...text(EDGE.left + inner.width / 2, height - 6), class: "sl-label" }, xLabel);
  add("text", { ...upright(11, EDGE.top + inner.height / 2), class: "sl-label" }, yLabel);
  return { x, y };
}

/** Draws the axes for these runs into `svg`; returns { x, y }. The points' own element stays where it is. */
export function scatterAxes(svg, group, runs, width, height) {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  group.replaceChildren();
  const add = (name, attributes, words) => group.appendChild(element(name, attributes, words));
  const lowest = Math.floor(20 * Math.min(...runs.map(({ H }) => H))) / 20;
  const most = Math.ceil(Math.max(...runs.map(({ error }) => error + 2)) / 10) * 10;
  const ranges = { x: [lowest, 1, "normalised SVD entropy H at the start"], y: [0, most, "test error (%)"] };
  return axes(add, width, height, ranges, { x: 6, y: 5, end: true });
}

/** Test error (%) while learning: of the chosen run, and thin of the one that is looked at. */
export function curve(svg, chosen, updates, other, otherUpdates, read, width, height) {
  const add = frame(svg, width, height);
  const last = updates.at(-1);
  const ranges = { x: [0, last, "update"], y: [0, 100, "test error (%)"] };
  const { x, y } = axes(add, width, height, ranges, { x: 3, y: 5, end: true });
  const path = (values, at) =>
    "M" + values.map((value, k) => [value, at[k]]).filter(([value]) => value !== null)
      .map(([value, update]) => `${x(update).toFixed(1)} ${y(value).toFixed(1)}`).join("L");
  if (other) add("path", { d: path(other.curve, otherUpdates), class: "re-curve re-other" });
  add("path", { d: path(chosen.curve, updates), class: "re-curve" });
  if (updates.length <= 12)
    chosen.curve.forEach((value, k) => value !== null && add("circle", { cx: x(updates[k]), cy: y(value), r: 2.5, class: "re-at" }));
  if (read < last) {
    add("line", { x1: x(read), x2: x(read), y1: EDGE.top, y2: y(0), class: "sl-radius" });
    add("text", { ...text(x(read) + 5, EDGE.top + 10, "start"), class: "sl-note" }, `read at ${read.toLocaleString("en")}`);
  }
}
