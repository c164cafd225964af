// Initial recurrent matrices of four kinds of network: daleslaw_lib/initialisation, in the browser.
// Matrices are Float64Array, row by row: rows receive, columns send. With the paper's distribution of each
// kind the formulas are those of the library; the other distributions keep what the text relies on: the
// variance rho^2 / n of RNN and DANN, and the means, in balance, of ColEI.

import { generator } from "./random.js";
import { colei } from "./colei.js";
import { STARTS } from "./starts.js";
import { sparser } from "./theory.js";

export const PYTORCH_RHO = 1 / Math.sqrt(3);

export const KINDS = {
  rnn: { rho: PYTORCH_RHO, distribution: "uniform" },
  colei: { rho: 1.5, distribution: "exponential" },
  dann: { rho: PYTORCH_RHO, distribution: "exponential" },
  dann_drawn: { rho: PYTORCH_RHO, distribution: "exponential" },
};

// Magnitudes of mean 1; cv: standard deviation over mean. An RNN's weights have them with a random sign.
export const DISTRIBUTIONS = {
  uniform: { cv: 1 / Math.sqrt(3), magnitude: (rng) => 2 * rng.uniform() },
  normal: {
    cv: Math.sqrt(Math.PI / 2 - 1),
    magnitude: (rng) => Math.sqrt(Math.PI / 2) * Math.abs(rng.normal()),
  },
  exponential: { cv: 1, magnitude: (rng) => rng.exponential() },
  lognormal: { cv: Math.sqrt(Math.E - 1), magnitude: (rng) => Math.exp(rng.normal() - 0.5) },
};

/** Units and interneurons: ColEI splits n at the fraction, DANN adds to n, an RNN has none. */
export function populations(kind, n, fraction) {
  if (kind === "rnn") return { nE: n, nI: 0 };
  if (kind === "colei") {
    const nI = Math.ceil(n * fraction - 1e-9);
    return { nE: n - nI, nI };
  }
  return { nE: n, nI: Math.max(Math.floor(n * fraction + 1e-9), 1) };
}

/**
 * A matrix of spectral radius 1 (in theory, for RNN and DANN; exactly, for ColEI). ColEI's diagonal is zero
 * unless emptyDiagonal is false; it may have another start, with its second number `extra`, and weights that are
 * there with probability p.
 * Returns { W, n, nE, nI, cv, unit, eigen }: cv is the variation of weights, with p; unit ColEI's mean excitatory weight
 * m_E, or null; eigen the eigenvalues, where they had to be computed for the scale, else null.
 */
export function draw({ kind, n, fraction, distribution, seed, emptyDiagonal = true, start = "own", extra = null, p = 1 }) {
  const rng = generator(seed);
  const { nE, nI } = populations(kind, n, fraction);
  const { cv, magnitude } = DISTRIBUTIONS[distribution];
  const about = { n, nE, nI, cv, unit: null, eigen: null };
  if (kind === "rnn") return { ...about, W: rnn(n, cv, magnitude, rng) };
  if (kind === "colei" && start !== "own") return { ...about, cv: null, ...STARTS[start].draw({ n, nE, nI, extra, p }, rng) };
  if (kind === "colei") return { ...about, cv: sparser(cv, p), ...colei({ n, nE, nI, p, emptyDiagonal }, magnitude, rng) };
  return { ...about, W: dann(n, nI, cv, magnitude, kind === "dann_drawn", rng) };
}

/** Effective input weights (n, inputs) of a kind, as the paper draws them; they do not depend on the radius. */
export function inputWeights(kind, n, inputs, rng) {
  const entries = (one) => Float64Array.from({ length: n * inputs }, one);
  if (kind === "rnn") return entries(() => (2 * rng.uniform() - 1) / Math.sqrt(n));
  if (kind === "colei") return entries(() => rng.exponential() / Math.sqrt(inputs));
  const U = entries(() => (PYTORCH_RHO / Math.sqrt(n - 1)) * rng.exponential());
  for (let j = 0; j < inputs; j++) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += U[i * inputs + j] / n;
    for (let i = 0; i < n; i++) U[i * inputs + j] -= mean;
  }
  return U;
}

function rnn(n, cv, magnitude, rng) {
  const scale = 1 / Math.sqrt(n * (1 + cv * cv)); // the mean square of a magnitude is 1 + cv^2
  return Float64Array.from({ length: n * n }, () => rng.sign() * scale * magnitude(rng));
}

function dann(n, nI, cv, magnitude, drawnIx, rng) {
  const s = 1 / Math.sqrt(n - 1); // standard deviation; the mean is s / cv
  const entries = (length) => Float64Array.from({ length }, () => (s / cv) * magnitude(rng));
  const W = entries(n * n);
  if (!drawnIx) {
    // rows of W_ei sum to one and those of W_ix are the mean row of W_ex: W_ei W_ix is that row again
    for (let j = 0; j < n; j++) {
      let mean = 0;
      for (let i = 0; i < n; i++) mean += W[i * n + j] / n;
      for (let i = 0; i < n; i++) W[i * n + j] -= mean;
    }
    return W;
  }
  const Wix = entries(nI * n);
  for (let i = 0; i < n; i++) {
    const Wei = Float64Array.from({ length: nI }, () => rng.exponential());
    const sum = Wei.reduce((a, b) => a + b, 0);
    for (let k = 0; k < nI; k++)
      for (let j = 0; j < n; j++) W[i * n + j] -= (Wei[k] / sum) * Wix[k * n + j];
  }
  return W;
}
