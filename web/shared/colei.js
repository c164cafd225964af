// ColEI's matrices before and after they are given their radius: daleslaw_lib/initialisation/colei.py, in the browser.

import { eigenvalues, radiusOf } from "./eigenvalues.js";

/** Mean s_E in excitatory columns, -balance s_E in inhibitory ones, n_E / n_I if not given; before any rescaling. */
export function coleiUnscaled(n, nE, nI, magnitude, rng, balance = nE / nI) {
  const sE = 1 / Math.sqrt(((2 * Math.PI - 1) / (2 * Math.PI)) * (nE + nE ** 2 / nI));
  const W = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) W[i * n + j] = (j < nE ? sE : -balance * sE) * magnitude(rng);
  return { W, sE };
}

/**
 * ColEI of spectral radius 1, each weight there with probability p. Returns { W, unit, eigen }: unit is the mean of an
 * excitatory column in theory, eigen the eigenvalues, which the scale needed.
 */
export function colei({ n, nE, nI, p = 1, emptyDiagonal = true, balance }, magnitude, rng) {
  const { W, sE } = coleiUnscaled(n, nE, nI, magnitude, rng, balance);
  for (let i = 0; emptyDiagonal && i < n; i++) W[i * n + i] = 0;
  const there = p < 1 ? W.map((w) => (rng.uniform() < p ? w : 0)) : W;
  if (!there.some((w) => w)) there.set(W); // fewer than one connection in all
  const eigen = eigenvalues(there, n);
  const scale = 1 / (radiusOf(eigen) || rootMeanSquare(there, n)); // few connections need not close a circle
  for (const part of [there, eigen.real, eigen.imaginary])
    for (let k = 0; k < part.length; k++) part[k] *= scale;
  return { W: there, unit: p * sE * scale, eigen };
}

/** Of the singular values of W. */
export const rootMeanSquare = (W, n) => Math.sqrt(W.reduce((sum, w) => sum + w * w, 0) / n);
