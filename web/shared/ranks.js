// Singular values by rank: of two matrices, and which of them a third has been given.

import { MARGIN, frame, plain, text, upright } from "./plots.js";

const DECADES = { from: -3, to: 2 }; // one range for all settings: what moves is the spectrum, not the axis

/**
 * Lines: the spectra, `{ kind: s }`, largest first. Dots: `given[k]`, the value that the k-th pair of singular
 * vectors now has.
 */
export function ranks(svg, spectra, given, width, side) {
  const [left, top] = [MARGIN.histogram + 8, MARGIN.top];
  const inner = width - left - MARGIN.right;
  const n = given.length;
  const add = frame(svg, width, top + side + MARGIN.bottom);
  const x = (rank) => left + (inner * rank) / (n + 1);
  const y = (value) => {
    const share = (Math.log10(Math.max(value, 1e-12)) - DECADES.from) / (DECADES.to - DECADES.from);
    return top + side * (1 - Math.min(Math.max(share, 0), 1));
  };
  for (let power = DECADES.from; power <= DECADES.to; power++) {
    const name = power === DECADES.from ? `≤\u2009${plain(10 ** power, 1)}` : plain(10 ** power, 1);
    add("line", { x1: left, x2: left + inner, y1: y(10 ** power), y2: y(10 ** power), class: "sl-grid" });
    add("text", text(left - 6, y(10 ** power) + 4, "end"), name);
  }
  const points = (s) => Array.from(s, (value, k) => `${x(k + 1).toFixed(1)} ${y(value).toFixed(1)}`);
  for (const [kind, s] of Object.entries(spectra))
    add("path", { d: `M${points(s).join("L")}`, class: `tb-line tb-${kind}` });
  add("path", { d: points(given).map((point) => `M${point}h0`).join(""), class: "tb-given", "stroke-width": n > 100 ? 3 : 4.2 });
  add("text", text(x(1), top + side + 18, "start"), "1");
  add("text", text(x(n), top + side + 18, "end"), n);
  add("line", { x1: left, x2: left + inner, y1: top + side, y2: top + side, class: "sl-axis" });
  add("text", { ...text(left + inner / 2, top + side + 34), class: "sl-label" }, "rank of the singular vectors");
  add("text", { ...upright(10, top + side / 2), class: "sl-label" }, "singular value");
}
