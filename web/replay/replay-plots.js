// The replay's pictures. Each is drawn once for its size and its networks, and returns a function that moves
// it to a frame. Colours come from replay.css.

import { element, frame, text, upright } from "../shared/plots.js";

export const SPECTRUM = { top: 8, bottom: 34, right: 4 };
const CURVES = { left: 48, top: 8, bottom: 34, right: 8 };
const ZERO = 0.07; // of the width, from update 0 to the first evaluation after it: log 0 has no place
const SINGULAR_VALUES = { from: 0.01, to: 20, ticks: [0.01, 0.1, 1, 10] };
const RANKS = [1, 3, 10, 30, 100, 300, 1000];
const ERRORS = [1, 2, 5, 10, 20, 50, 100];
const MARKS = {
  rnn: "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
  colei: "M-3.6 -3.6h7.2v7.2h-7.2Z",
  dann: "M0 -4.6L4.6 3.6H-4.6Z",
};

/** A mark of its kind, as beside a title. */
export function markOf(kind) {
  const svg = element("svg", { width: 12, height: 12, viewBox: "-6 -6 12 12", class: `sl-${kind}`, "aria-hidden": true });
  svg.append(element("path", { d: MARKS[kind], class: "tr-mark" }));
  return svg;
}

const logScale = (from, to, start, end) => (value) =>
  start + ((end - start) * Math.log(Math.min(Math.max(value, from), to) / from)) / Math.log(to / from);

/** Singular values by rank, on log axes: those of the frame over those before learning. */
export function spectrum(svg, { kind, spectra }, { width, height, left, labelled }) {
  const add = frame(svg, width, height);
  const [top, bottom, right] = [SPECTRUM.top, height - SPECTRUM.bottom, width - SPECTRUM.right];
  const n = spectra[0].length;
  const x = logScale(1, n, left, right);
  const { from, to, ticks } = SINGULAR_VALUES;
  const y = logScale(from, to, bottom, top);
  for (const tick of ticks) {
    add("line", { x1: left, x2: right, y1: y(tick), y2: y(tick), class: "sl-grid" });
    if (labelled) add("text", text(left - 5, y(tick) + 4, "end"), tick === from ? `≤\u2009${tick}` : tick);
  }
  for (const rank of RANKS.filter((rank) => rank <= n && (width > 170 || !`${rank}`.startsWith("3"))))
    add("text", text(x(rank), bottom + 15, rank === 1 ? "start" : rank === n ? "end" : "middle"), rank);
  add("line", { x1: left, x2: right, y1: bottom, y2: bottom, class: "sl-axis" });
  add("text", { ...text((left + right) / 2, bottom + 30), class: "sl-label" }, "rank");
  if (labelled) add("text", { ...upright(10, (top + bottom) / 2), class: "sl-label" }, "singular value");
  const path = (s) => `M${[...s].map((value, k) => `${x(k + 1).toFixed(1)} ${y(value).toFixed(1)}`).join("L")}`;
  add("path", { d: path(spectra[0]), class: `tr-before sl-${kind}` });
  const now = add("path", { class: `tr-now sl-${kind}` });
  return (k) => now.setAttribute("d", path(spectra[k]));
}

/** A quantity of every kind against updates, on a log axis: strong up to the frame, faint after it. */
export function curves(svg, { updates, frames }, lines, { width, height, label, log, id }) {
  const add = frame(svg, width, height);
  const { left, top } = CURVES;
  const [bottom, right] = [height - CURVES.bottom, width - CURVES.right];
  const first = left + ZERO * (right - left);
  const after = logScale(updates[1], updates.at(-1), first, right);
  const x = (update) => (update ? after(update) : left);
  const { y, ticks } = (log ? logAxis : linearAxis)(lines.flatMap(({ values }) => values), bottom, top);

  for (const tick of ticks) {
    add("line", { x1: left, x2: right, y1: y(tick), y2: y(tick), class: "sl-grid" });
    add("text", text(left - 5, y(tick) + 4, "end"), log ? tick : tick.toFixed(2));
  }
  for (const update of [0, 1000, 10000, updates.at(-1)].filter((update) => update <= updates.at(-1))) {
    add("line", { x1: x(update), x2: x(update), y1: bottom, y2: bottom + 4, class: "sl-axis" });
    add("text", text(x(update), bottom + 15, update === updates.at(-1) ? "end" : "middle"), update.toLocaleString("en"));
  }
  add("line", { x1: left, x2: right, y1: bottom, y2: bottom, class: "sl-axis" });
  add("text", { ...text((left + right) / 2, bottom + 30), class: "sl-label" }, "update");
  add("text", { ...upright(10, (top + bottom) / 2), class: "sl-label" }, label);

  const clip = add("clipPath", { id }).appendChild(element("rect", { x: 0, y: 0, width: 0, height }));
  const now = add("line", { y1: top, y2: bottom, class: "tr-moment" });
  const marks = lines.map(({ kind, values }) => {
    const d = path(values, (k) => x(updates[k]), y);
    add("path", { d, class: `tr-line tr-later sl-${kind}` });
    add("path", { d, class: `tr-line sl-${kind}`, "clip-path": `url(#${id})` });
    return { values, mark: element("path", { d: MARKS[kind], class: `tr-mark sl-${kind}` }) };
  });
  svg.append(...marks.map(({ mark }) => mark)); // over all lines
  return (k) => {
    const here = x(updates[frames[k]]);
    clip.setAttribute("width", here);
    now.setAttribute("x1", here);
    now.setAttribute("x2", here);
    for (const { mark, values } of marks) {
      const value = values[frames[k]];
      mark.style.display = value === null ? "none" : "";
      if (value !== null) mark.setAttribute("transform", `translate(${here.toFixed(1)} ${y(value).toFixed(1)})`);
    }
  };
}

/** Broken where there is no value. */
function path(values, x, y) {
  let [d, drawing] = ["", false];
  values.forEach((value, k) => {
    if (value !== null) d += `${drawing ? "L" : "M"}${x(k).toFixed(1)} ${y(value).toFixed(1)}`;
    drawing = value !== null;
  });
  return d;
}

function logAxis(values, bottom, top) {
  const known = values.filter((value) => value > 0);
  const [low, high] = [Math.min(...known) / 1.1, Math.max(...known) * 1.05];
  const ticks = ERRORS.filter((tick) => tick >= low && tick <= high);
  const rounded = [Math.ceil(low), Math.floor(high)]; // of errors that hardly fall
  return { y: logScale(low, high, bottom, top), ticks: ticks.length > 1 ? ticks : rounded };
}

function linearAxis(values, bottom, top) {
  const known = values.filter((value) => value !== null);
  const step = [0.01, 0.02, 0.05, 0.1, 0.2].find((one) => (Math.max(...known) - Math.min(...known)) / one < 5) ?? 0.5;
  const low = Math.floor(Math.min(...known) / step) * step;
  const high = Math.ceil(Math.max(...known) / step) * step;
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, k) => low + k * step);
  return { y: (value) => bottom + ((top - bottom) * (value - low)) / (high - low), ticks };
}

