// The pictures of the laboratory that two networks share: singular values by rank, and the entropy on a line.

import { MARGIN, frame, plain, text, upright } from "../shared/plots.js";

// One range for all settings: what moves is the spectrum, not the axis.
const DECADES = { from: -2, to: 2 };
const APART = 1.5; // a largest singular value this many times the next is an outlier

/** Singular values of two networks by rank, and each network’s name. With `predicted`, what theory says. */
export function ranks(svg, networks, width, height) {
  const [left, top, bottom] = [MARGIN.histogram + 4, 8, MARGIN.bottom];
  const inner = width - left - MARGIN.right;
  const side = height - top - bottom;
  const { n } = networks[0];
  const add = frame(svg, width, height);
  const x = (rank) => left + 10 + ((inner - 14) * (rank - 1)) / (n - 1);
  const y = (value) => {
    const share = (Math.log10(Math.max(value, 1e-12)) - DECADES.from) / (DECADES.to - DECADES.from);
    return top + side * (1 - Math.min(Math.max(share, 0), 1));
  };
  for (let power = DECADES.from; power <= DECADES.to; power++) {
    const name = power === DECADES.from ? `≤\u2009${plain(10 ** power, 1)}` : plain(10 ** power, 1);
    const one = power === 0 ? "sl-axis" : "sl-grid"; // 1: neither stretched nor shrunk
    add("line", { x1: left, x2: left + inner, y1: y(10 ** power), y2: y(10 ** power), class: one });
    add("text", text(left - 6, y(10 ** power) + 4, "end"), name);
  }
  const points = (s) => Array.from(s, (value, k) => `${x(k + 1).toFixed(1)} ${y(value).toFixed(1)}`);
  for (const { s, look, predicted } of networks) {
    add("path", { d: points(s).map((point) => `M${point}h0`).join(""), class: `sl-points ${look}`, "stroke-width": n > 100 ? 3.4 : 4.6 });
    if (predicted) add("path", { d: `M${points(predicted.values).join("L")}`, class: "sl-theory" });
  }
  names(add, networks, x, y);
  for (const { predicted, nI, look } of networks)
    for (const { s, label } of predicted?.marks.slice(1) ?? [])
      add("text", { ...text(x(nI + 1) + 7, y(s) - 6, "start"), class: `lb-name ${look}` }, label);
  add("text", text(x(1), top + side + 18), "1");
  add("text", text(x(n), top + side + 18, "end"), n);
  add("line", { x1: left, x2: left + inner, y1: top + side, y2: top + side, class: "sl-axis" });
  add("text", { ...text(left + inner / 2, top + side + 32), class: "sl-label" }, "rank");
  add("text", { ...upright(10, top + side / 2), class: "sl-label" }, "singular value");
}

const NAMED = { above: 0.42, below: 0.62 }; // where on its curve a name begins, or ends: curves fall, so none meets its name

/** An outlier is ringed, and its network named beside it; another network has its name at its curve, where there is room. */
function names(add, networks, x, y) {
  const { n } = networks[0];
  const heights = (share) => networks.map(({ s }) => y(s[Math.round(share * n) - 1]));
  let last = -Infinity;
  const order = networks.map((one, k) => ({ ...one, k })).sort((a, b) => b.s[0] - a.s[0]);
  for (const { s, k, name, look, predicted } of order) {
    if (s[0] > APART * s[1]) {
      const theory = predicted?.marks[0];
      const place = Math.max(y(s[0]) + 4, last + 15);
      last = place;
      add("circle", { cx: x(1), cy: y(s[0]), r: 7, class: `lb-ring ${look}` });
      const words = `${name}’s outlier: ${plain(s[0])}` + (theory ? `, in theory ${plain(theory.s)}` : "");
      add("text", { ...text(x(1) + 14, place, "start"), class: `lb-name ${look}` }, words);
    } else {
      const there = heights(NAMED.below);
      const above = there[k] < there[1 - k] || (there[k] === there[1 - k] && !k);
      const share = above ? NAMED.above : NAMED.below;
      const place = above ? Math.min(...heights(share)) - 8 : Math.max(...heights(share)) + 18;
      add("text", { ...text(x(share * n), place, above ? "start" : "end"), class: `lb-name ${look}` }, `${name}, largest: ${plain(s[0])}`);
    }
  }
}

const RULER = { from: 0.3, to: 1 };

/** H on a line: these draws, the draws before them at the same settings, and theory where it is `predicted`. */
export function ruler(svg, networks, width) {
  const middle = 22;
  const add = frame(svg, width, 48);
  const x = (value) => 7 + ((width - 14) * (Math.max(value, RULER.from) - RULER.from)) / (RULER.to - RULER.from);
  add("line", { x1: x(RULER.from), x2: x(RULER.to), y1: middle, y2: middle, class: "sl-axis" });
  for (let tenth = 3; tenth <= 10; tenth++) {
    add("line", { x1: x(tenth / 10), x2: x(tenth / 10), y1: middle, y2: middle + 5, class: "sl-axis" });
    add("text", text(x(tenth / 10), middle + 19), plain(tenth / 10, 1));
  }
  for (const { before, look } of networks)
    for (const value of before) add("circle", { cx: x(value), cy: middle, r: 4, class: `sl-before ${look}` });
  for (const { H, look, predicted } of networks) {
    add("circle", { cx: x(H), cy: middle, r: 6, class: `sl-now ${look}` });
    if (predicted) add("path", { d: `M${x(predicted.entropy)} ${middle - 7}l-4.5 -7h9z`, class: "sl-pointer" });
  }
}
