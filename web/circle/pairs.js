// A pair of units, one that excites and one that inhibits: 2 x 2 matrices, [[a, b], [c, d]] as [a, b, c, d].

export const NAMES = ["ee", "ei", "ie", "ii"]; // sizes of the weights: to, from
export const START = { ee: 1, ei: 1, ie: 1, ii: 0.9, steps: 2 };
export const RANGES = Object.fromEntries([...NAMES.map((name) => [name, { min: 0, max: 2, step: 0.1 }]), ["steps", { min: 2, max: 8, step: 1 }]]);

/** `changes` on top of `settings`; what is no number is refused, what is out of range brought into it. */
export function merged(settings, changes) {
  const next = { ...settings };
  for (const [name, { min, max, step }] of Object.entries(RANGES)) {
    const value = Number(changes[name] ?? NaN);
    if (Number.isFinite(value)) next[name] = Math.round(Math.min(Math.max(value, min), max) / step) * step;
  }
  return next;
}

/** Column 1 excites, column 2 inhibits. */
export const matrixOf = ({ ee, ei, ie, ii }) => [ee, -ei, ie, -ii];

const times = ([a, b, c, d], [e, f, g, h]) => [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h];

export function power(W, steps) {
  let found = [1, 0, 0, 1];
  for (let k = 0; k < steps; k++) found = times(W, found);
  return found;
}

/** The largest modulus of an eigenvalue. */
export function radius([a, b, c, d]) {
  const [half, determinant] = [(a + d) / 2, a * d - b * c];
  const under = half * half - determinant;
  return under < 0 ? Math.sqrt(determinant) : Math.abs(half) + Math.sqrt(under);
}

/** Singular values, largest first, and the half axes of the ellipse that the matrix makes of the unit circle. */
export function ellipse([a, b, c, d]) {
  const [sum, difference] = [Math.hypot(a + d, c - b), Math.hypot(a - d, b + c)];
  const s = [(sum + difference) / 2, Math.abs(sum - difference) / 2];
  const angle = (Math.atan2(c - b, a + d) + Math.atan2(b + c, a - d)) / 2; // of the longest half axis
  const axis = (turn, length) => {
    const [x, y] = [Math.cos(angle + turn) * length, Math.sin(angle + turn) * length];
    return x + y < 0 ? [-x, -y] : [x, y]; // either end will do
  };
  return { s, axes: [axis(0, s[0]), axis(Math.PI / 2, s[1])] };
}
