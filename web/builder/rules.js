// Parts of recurrent matrices, shaken: daleslaw_lib/studies/building/builder.py in the browser. Matrices are arrays,
// row by row; a kind has its raw `parts` and the `step` that each would take, by name.

import { eigenvalues, radiusOf } from "../shared/eigenvalues.js";

export const START = { size: 0, project: "yes" };
export const SIZES = { min: 0, max: 1, step: 0.1 };

/** `changes` on top of `settings`; what makes no sense is refused, a size out of range brought into it. */
export function merged(settings, changes) {
  const next = { ...settings };
  const size = Number(changes.size ?? NaN);
  if (Number.isFinite(size)) next.size = Math.round(Math.min(Math.max(size, SIZES.min), SIZES.max) / SIZES.step) * SIZES.step;
  if (["yes", "no"].includes(changes.project)) next.project = changes.project;
  return next;
}

/** The parts after a step of this size; projected, what Dale's law wants at zero or above is put back there. */
export function shaken({ parts, step }, { size, project }) {
  const moved = Object.entries(parts).map(([name, w]) => {
    const after = w.map((value, k) => value + size * step[name][k]);
    return [name, project === "yes" && name !== "W" ? after.map((value) => Math.max(value, 0)) : after];
  });
  return Object.fromEntries(moved);
}

/** What excites and what inhibits, { excitation, inhibition }, which add up to the effective W of n units, nE of them excitatory. */
export function both(parts, n, nE) {
  if (parts.W_pos) {
    const of = (sends) => parts.W_pos.map((value, k) => (k % n < nE === sends ? value : 0));
    return { excitation: of(true), inhibition: of(false).map((value) => -value) };
  }
  if (parts.W_ex) {
    const nI = parts.W_ix.length / n;
    const routed = (k) => {
      const [i, j] = [Math.floor(k / n), k % n];
      let sum = 0;
      for (let one = 0; one < nI; one++) sum += parts.W_ei[i * nI + one] * parts.W_ix[one * n + j];
      return -sum;
    };
    return { excitation: parts.W_ex, inhibition: parts.W_ex.map((_, k) => routed(k)) };
  }
  return { excitation: parts.W.map((value) => Math.max(value, 0)), inhibition: parts.W.map((value) => Math.min(value, 0)) };
}

/** Of each column of W whether it has weights of both signs (0), or one: +1 excites, -1 inhibits. */
export function columnSigns(W, n) {
  return Array.from({ length: n }, (_, j) => {
    const column = W.filter((_, k) => k % n === j);
    const [plus, minus] = [column.some((value) => value > 0), column.some((value) => value < 0)];
    return plus && minus ? 0 : minus ? -1 : 1;
  });
}

/** A kind after a step: { excitation, inhibition, W, signs, lowest, radius }; lowest is null where no part has to be positive. */
export function after(kind, settings, n, nE) {
  const parts = shaken(kind, settings);
  const { excitation, inhibition } = both(parts, n, nE);
  const W = excitation.map((value, k) => value + inhibition[k]);
  const lowest = parts.W ? null : Object.values(parts).flat().reduce((a, b) => Math.min(a, b));
  return { excitation, inhibition, W, signs: columnSigns(W, n), lowest, radius: radiusOf(eigenvalues(Float64Array.from(W), n)) };
}
