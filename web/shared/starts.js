// ColEI from other starts, in the browser: daleslaw_lib/initialisation/dale_starts.py. Every function returns signed
// weights, row by row, excitatory columns first: of spectral radius 1, or of singular values whose root mean square is 1.

import { colei, rootMeanSquare } from "./colei.js";
import { composition, decomposition, singularValues } from "./spectra.js";
import { sparser } from "./theory.js";

const UPHILL = 10; // steps; the library takes 50, which gain a few thousandths more
const ROUNDS = 20; // of projections; the library takes 100

const added = (value) => ({ name: "Added, <i>b</i>", min: 0.05, max: 2, step: 0.05, value });

/**
 * In the order of chapter 10. `by` says which first number scales them, and `rho` is its usual value; `extra` is the second
 * number that some have; those that are dense can lose connections, `thins`.
 */
export const STARTS = {
  own: { words: "ColEI’s own", by: "radius", rho: 1.5, thins: true },
  permutation: { words: "permutation", by: "gain", rho: 1, draw: permutation },
  identity: { words: "identity", by: "gain", rho: 1, draw: identity },
  "permutation+colei": { words: "permutation + b ColEI", by: "gain", rho: 1, extra: added(0.2), draw: plus(permutation) },
  "identity+colei": { words: "identity + b ColEI", by: "gain", rho: 1, extra: added(0.5), draw: plus(identity) },
  sparse: { words: "few inputs", by: "gain", rho: 1, extra: { name: "Inputs", min: 2, max: 30, step: 1, value: 3 }, draw: sparse },
  equal: { words: "equal E and I strength", by: "radius", rho: 1.5, thins: true, draw: equal },
  lognormal: { words: "heavy tails", by: "radius", rho: 1.5, thins: true, extra: { name: "Variation <i>c</i>", min: 0.25, max: 6, step: 0.25, value: 5 }, draw: lognormal },
  raised: { words: "H raised", by: "gain", rho: 0.8, draw: raised },
  compact: { words: "an RNN’s spectrum", by: "its radius", rho: 1, draw: compact },
};

const exponential = (rng) => rng.exponential();
const signs = (n, nE) => Float64Array.from({ length: n }, (_, j) => (j < nE ? 1 : -1));

function equal({ n, nE, nI, p }, rng) {
  return { ...colei({ n, nE, nI, p, balance: 1 }, exponential, rng), cv: sparser(1, p) };
}

function lognormal({ n, nE, nI, p, extra: cv }, rng) {
  const width = Math.sqrt(Math.log1p(cv * cv));
  const magnitude = () => Math.exp(width * rng.normal() - (width * width) / 2);
  return { ...colei({ n, nE, nI, p }, magnitude, rng), cv: sparser(cv, p) };
}

// --- one entry a column ---------------------------------------------------------------------------------

function identity({ n, nE }) {
  const W = new Float64Array(n * n);
  signs(n, nE).forEach((sign, j) => (W[j * n + j] = sign));
  return { W };
}

function permutation({ n, nE }, rng) {
  const W = new Float64Array(n * n);
  const rows = order(n, rng);
  signs(n, nE).forEach((sign, j) => (W[rows[j] * n + j] = sign));
  return { W };
}

function plus(first) {
  return (about, rng) => {
    const [{ W }, added] = [first(about, rng), colei({ ...about, p: 1 }, exponential, rng)];
    return { W: W.map((w, at) => w + about.extra * added.W[at]) };
  };
}

/** 0 .. n - 1 in random order; of the first `count` of it, as many. */
function order(n, rng, count = n) {
  const found = Array.from({ length: n }, (_, k) => k);
  for (let k = 0; k < count; k++) {
    const other = k + Math.floor(rng.uniform() * (n - k));
    [found[k], found[other]] = [found[other], found[k]];
  }
  return found.slice(0, count);
}

// --- few inputs -----------------------------------------------------------------------------------------

/** How many excitatory and inhibitory units each hears, of so many inputs; fewer where there are not so many. */
export function splitInputs(n, nE, nI, inputs) {
  for (let k = inputs; k > 2; k--) {
    const kI = Math.max(evenly((k * nI) / n), 1);
    if (k - kI >= 1 && k - kI < nE && kI <= Math.max(nI - 1, 1)) return [k - kI, kI];
  }
  return [1, 1];
}

const evenly = (x) => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)); // halves to the even, as in Python

function sparse({ n, nE, nI, extra }, rng) {
  const W = new Float64Array(n * n);
  const [kE, kI] = splitInputs(n, nE, nI, Math.round(extra));
  for (let i = 0; i < n; i++)
    for (const [first, size, k, mean] of [[0, nE, kE, 1], [nE, nI, kI, -kE / kI]]) {
      const others = Array.from({ length: size }, (_, j) => first + j).filter((j) => j !== i);
      for (const at of order(others.length, rng, Math.min(k, others.length))) W[i * n + others[at]] = mean * rng.exponential();
    }
  return { W: scaled(W, n) };
}

// --- a wanted spectrum within the signs -----------------------------------------------------------------

/** Uphill in H from ColEI, signs kept. */
function raised(about, rng) {
  const { n, nE } = about;
  let M = scaled(colei({ ...about, p: 1 }, exponential, rng).W.map(Math.abs), n);
  for (let step = 0; step < UPHILL; step++) {
    const { A, s, B } = decomposition(M, n);
    const total = s.reduce((a, b) => a + b, 0);
    const logs = s.map((x) => Math.log(Math.max(x / total, 1e-300)));
    const mean = s.reduce((sum, x, k) => sum + (x / total) * logs[k], 0);
    const G = composition(A, logs.map((log) => mean - log), B, n);
    const steepest = G.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    M = scaled(M.map((w, at) => Math.max(w + (0.3 * G[at]) / steepest, 0)), n);
  }
  return { W: signed(M, n, nE) };
}

/** ColEI on its way to the singular values of an RNN of radius 1. */
function compact(about, rng) {
  const { n } = about;
  const bound = Math.sqrt(3 / n);
  const rnn = Float64Array.from({ length: n * n }, () => bound * (2 * rng.uniform() - 1));
  const W = colei({ ...about, p: 1 }, exponential, rng).W;
  return { W: towardsSpectrum(W, singularValues(rnn, n, n), n, about.nE) };
}

/** In turn: give W the singular values `wanted`, largest first; set to zero what lacks its column's sign. */
export function towardsSpectrum(W, wanted, n, nE, rounds = ROUNDS) {
  for (let round = 0; round < rounds; round++) {
    const { A, B } = decomposition(W, n);
    W = composition(A, wanted, B, n).map((w, at) => ((at % n < nE ? w > 0 : w < 0) ? w : 0));
  }
  return W;
}

const signed = (M, n, nE) => M.map((m, at) => (at % n < nE ? m : -m));
const scaled = (W, n) => {
  const size = rootMeanSquare(W, n);
  return W.map((w) => w / size);
};
