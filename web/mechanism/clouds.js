// Directions carried step by step through a network that reads a digit: what mechanism.py of chapter 3's study does,
// in the browser. Matrices are Float64Array, row by row.

import { KINDS, draw, inputWeights } from "../shared/draws.js";
import { generator } from "../shared/random.js";
import { rightVectors } from "../shared/spectra.js";

export const FIRST = 8; // the row of the digit after which the cloud starts
export const STEPS = 10;
export const INPUTS = 28;

/** Every column less its mean. */
export function withoutOutlier(W, n) {
  const mean = columnMeans(W, n);
  return W.map((w, k) => w - mean[k % n]);
}

/** The columns' means, and around them one variance for all: the mean of what they were. */
export function ofEqualVariances(W, n) {
  const mean = columnMeans(W, n);
  const variance = columnMeans(W.map((w, k) => (w - mean[k % n]) ** 2), n);
  const common = variance.reduce((a, b) => a + b, 0) / n;
  return W.map((w, k) => mean[k % n] + (w - mean[k % n]) * Math.sqrt(common / variance[k % n]));
}

function columnMeans(W, n) {
  const mean = new Float64Array(n);
  for (let k = 0; k < W.length; k++) mean[k % n] += W[k] / n;
  return mean;
}

/** What may be changed in ColEI's matrix. */
export const CHANGES = {
  colei: (W) => W,
  no_outlier: withoutOutlier,
  equal: ofEqualVariances,
  neither: (W, n) => withoutOutlier(ofEqualVariances(W, n), n),
};
export const MATRICES = ["rnn", ...Object.keys(CHANGES), "dann"];

/** A network of the name, at the paper's radius and distribution: { U, W }. */
export function network(name, n, fraction, seed) {
  const kind = name in CHANGES ? "colei" : name;
  const { rho, distribution } = KINDS[kind];
  const { W, nE, nI } = draw({ kind, n, fraction, distribution, seed });
  const scaled = W.map((w) => w * rho);
  return {
    n, nE, nI, U: inputWeights(kind, n, INPUTS, generator(seed + 2 ** 33)),
    W: kind === "colei" ? CHANGES[name](scaled, n) : scaled,
  };
}

/** Which units are active at each row of `x`, from rest: an array of Uint8Array. */
export function active({ U, W, n }, x, inputs = INPUTS) {
  let h = new Float64Array(n);
  const found = [];
  for (let t = 0; t * inputs < x.length; t++) {
    const next = new Float64Array(n);
    const mask = new Uint8Array(n);
    for (let i = 0; i < n; i++) {
      let z = 0;
      for (let j = 0; j < inputs; j++) z += U[i * inputs + j] * x[t * inputs + j];
      for (let j = 0; j < n; j++) z += W[i * n + j] * h[j];
      mask[i] = z > 0;
      next[i] = Math.max(z, 0);
    }
    h = next;
    found.push(mask);
  }
  return found;
}

/** What the steps make of the identity, none to all of them; backward, the last comes first and W is transposed. */
export function products(W, n, masks, backward) {
  const step = backward ? transposed(W, n) : W;
  const identity = new Float64Array(n * n);
  for (let i = 0; i < n; i++) identity[i * n + i] = 1;
  const found = [identity];
  let sends = new Uint8Array(n).fill(1); // rows of the product that are not zero
  for (const mask of backward ? [...masks].reverse() : masks) {
    const [before, after] = [found.at(-1), new Float64Array(n * n)];
    const [from, to] = backward ? [mask, null] : [sends, mask];
    for (let i = 0; i < n; i++) {
      if (to && !to[i]) continue;
      for (let k = 0; k < n; k++) {
        if (!from[k]) continue;
        const w = step[i * n + k];
        for (let j = 0, at = i * n, row = k * n; j < n; j++) after[at + j] += w * before[row + j];
      }
    }
    sends = mask;
    found.push(after);
  }
  return found;
}

function transposed(W, n) {
  const T = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) T[j * n + i] = W[i * n + j];
  return T;
}

/** M without the rows and columns that are zero, since units are silent: { A, rows, columns }. */
function compact(M, n) {
  const numbers = [...Array(n).keys()];
  const rows = numbers.filter((i) => M.subarray(i * n, i * n + n).some((m) => m));
  const columns = numbers.filter((j) => rows.some((i) => M[i * n + j]));
  const A = new Float64Array(rows.length * columns.length);
  rows.forEach((i, a) => columns.forEach((j, b) => (A[a * columns.length + b] = M[i * n + j])));
  return { A, rows, columns };
}

/** Of a product: { directions, logGain }; 0 and -Infinity if nothing is left. */
export function measured(M, n) {
  const { A, rows, columns } = compact(M, n);
  if (!rows.length) return { directions: 0, logGain: -Infinity };
  const largest = A.reduce((most, a) => Math.max(most, Math.abs(a)), 0);
  // inner products of all rows, or of all columns: the squares of either have the same sum
  const byRow = rows.length <= columns.length;
  const [count, length] = byRow ? [rows.length, columns.length] : [columns.length, rows.length];
  const lines = new Float64Array(A.length);
  for (let a = 0; a < count; a++)
    for (let b = 0; b < length; b++) lines[a * length + b] = (byRow ? A[a * length + b] : A[b * count + a]) / largest;
  let [square, fourth] = [0, 0];
  for (let a = 0; a < count; a++)
    for (let b = 0; b <= a; b++) {
      let dot = 0;
      for (let k = 0, p = a * length, q = b * length; k < length; k++) dot += lines[p + k] * lines[q + k];
      if (a === b) square += dot;
      fourth += (a === b ? 1 : 2) * dot * dot;
    }
  return { directions: square ** 2 / fourth, logGain: Math.log10(largest) + Math.log10(square / n) / 2 };
}

/** n directions at right angles to each other, at random: the columns of an n by n matrix. */
export function cloud(n, seed) {
  const rng = generator(seed + 2 ** 34);
  const Q = Array.from({ length: n }, () => Float64Array.from({ length: n }, () => rng.normal()));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      let dot = 0;
      for (let k = 0; k < n; k++) dot += Q[i][k] * Q[j][k];
      for (let k = 0; k < n; k++) Q[i][k] -= dot * Q[j][k];
    }
    const length = Math.hypot(...Q[i]);
    for (let k = 0; k < n; k++) Q[i][k] /= length;
  }
  return Float64Array.from({ length: n * n }, (_, k) => Q[k % n][Math.floor(k / n)]);
}

/**
 * The cloud, carried by M, in units of the root mean square along its longest axis: { places, lengths }, two arrays of
 * positions along the two longest axes, and the root mean square along each axis. An axis points to where the sum of
 * the positions along it is positive. All 0 if nothing is left.
 */
export function shape(M, cloud, n) {
  const lengths = new Float64Array(n);
  const { A, rows, columns } = compact(M, n);
  if (!rows.length) return { places: [new Float64Array(n), new Float64Array(n)], lengths };
  const { s, vectors } = rightVectors(A, rows.length, columns.length, 2);
  s.forEach((value, k) => (lengths[k] = value / s[0]));
  const places = [0, 1].map((axis) => {
    const along = new Float64Array(n);
    const scale = vectors[axis] ? (Math.sqrt(n) * s[axis]) / s[0] : 0; // one unit alone has no second axis
    columns.forEach((i, k) => {
      for (let p = 0; scale && p < n; p++) along[p] += scale * vectors[axis][k] * cloud[i * n + p];
    });
    return along.reduce((a, b) => a + b, 0) < 0 ? along.map((x) => -x) : along;
  });
  return { places, lengths };
}

/** A function of a name and a seed: the network that reads the digit `pixels(seed)`, and what it makes of the cloud. */
export function computer(pixels, n = 100, fraction = 0.1) {
  const clouds = kept((seed) => cloud(n, seed));
  return kept((name, seed) => {
    const one = network(name, n, fraction, seed);
    const masks = active(one, pixels(seed)).slice(FIRST, FIRST + STEPS);
    const carried = kept((way) => products(one.W, n, masks, way === "backward"));
    return {
      ...one,
      measures: kept((way) => carried(way).map((M) => measured(M, n))),
      shape: kept((way, step) => shape(carried(way)[step], clouds(seed), n)),
    };
  });
}

/** The function, with its last answers remembered. */
function kept(answer, most = 48) {
  const known = new Map();
  return (...question) => {
    const key = question.join();
    if (!known.has(key)) {
      if (known.size >= most) known.delete(known.keys().next().value);
      known.set(key, answer(...question));
    }
    return known.get(key);
  };
}
