// What random-matrix theory predicts of the spectra: daleslaw_lib/theory.py, in the browser, and two cases
// more. Other distributions of ColEI's weights: a standard deviation of cv times the mean, where the library
// has cv = 1. DANN with a drawn W_ix: the bulk of an RNN, and the outliers of W_ei W_ix.

import { entropy } from "./spectra.js";

const DEFICIT = Math.log((3 * Math.PI) / 2) - 4 / 3; // of the quarter circle: H = 1 - this / log N

// --- one variance: RNN and DANN ---------------------------------------------------------------------

/** Density of the singular values of a large matrix of independent entries of variance rho^2 / n. */
export function quarterCircle(s, rho) {
  return s < 0 ? 0 : Math.sqrt(Math.max(4 * rho * rho - s * s, 0)) / (Math.PI * rho * rho);
}

/** n typical singular values, largest first: quantiles of the quarter circle. */
export function quarterCircleValues(n, rho) {
  const angles = Float64Array.from({ length: 4001 }, (_, k) => (k * Math.PI) / 8000); // s = 2 rho sin(angle)
  const below = angles.map((angle) => (2 * angle + Math.sin(2 * angle)) / Math.PI);
  return quantiles(n, below, angles).map((angle) => 2 * rho * Math.sin(angle));
}

/** Normalised entropy of the quarter circle with some values that are exactly zero (DANN: one). */
export function quarterCircleEntropy(n, zeros = 0) {
  return (Math.log(n - zeros) - DEFICIT) / Math.log(n);
}

/**
 * Outliers of DANN with a drawn W_ix, in units of rho: [largest, the others], largest first.
 *
 * W_ei W_ix has rank n_I. Interneurons all together miss the mean row by noise of variance
 * s^2 (1 / n + 1 / n_I), in every row alike; the rows of W_ei differ, with variance 1 / (n_I (n_I + 1)) from
 * one direction to the next. A perturbation of strength t > 1 beside the bulk is seen at t + 1 / t
 * (Benaych-Georges and Nadakuditi 2012); a weaker one is not.
 */
export function drawnIxSpikes(n, nI) {
  const strengths = Array(nI).fill(Math.sqrt(n / (nI * (nI + 1))));
  strengths[0] = Math.sqrt(n / nI + 1);
  return strengths.filter((t) => t > 1).map((t) => t + 1 / t);
}

// --- what stays of eigenvalues: sparse Dale matrices ------------------------------------------------------------

/** Standard deviation over mean of a weight that is there with probability p, else zero; cv: of one that is there. */
export const sparser = (cv, p) => Math.sqrt((cv * cv + 1 - p) / p);

/**
 * Radius of the disc that eigenvalues fill, but for a few, and the eigenvalue of the mean. `unit`: the mean of an
 * excitatory column, zeros included; an inhibitory one has `balance` times as much; c: the variation of both.
 */
export function discOf(nE, nI, c, unit, balance = nE / nI) {
  return { radius: c * unit * Math.sqrt(nE + nI * balance ** 2), mean: unit * (nE - nI * balance) };
}

// --- two variances and a mean: ColEI ----------------------------------------------------------------

/** t_E and t_I: N times the variance of an excitatory and of an inhibitory column, in units of m_E^2. */
function columnStrengths(nE, nI, cv) {
  const n = nE + nI;
  return [cv * cv * n, cv * cv * n * (nE / nI) ** 2];
}

/**
 * Density of the singular values of ColEI's noise, in units of m_E: the E bulk and the I group.
 *
 * The cubic for the Stieltjes transform m of X X^T at z = s^2, with x = s m:
 * a b x^3 + s (a + b) x^2 + (s^2 + i a + e b) x + s = 0; the density is 2 Im x / pi.
 */
export function coleiNoiseDensity(s, nE, nI, cv = 1) {
  const [a, b] = columnStrengths(nE, nI, cv);
  const [e, i] = [nE / (nE + nI), nI / (nE + nI)];
  const root = Math.max(s, 1e-6);
  const x = imaginaryOfCubic((root * (a + b)) / (a * b), (root * root + i * a + e * b) / (a * b), root / (a * b));
  return x / root < 1e-7 / Math.sqrt(a * b) ? 0 : (2 * x) / Math.PI;
}

/** The largest imaginary part of a root of x^3 + p x^2 + q x + r. */
function imaginaryOfCubic(p, q, r) {
  // depressed: y^3 + 3 A y + 2 B, y = x + p / 3
  const A = q / 3 - (p / 3) ** 2;
  const B = (p / 3) ** 3 - (p * q) / 6 + r / 2;
  const discriminant = B * B + A ** 3;
  if (discriminant <= 0) return 0; // three real roots
  const large = -Math.sign(B || 1) * Math.cbrt(Math.abs(B) + Math.sqrt(discriminant));
  const small = large === 0 ? 0 : -A / large;
  return (Math.sqrt(3) / 2) * Math.abs(large - small);
}

/** [outlier, what is left of the mean of the excitatory columns or null], in units of m_E. */
export function coleiSpikes(nE, nI, cv = 1) {
  const n = nE + nI;
  const [a, b] = columnStrengths(nE, nI, cv);
  // sum_j t_j / (y - t_j) = cv^2: a quadratic in y
  const [A, B] = [(nE * a) / cv ** 2, (nI * b) / cv ** 2];
  const half = (a + b + A + B) / 2;
  const product = a * b + A * b + B * a;
  const high = half + Math.sqrt(Math.max(half * half - product, 0));
  const low = product / high;
  const seen = (y) => Math.sqrt(y * (1 + cv ** 2 / n));
  let left = null;
  if (a < low && low < b) {
    const slope = 1 - (nE * (a / (low - a)) ** 2 + nI * (b / (low - b)) ** 2) / n;
    if (slope > 0) left = seen(low);
  }
  return [seen(high), left];
}

/** n typical singular values, largest first, in units of m_E. */
export function coleiValues(nE, nI, cv = 1) {
  const n = nE + nI;
  const end = 2.05 * Math.sqrt(Math.max(...columnStrengths(nE, nI, cv)));
  const grid = Float64Array.from({ length: 3001 }, (_, k) => (end * k * k) / 3000 ** 2);
  const density = grid.map((s) => coleiNoiseDensity(s, nE, nI, cv));
  const below = new Float64Array(grid.length);
  for (let k = 1; k < grid.length; k++)
    below[k] = below[k - 1] + ((density[k] + density[k - 1]) / 2) * (grid[k] - grid[k - 1]);
  const total = below[below.length - 1];
  const noise = quantiles(n, below.map((x) => x / total), grid);
  const [outlier, left] = coleiSpikes(nE, nI, cv);
  noise[0] = outlier;
  if (left !== null) noise[nI] = left;
  return noise.sort().reverse();
}

/** The (k - 1/2) / n quantiles of a distribution, largest first. */
function quantiles(n, below, values) {
  const found = new Float64Array(n);
  let k = 0;
  for (let rank = 0; rank < n; rank++) {
    const target = (rank + 0.5) / n;
    while (k < below.length - 2 && below[k + 1] < target) k++;
    const step = below[k + 1] - below[k];
    const share = step > 0 ? (target - below[k]) / step : 0;
    found[n - 1 - rank] = values[k] + share * (values[k + 1] - values[k]);
  }
  return found;
}

// --- what the laboratory draws ----------------------------------------------------------------------

const UNKNOWN = { density: null, end: null, marks: [], values: null, entropy: null, disc: null };

/**
 * { density, end, marks, values, entropy } of a draw at spectral radius rho: density(s), zero beyond end; marks,
 * singular values apart from the bulk, as { s, label }; all of them by rank; the predicted normalised entropy H. ColEI has
 * its `disc` of eigenvalues, too. From another start there may be less: what is not known is null.
 */
export function predict(kind, { n, nE, nI, cv, unit }, rho, start = "own") {
  if (kind === "colei" && ["permutation", "identity"].includes(start))
    return { ...UNKNOWN, values: new Float64Array(n).fill(rho), entropy: 1 };
  if (kind === "colei" && start === "equal") return { ...UNKNOWN, disc: discOf(nE, nI, cv, unit * rho, 1) };
  if (kind === "colei" && !["own", "lognormal"].includes(start)) return UNKNOWN;
  if (kind === "colei") {
    const values = coleiValues(nE, nI, cv);
    const m = unit * rho; // m_E of this draw, as its rescaling has it
    const [outlier, left] = coleiSpikes(nE, nI, cv);
    const marks = [{ s: outlier * m, label: "outlier" }];
    if (left !== null) marks.push({ s: left * m, label: "E mean" });
    return {
      density: (s) => coleiNoiseDensity(s / m, nE, nI, cv) / m,
      end: 2.05 * m * Math.sqrt(Math.max(...columnStrengths(nE, nI, cv))),
      marks,
      values: values.map((s) => s * m),
      entropy: entropy(values),
      disc: discOf(nE, nI, cv, m),
    };
  }
  const bulk = { disc: null, density: (s) => quarterCircle(s, rho), end: 2 * rho, marks: [], values: quarterCircleValues(n, rho) };
  if (kind === "rnn") return { ...bulk, entropy: quarterCircleEntropy(n) };
  bulk.values[n - 1] = 0; // every column sums to zero
  if (kind === "dann") return { ...bulk, entropy: quarterCircleEntropy(n, 1) };
  const spikes = drawnIxSpikes(n, nI);
  const values = quarterCircleValues(n, 1);
  values.set(spikes);
  const scaled = values.map((s) => s * rho).sort().reverse();
  return { ...bulk, marks: [{ s: spikes[0] * rho, label: "outlier" }], values: scaled, entropy: entropy(values) };
}
