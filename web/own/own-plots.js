// Singular values of a matrix of any scale, beside those of independent entries of the same size.

import { MARGIN, frame, text, upright } from "../shared/plots.js";
import { general } from "./written.js";

const DEEPEST = 4; // decades below the largest value that are shown

/** Points: s; a line: `even`. Both largest first. */
export function spectrum(svg, s, even, width, height) {
  const [left, top] = [MARGIN.histogram + 14, 8];
  const inner = width - left - MARGIN.right;
  const side = height - top - MARGIN.bottom;
  const add = frame(svg, width, height);
  const highest = Math.ceil(Math.log10(1.05 * Math.max(s[0], even[0])));
  const smallest = Math.min(even.at(-1), s.at(-1));
  const lowest = Math.max(Math.floor(Math.log10(smallest || Number.MIN_VALUE)), highest - DEEPEST);
  const x = (rank) => left + 8 + ((inner - 12) * (rank - 1)) / (s.length - 1);
  const y = (value) => {
    const share = (Math.log10(Math.max(value, 1e-300)) - lowest) / (highest - lowest);
    return top + side * (1 - Math.min(Math.max(share, 0), 1));
  };
  for (let power = lowest; power <= highest; power++) {
    const size = Number(`1e${power}`);
    const name = smallest < size && power === lowest ? `≤\u2009${general(size, 5)}` : general(size, 5);
    add("line", { x1: left, x2: left + inner, y1: y(size), y2: y(size), class: "sl-grid" });
    add("text", text(left - 6, y(size) + 4, "end"), name);
  }
  const points = (values) => Array.from(values, (value, k) => `${x(k + 1).toFixed(1)} ${y(value).toFixed(1)}`);
  add("path", { d: `M${points(even).join("L")}`, class: "sl-theory" });
  add("path", { d: points(s).map((point) => `M${point}h0`).join(""), class: "sl-points", "stroke-width": s.length > 100 ? 3.4 : 4.6 });
  add("text", text(x(1), top + side + 18), "1");
  add("text", text(x(s.length), top + side + 18, "end"), s.length);
  add("line", { x1: left, x2: left + inner, y1: top + side, y2: top + side, class: "sl-axis" });
  add("text", { ...text(left + inner / 2, top + side + 34), class: "sl-label" }, "rank");
  add("text", { ...upright(10, top + side / 2), class: "sl-label" }, "singular value");
}
