// Singular values and their normalised entropy: daleslaw_lib/spectra.py, in the browser.

import { Matrix, SVD } from "ml-matrix";

/** Of W (rows x columns, row by row), largest first. */
export function singularValues(W, rows, columns) {
  const options = { computeLeftSingularVectors: false, computeRightSingularVectors: false, autoTranspose: true };
  const { diagonal } = new SVD(Matrix.from1DArray(rows, columns, W), options);
  return Float64Array.from(diagonal).sort().reverse();
}

/** H = -sum p log p / log N with p = s / sum s; 1 if all s are equal, 0 if only one is not zero. */
export function entropy(s) {
  const total = s.reduce((a, b) => a + b, 0);
  const sum = s.reduce((a, b) => (b > 0 ? a - (b / total) * Math.log(b / total) : a), 0);
  return sum / Math.log(s.length);
}
