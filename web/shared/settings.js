// The laboratory's settings: their ranges, the paper's, and what is computed from them.

import { DISTRIBUTIONS, KINDS, draw } from "./draws.js";
import { eigenvalues, radiusOf } from "./eigenvalues.js";
import { entropy, singularValues } from "./spectra.js";
import { STARTS } from "./starts.js";
import { predict } from "./theory.js";

export const RANGES = {
  n: { min: 10, max: 200, step: 5 },
  inhibitory: { min: 1, max: 50, step: 1 }, // per cent
  rho: { min: 0.1, max: 3, step: 0.05 },
  p: { min: 0.1, max: 1, step: 0.05 }, // of a connection
};

/** The paper's base case of a kind: 100 units, 10 % inhibitory, its own radius and distribution. */
export const paper = (kind) => ({ kind, n: 100, inhibitory: 10, ...KINDS[kind], start: "own", extra: null, p: 1, seed: 1 });

/** The radius, or gain, that a kind and its start usually have. */
const usual = ({ kind, start }) => (kind === "colei" ? STARTS[start].rho : KINDS[kind].rho);

/** `changes` on top of `settings`; what is out of range or unknown is refused or brought into range. */
export function merged(settings, changes) {
  const next = { ...settings };
  const isIn = (table, key) => Object.hasOwn(table, key);
  if (isIn(KINDS, changes.kind) && changes.kind !== settings.kind) {
    // what stood at the default of the old kind goes to that of the new one
    next.kind = changes.kind;
    if (settings.distribution === KINDS[settings.kind].distribution) next.distribution = KINDS[next.kind].distribution;
  }
  if (isIn(STARTS, changes.start) && changes.start !== settings.start) [next.start, next.extra] = [changes.start, null];
  if (settings.rho === usual(settings)) next.rho = usual(next);
  if (isIn(DISTRIBUTIONS, changes.distribution)) next.distribution = changes.distribution;
  for (const [name, { min, max }] of Object.entries(RANGES)) {
    const value = Number(changes[name] ?? NaN);
    if (Number.isFinite(value)) next[name] = Math.min(Math.max(value, min), max);
  }
  next.n = Math.round(next.n);
  const { extra } = STARTS[next.start];
  if (extra) {
    const value = Number(changes.extra ?? next.extra ?? extra.value);
    next.extra = Math.min(Math.max(Number.isFinite(value) ? value : extra.value, extra.min), extra.max);
  }
  const seed = Number(changes.seed ?? NaN);
  if (Number.isSafeInteger(seed) && seed >= 0) next.seed = seed;
  return next;
}

export const isPaper = (settings) => {
  const preset = paper(settings.kind);
  return Object.keys(preset).every((name) => name === "seed" || preset[name] === settings[name]);
};

/** A function of settings that draws and decomposes only when something other than rho has changed. */
export function computer() {
  let key = null;
  let kept = null;
  return (settings) => {
    const { kind, n, inhibitory, distribution, seed, rho, start, extra, p } = settings;
    const wanted = [kind, n, kind === "rnn" || inhibitory, distribution, seed, ...(kind === "colei" ? [start, extra, p] : [])].join();
    if (wanted !== key) {
      const drawn = draw({ kind, n, fraction: inhibitory / 100, distribution, seed, start, extra, p });
      const eigen = drawn.eigen ?? eigenvalues(drawn.W, n);
      kept = { drawn, eigen, s: singularValues(drawn.W, n, n), radius: radiusOf(eigen) };
      kept.H = entropy(kept.s);
      key = wanted;
    }
    return {
      ...kept.drawn,
      rho,
      s: kept.s.map((x) => x * rho),
      eigen: { real: kept.eigen.real.map((x) => x * rho), imaginary: kept.eigen.imaginary.map((x) => x * rho) },
      radius: kept.radius * rho,
      H: kept.H,
      theory: predict(kind, kept.drawn, rho, start),
    };
  };
}
