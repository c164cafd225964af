// The singular vectors of one matrix with the singular values of another: `spectra.transplant` of the library,
// in the browser, and what it does to signs.

import { KINDS, draw } from "../shared/draws.js";
import { eigenvalues, radiusOf } from "../shared/eigenvalues.js";
import { generator } from "../shared/random.js";
import { RANGES } from "../shared/settings.js";
import { composition, decomposition, entropy, singularValues } from "../shared/spectra.js";

export const SOURCES = ["rnn", "colei"];
// Which value takes whose place; the first is the paper's and the library's.
export const MATCHINGS = { ranked: "largest to largest", shuffled: "in random order", reversed: "largest to smallest" };

export const START = { vectors: "colei", spectrum: "rnn", matching: "ranked", n: 100, inhibitory: 10, seed: 1 };

/** `changes` on top of `settings`; what is unknown is refused, what is out of range brought into it. */
export function merged(settings, changes) {
  const next = { ...settings };
  for (const name of ["vectors", "spectrum"]) if (SOURCES.includes(changes[name])) next[name] = changes[name];
  if (Object.hasOwn(MATCHINGS, changes.matching)) next.matching = changes.matching;
  for (const name of ["n", "inhibitory"]) {
    const value = Number(changes[name] ?? NaN);
    const { min, max } = RANGES[name];
    if (Number.isFinite(value)) next[name] = Math.min(Math.max(value, min), max);
  }
  next.n = Math.round(next.n);
  const seed = Number(changes.seed ?? NaN);
  if (Number.isSafeInteger(seed) && seed >= 0) next.seed = seed;
  return next;
}

/** Singular values s in the order in which they take the places of vectors, of the largest first. */
export function matched(s, matching, seed) {
  if (matching === "reversed") return Float64Array.from(s).reverse();
  if (matching !== "shuffled") return s;
  const rng = generator(seed + 2 ** 40); // not the stream that the weights come from
  const values = Float64Array.from(s);
  for (let k = values.length - 1; k > 0; k--) {
    const other = Math.floor(rng.uniform() * (k + 1));
    [values[k], values[other]] = [values[other], values[k]];
  }
  return values;
}

/** Of W (n x n): +1 or -1 for a column that has one sign, 0 for one that mixes them. */
export function columnSigns(W, n) {
  return Int8Array.from({ length: n }, (_, j) => {
    let [positive, negative] = [false, false];
    for (let i = 0; i < n; i++) {
      positive ||= W[i * n + j] > 0;
      negative ||= W[i * n + j] < 0;
    }
    return positive && negative ? 0 : negative ? -1 : 1;
  });
}

/** The share of entries of W whose sign is the opposite of what it was. */
export function changedSigns(W, before) {
  return W.reduce((sum, w, at) => sum + (w * before[at] < 0), 0) / W.length;
}

/** One matrix, decomposed as far as it is asked to be: vectors take four times as long as values alone. */
export function taken(W, n, eigen = null) {
  let [whole, values] = [null, null];
  return {
    W,
    get vectors() {
      return (whole ??= decomposition(W, n));
    },
    get s() {
      return whole?.s ?? (values ??= singularValues(W, n, n));
    },
    get eigen() {
      return (eigen ??= eigenvalues(W, n));
    },
  };
}

/** An RNN's and ColEI's matrix, each with its own radius; ColEI's diagonal is as drawn (E8). */
export function pair({ n, inhibitory, seed }) {
  const found = {};
  for (const kind of SOURCES) {
    const { rho, distribution } = KINDS[kind];
    const drawn = draw({ kind, n, fraction: inhibitory / 100, distribution, seed, emptyDiagonal: false });
    const scaled = (x) => x.map((value) => value * rho);
    const eigen = drawn.eigen && { real: scaled(drawn.eigen.real), imaginary: scaled(drawn.eigen.imaginary) };
    found[kind] = Object.assign(taken(scaled(drawn.W), n, eigen), { nE: drawn.nE, nI: drawn.nI });
  }
  return found;
}

/** What the bench shows of two matrices, `pair`'s. */
export function combine(found, { vectors, spectrum, matching, n, seed }) {
  const from = found[vectors];
  const s = found[spectrum].s;
  const own = vectors === spectrum && matching === "ranked";
  const W = own ? from.W : composition(from.vectors.A, matched(s, matching, seed), from.vectors.B, n);
  const eigen = own ? from.eigen : eigenvalues(W, n);
  const signs = columnSigns(W, n);
  return {
    W, s, eigen, signs,
    radius: radiusOf(eigen),
    H: entropy(s),
    lawful: signs.reduce((count, sign) => count + (sign !== 0), 0),
    changed: changedSigns(W, from.W),
  };
}

/** A function of settings that draws and decomposes again only when size, fraction or seed have changed. */
export function computer() {
  let key = null;
  let found = null;
  return (settings) => {
    const wanted = [settings.n, settings.inhibitory, settings.seed].join();
    if (wanted !== key) {
      found = pair(settings);
      key = wanted;
    }
    return { ...combine(found, settings), pair: found, n: settings.n };
  };
}
