// What this book can say about a matrix: daleslaw_lib/studies/better_colei/own.py in the browser, the same numbers in
// the same words.

import { eigenvalues, radiusOf } from "../shared/eigenvalues.js";
import { entropy, singularValues } from "../shared/spectra.js";
import { quarterCircleEntropy } from "../shared/theory.js";
import { fixed, general } from "./written.js";

const ROUNDING = 1e-12; // in units of n times the largest weight: what is smaller is zero
const LOW_ENTROPY = 0.05; // below an RNN's: worth a word
const GAINS = [0.5, 1.5]; // of a step, outside which a gradient is soon gone, or overflows
const STEPS = 10;

/** Spectrum, H, Dale's law, theory, `lines` about them and `advice`, sentences, of W (n x n, row by row). */
export function examine(W, n) {
  const sizes = W.map(Math.abs);
  const zero = ROUNDING * n * sizes.reduce((a, b) => Math.max(a, b), 0);
  const above = (x) => (Math.abs(x) < zero ? 0 : x);
  const { mixed, silent, deaf, nI, means, variance } = columnsOf(W, n);
  const obeys = !mixed.length;
  const s = singularValues(W, n, n);
  const eigen = eigenvalues(W, n);
  const inputs = Math.min(inputsOf(sizes, n), n);
  const others = mixed.length > 1 ? ` (${mixed.length} such columns in all)` : "";
  const found = {
    W, n, nE: n - nI, nI, obeys, silent, deaf, eigen, inputs,
    s: s.map(above), H: entropy(s), rnnH: quarterCircleEntropy(n), radius: radiusOf(eigen),
    mostH: mostEntropy(inputs, n), gain: gainOfHalf(W, n),
    reason: obeys ? "every column has one sign" : `column ${mixed[0]} has entries of both signs${others}`,
    disc: obeys ? above(Math.sqrt(variance)) : null,
    mean: obeys ? above(means) : null,
  };
  return { ...found, lines: linesOf(found), advice: [...adviceOf(found)] };
}

/** How many inputs a unit has in effect: (sum |w|)^2 / (n sum w^2). */
function inputsOf(sizes, n) {
  let [sum, squares] = [0, 0];
  for (const w of sizes) {
    sum += w;
    squares += w * w;
  }
  return sum ** 2 / (n * squares);
}

/** The highest H of a column-signed matrix of n units with so many effective inputs. */
export function mostEntropy(inputs, n) {
  const K = Math.max(inputs, 1);
  return entropy([Math.sqrt(K), ...Array(n - 1).fill(Math.sqrt((n - K) / (n - 1)))]);
}

function columnsOf(W, n) {
  const mixed = [];
  let [silent, deaf, nI, means, variance] = [0, 0, 0, 0, 0];
  for (let j = 0; j < n; j++) {
    let [above, below, sum] = [false, false, 0];
    for (let i = 0; i < n; i++) {
      const w = W[i * n + j];
      above ||= w > 0;
      below ||= w < 0;
      sum += w;
    }
    const mean = sum / n;
    for (let i = 0; i < n; i++) variance += (W[i * n + j] - mean) ** 2 / n;
    means += mean;
    nI += below;
    silent += !above && !below;
    if (above && below) mixed.push(j);
  }
  for (let i = 0; i < n; i++) deaf += W.subarray(i * n, (i + 1) * n).every((w) => w === 0);
  return { mixed, silent, deaf, nI, means, variance };
}

/**
 * By how much a step changes the length of a small change, half of the units being active: the root mean square over
 * all masks, exactly. Second moments of a change, C, become W C W^T, with a quarter off the diagonal and a half on it.
 */
export function gainOfHalf(W, n, steps = STEPS) {
  let C = new Float64Array(n * n);
  for (let i = 0; i < n; i++) C[i * n + i] = 1 / n;
  let logSquare = 0;
  for (let step = 0; step < steps; step++) {
    C = rowsByRows(rowsByRows(W, C, n), W, n); // C is its own transpose
    let total = 0;
    for (let i = 0; i < n; i++) total += C[i * n + i] / 2;
    if (total <= 0) return 0;
    for (let k = 0; k < C.length; k++) C[k] /= (k % (n + 1) ? 4 : 2) * total;
    logSquare += Math.log(total);
  }
  return Math.exp(logSquare / (2 * steps));
}

/** A B^T, n x n, row by row; four sums at a time, which takes half as long. */
function rowsByRows(A, B, n) {
  const found = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j += 4) {
      const a = i * n;
      const [b, c, d, e] = [0, 1, 2, 3].map((k) => Math.min(j + k, n - 1) * n); // the last row once more, if rows run out
      let [s, t, u, v] = [0, 0, 0, 0];
      for (let k = 0; k < n; k++) {
        const x = A[a + k];
        s += x * B[b + k];
        t += x * B[c + k];
        u += x * B[d + k];
        v += x * B[e + k];
      }
      found.set(j + 4 <= n ? [s, t, u, v] : [s, t, u, v].slice(0, n - j), a + j);
    }
  return found;
}

// --- in words -------------------------------------------------------------------------------------------

function linesOf(r) {
  const lines = [
    `${r.n} units; ${r.reason}`,
    `H = ${fixed(r.H, 3)} (independent entries: ${fixed(r.rnnH, 3)}); singular values from ${general(r.s[0], 3)} to ${general(r.s.at(-1), 3)}`,
    `spectral radius ${general(r.radius, 3)}; a step multiplies a small change by ${general(r.gain, 3)}, half of the units being active`,
    `${fixed(r.inputs, 1)} effective inputs a unit; under Dale's law these allow H up to ${fixed(r.mostH, 3)}`,
  ];
  if (r.disc !== null)
    lines.push(
      `${r.nE} excitatory and ${r.nI} inhibitory columns; theory: eigenvalues in a disc of radius ${general(r.disc, 3)}, the mean's at ${general(r.mean, 3)}`,
    );
  return lines;
}

const units = (count, one, several) => (count ? [count === 1 ? `1 unit ${one}` : `${count} units ${several}`] : []);

function* adviceOf(r) {
  if (!r.obeys) yield "It does not obey Dale's law by columns. If rows send in your convention, transpose it.";
  else if (!r.nI || !r.nE)
    yield `Every column ${r.nE ? "excites" : "inhibits"}: nothing balances, and the mean decides.`;
  if (r.silent || r.deaf) {
    const counts = [...units(r.silent, "sends to none", "send to none"), ...units(r.deaf, "hears none", "hear none")];
    const zeros = Math.max(r.silent, r.deaf);
    yield `${counts.join(" and ")}: at least ${zeros} singular value${zeros > 1 ? "s" : ""} must be zero.`;
  }
  if (r.obeys && r.disc && Math.abs(r.mean) > 1.1 * r.disc)
    yield `Excitation and inhibition do not balance: the mean has an eigenvalue of ${general(r.mean, 3)}, outside the disc. Scale one of them until the row sums vanish.`;
  if (r.gain < GAINS[0]) yield `A change shrinks to ${general(r.gain, 2)} of itself a step, and the past is lost. Scale it up.`;
  else if (r.gain > GAINS[1])
    yield `A change grows ${general(r.gain, 2)}-fold a step: gradients explode. Scale it by ${general(1 / r.gain, 2)}.`;
  if (r.H < r.rnnH - LOW_ENTROPY) {
    const gap = `H is ${fixed(r.rnnH - r.H, 2)} below that of independent entries: few directions dominate`;
    if (!r.obeys || r.mostH - r.H > LOW_ENTROPY)
      yield `${gap}. Columns of more even strength, or weights that vary differently, would raise it.`;
    else yield `${gap}. It is as high as that many inputs allow: only fewer would raise it.`;
  } else if (r.obeys) yield "Its spectrum is as even as an RNN's, or more: nothing here stands against learning.";
}
