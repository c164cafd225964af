// Eigenvalues of a real square matrix, without its eigenvectors: reflections to Hessenberg form, then the
// QR algorithm with Francis's implicit double shift (Golub and Van Loan, Matrix Computations, 7.4 and 7.5).
// ml-matrix always computes the vectors too, which takes three times as long: too long to follow a slider.

/** Of W, row by row: { real, imaginary }, in no particular order. */
export function eigenvalues(W, n) {
  const H = Float64Array.from(W);
  toHessenberg(H, n);
  return francis(H, n);
}

export function radiusOf({ real, imaginary }) {
  return real.reduce((largest, x, k) => Math.max(largest, Math.hypot(x, imaginary[k])), 0);
}

function toHessenberg(H, n) {
  const v = new Float64Array(n);
  const sums = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    let square = 0;
    for (let i = k + 1; i < n; i++) square += (v[i] = H[i * n + k]) ** 2;
    const norm = v[k + 1] > 0 ? -Math.sqrt(square) : Math.sqrt(square);
    if (square - v[k + 1] ** 2 <= 0) continue; // nothing below the subdiagonal
    const beta = 1 / (square - v[k + 1] * norm); // 2 / v^T v
    v[k + 1] -= norm;
    sums.fill(0, k);
    for (let i = k + 1; i < n; i++)
      for (let j = k, row = i * n; j < n; j++) sums[j] += v[i] * H[row + j];
    for (let i = k + 1; i < n; i++) {
      const factor = beta * v[i];
      for (let j = k, row = i * n; j < n; j++) H[row + j] -= factor * sums[j];
    }
    for (let i = 0; i < n; i++) {
      const row = i * n;
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += H[row + j] * v[j];
      sum *= beta;
      for (let j = k + 1; j < n; j++) H[row + j] -= sum * v[j];
    }
    for (let i = k + 2; i < n; i++) H[i * n + k] = 0;
  }
}

function francis(H, n) {
  const real = new Float64Array(n);
  const imaginary = new Float64Array(n);
  const size = H.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
  let end = n - 1;
  let sweeps = 0;
  while (end >= 0) {
    const start = deflate(H, n, end, size);
    if (start === end) {
      real[end] = H[end * n + end];
      end -= 1;
      sweeps = 0;
    } else if (start === end - 1) {
      pair(H, n, end, real, imaginary);
      end -= 2;
      sweeps = 0;
    } else {
      if (++sweeps > 300) throw new Error(`eigenvalues: no convergence in ${sweeps} sweeps`);
      sweep(H, n, start, end, sweeps);
    }
  }
  return { real, imaginary };
}

/** The first row of the block that ends at `end` and has no negligible subdiagonal entry. */
function deflate(H, n, end, size) {
  let k = end;
  for (; k > 0; k--) {
    const beside = Math.abs(H[(k - 1) * n + k - 1]) + Math.abs(H[k * n + k]) || size;
    if (Math.abs(H[k * n + k - 1]) <= Number.EPSILON * beside) {
      H[k * n + k - 1] = 0;
      break;
    }
  }
  return k;
}

/** The eigenvalues of the 2 x 2 block that ends at `end`. */
function pair(H, n, end, real, imaginary) {
  const [a, b] = [H[(end - 1) * n + end - 1], H[(end - 1) * n + end]];
  const [c, d] = [H[end * n + end - 1], H[end * n + end]];
  const half = (a - d) / 2;
  const discriminant = half * half + b * c;
  if (discriminant < 0) {
    real[end - 1] = real[end] = (a + d) / 2;
    imaginary[end - 1] = Math.sqrt(-discriminant);
    imaginary[end] = -imaginary[end - 1];
  } else {
    const far = half + (half < 0 ? -1 : 1) * Math.sqrt(discriminant);
    real[end - 1] = d + far;
    real[end] = far === 0 ? d : d - (b * c) / far;
  }
}

/** One implicit double-shift QR sweep over rows and columns start .. end. */
function sweep(H, n, start, end, sweeps) {
  const at = (i, j) => H[i * n + j];
  let trace = at(end - 1, end - 1) + at(end, end);
  let determinant = at(end - 1, end - 1) * at(end, end) - at(end - 1, end) * at(end, end - 1);
  if (sweeps % 10 === 0) {
    // a shift of another kind, should the usual ones go round in circles
    const away = Math.abs(at(end, end - 1)) + Math.abs(at(end - 1, end - 2));
    [trace, determinant] = [1.5 * away, away * away];
  }
  const first = at(start, start);
  let x = first * (first - trace) + determinant + at(start, start + 1) * at(start + 1, start);
  let y = at(start + 1, start) * (first + at(start + 1, start + 1) - trace);
  let z = at(start + 1, start) * at(start + 2, start + 1);
  for (let k = start; k < end; k++) {
    const three = k < end - 1;
    const scale = Math.abs(x) + Math.abs(y) + (three ? Math.abs(z) : 0);
    if (scale !== 0) {
      const u = x / scale;
      const v = y / scale;
      const w = three ? z / scale : 0;
      const norm = (u > 0 ? -1 : 1) * Math.sqrt(u * u + v * v + w * w);
      reflect(H, n, start, end, k, three, u - norm, v, w, 1 / (norm * (norm - u)));
      if (k > start) {
        H[(k + 1) * n + k - 1] = 0;
        if (three) H[(k + 2) * n + k - 1] = 0;
      }
    }
    x = H[(k + 1) * n + k];
    if (three) y = H[(k + 2) * n + k];
    z = k < end - 2 ? H[(k + 3) * n + k] : 0;
  }
}

/** H <- P H P with P = I - beta (u, v, w) (u, v, w)^T in rows and columns k .. k + 2 (k + 1). */
function reflect(H, n, start, end, k, three, u, v, w, beta) {
  const r0 = k * n;
  const r1 = r0 + n;
  const r2 = three ? r1 + n : r1; // with two rows, w is 0
  for (let j = Math.max(start, k - 1); j <= end; j++) {
    const sum = beta * (u * H[r0 + j] + v * H[r1 + j] + w * H[r2 + j]);
    H[r0 + j] -= sum * u;
    H[r1 + j] -= sum * v;
    if (three) H[r2 + j] -= sum * w;
  }
  for (let i = start, last = Math.min(k + 3, end); i <= last; i++) {
    const c = i * n + k;
    const sum = beta * (u * H[c] + v * H[c + 1] + (three ? w * H[c + 2] : 0));
    H[c] -= sum * u;
    H[c + 1] -= sum * v;
    if (three) H[c + 2] -= sum * w;
  }
}
