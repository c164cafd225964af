// Singular values and their normalised entropy: daleslaw_lib/spectra.py, in the browser.

import { Matrix, SVD } from "ml-matrix";

export { singularValues } from "./singular.js";

/** H = -sum p log p / log N with p = s / sum s; 1 if all s are equal, 0 if only one is not zero. */
export function entropy(s) {
  const total = s.reduce((a, b) => a + b, 0);
  const sum = s.reduce((a, b) => (b > 0 ? a - (b / total) * Math.log(b / total) : a), 0);
  return sum / Math.log(s.length);
}

/** W = A diag(s) B^T of W (n x n, row by row): A and B row by row, a column a singular vector, s largest first. */
export function decomposition(W, n) {
  const { diagonal, leftSingularVectors, rightSingularVectors } = new SVD(Matrix.from1DArray(n, n, W));
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b] - diagonal[a]);
  const rows = (vectors) =>
    Float64Array.from({ length: n * n }, (_, at) => vectors.get(Math.floor(at / n), order[at % n]));
  return { A: rows(leftSingularVectors), s: Float64Array.from(order, (k) => diagonal[k]), B: rows(rightSingularVectors) };
}

/** Of W (rows x columns): singular values, largest first, and as many right singular vectors as are asked for. */
export function rightVectors(W, rows, columns, count) {
  const options = { computeLeftSingularVectors: false, computeRightSingularVectors: true, autoTranspose: true };
  const { diagonal, rightSingularVectors } = new SVD(Matrix.from1DArray(rows, columns, W), options);
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b] - diagonal[a]);
  return { s: order.map((k) => diagonal[k]), vectors: order.slice(0, count).map((k) => rightSingularVectors.getColumn(k)) };
}

/** A diag(s) B^T, row by row. */
export function composition(A, s, B, n) {
  const scaled = A.map((value, at) => value * s[at % n]);
  const W = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0, a = i * n, b = j * n; k < n; k++) sum += scaled[a + k] * B[b + k];
      W[i * n + j] = sum;
    }
  return W;
}
