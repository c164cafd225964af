// Singular values of a real matrix, without its vectors: reflections from both sides to bidiagonal form, then the QR
// algorithm with implicit shifts (Golub and Van Loan, Matrix Computations, 5.4 and 8.6). Every loop runs along rows, as the
// numbers lie. ml-matrix goes along columns, which takes several times as long: too long to follow a slider.

/** Of W (rows x columns, row by row), largest first. */
export function singularValues(W, rows, columns) {
  const tall = rows >= columns ? Float64Array.from(W) : transposed(W, rows, columns);
  const [d, e] = bidiagonal(tall, Math.max(rows, columns), Math.min(rows, columns));
  return diagonalised(d, e).map(Math.abs).sort().reverse();
}

function transposed(W, rows, columns) {
  const T = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) T[j * rows + i] = W[i * columns + j];
  return T;
}

/** The diagonal and what is right of it, of U^T A V: A (m x n, m >= n) is used up. */
function bidiagonal(A, m, n) {
  const d = new Float64Array(n);
  const e = new Float64Array(Math.max(n - 1, 0));
  const v = new Float64Array(m);
  const sums = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    for (let i = k; i < m; i++) v[i] = A[i * n + k];
    let beta;
    [d[k], beta] = reflection(v, k, m);
    if (beta) {
      sums.fill(0, k + 1);
      for (let i = k; i < m; i++)
        for (let j = k + 1, row = i * n; j < n; j++) sums[j] += v[i] * A[row + j];
      for (let i = k; i < m; i++) {
        const factor = beta * v[i];
        for (let j = k + 1, row = i * n; j < n; j++) A[row + j] -= factor * sums[j];
      }
    }
    if (k >= n - 1) continue;
    for (let j = k + 1; j < n; j++) v[j] = A[k * n + j];
    [e[k], beta] = reflection(v, k + 1, n);
    for (let i = k + 1; beta && i < m; i++) {
      const row = i * n;
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += A[row + j] * v[j];
      sum *= beta;
      for (let j = k + 1; j < n; j++) A[row + j] -= sum * v[j];
    }
  }
  return [d, e];
}

/** Make v[from .. end) the vector of I - beta v v^T, which leaves only the first entry of what v was: [entry, beta]. */
function reflection(v, from, end) {
  let below = 0;
  for (let i = from + 1; i < end; i++) below += v[i] * v[i];
  const first = v[from];
  if (below === 0) return [first, 0];
  const norm = Math.sqrt(first * first + below) * (first > 0 ? -1 : 1);
  v[from] -= norm;
  return [norm, 2 / (below + v[from] * v[from])];
}

const length = (a, b) => Math.sqrt(a * a + b * b);

/** The diagonal, up to signs, once nothing is left beside it. */
function diagonalised(d, e) {
  const n = d.length;
  let size = 0;
  for (let k = 0; k < n; k++) size = Math.max(size, Math.abs(d[k]) + Math.abs(e[k] ?? 0));
  const tiny = Number.EPSILON * size;
  let sweeps = 0;
  for (let end = n - 1; end > 0; ) {
    let start = end;
    while (start > 0 && Math.abs(e[start - 1]) > Number.EPSILON * (Math.abs(d[start - 1]) + Math.abs(d[start])) && Math.abs(e[start - 1]) > tiny * Number.EPSILON)
      start--;
    if (start > 0) e[start - 1] = 0;
    if (start === end) {
      end--;
      sweeps = 0;
      continue;
    }
    if (++sweeps > 300) throw new Error(`singular values: no convergence in ${sweeps} sweeps`);
    let zero = end;
    while (zero >= start && Math.abs(d[zero]) > tiny) zero--;
    if (zero === end) emptyColumn(d, e, start, end);
    else if (zero >= start) emptyRow(d, e, zero, end);
    else sweep(d, e, start, end);
  }
  return d;
}

/** d[zero] is nothing: rotate what stands beside it out of its row. */
function emptyRow(d, e, zero, end) {
  d[zero] = 0;
  let f = e[zero];
  e[zero] = 0;
  for (let j = zero + 1; j <= end && f !== 0; j++) {
    const r = length(d[j], f);
    const [c, s] = [d[j] / r, f / r];
    d[j] = r;
    if (j === end) break;
    f = -s * e[j];
    e[j] *= c;
  }
}

/** d[end] is nothing: rotate what stands above it out of its column. */
function emptyColumn(d, e, start, end) {
  d[end] = 0;
  let f = e[end - 1];
  e[end - 1] = 0;
  for (let j = end - 1; j >= start && f !== 0; j--) {
    const r = length(d[j], f);
    const [c, s] = [d[j] / r, f / r];
    d[j] = r;
    if (j === start) break;
    f = -s * e[j - 1];
    e[j - 1] *= c;
  }
}

/** One implicit QR sweep over d[start .. end], shifted by an eigenvalue of the last two rows and columns of B^T B. */
function sweep(d, e, start, end) {
  const above = end - 1 > start ? e[end - 2] : 0;
  const a = d[end - 1] * d[end - 1] + above * above;
  const b = d[end - 1] * e[end - 1];
  const c2 = d[end] * d[end] + e[end - 1] * e[end - 1];
  const half = (a - c2) / 2;
  const away = half + (half < 0 ? -1 : 1) * length(half, b);
  const shift = away === 0 ? c2 : c2 - (b * b) / away;
  let y = d[start] * d[start] - shift;
  let z = d[start] * e[start];
  for (let k = start; k < end; k++) {
    let r = length(y, z) || Number.MIN_VALUE;
    let [c, s] = [y / r, z / r];
    if (k > start) e[k - 1] = r;
    y = c * d[k] + s * e[k];
    e[k] = c * e[k] - s * d[k];
    z = s * d[k + 1];
    d[k + 1] *= c;
    r = length(y, z) || Number.MIN_VALUE;
    [c, s] = [y / r, z / r];
    d[k] = r;
    y = c * e[k] + s * d[k + 1];
    d[k + 1] = c * d[k + 1] - s * e[k];
    if (k === end - 1) break;
    z = s * e[k + 1];
    e[k + 1] *= c;
  }
  e[end - 1] = y;
}
