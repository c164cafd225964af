// Random numbers from a seed: the same seed gives the same network on every machine and in every browser.
// The stream is not NumPy's.

/** A generator: sfc32 (three words of state and a counter), seeded by a few rounds of mixing. */
export function generator(seed) {
  let a = 0x9e3779b9;
  let b = 0x243f6a88 ^ Math.floor(seed / 2 ** 32);
  let c = seed >>> 0;
  let counter = 1;
  const word = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let k = 0; k < 20; k++) word();

  let spare = null;
  const uniform = () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53; // [0, 1), 53 bits
  return {
    uniform,
    sign: () => (word() & 1 ? 1 : -1),
    exponential: () => -Math.log1p(-uniform()), // mean 1
    normal() {
      // Box and Muller: two at a time
      if (spare !== null) {
        const kept = spare;
        spare = null;
        return kept;
      }
      const radius = Math.sqrt(-2 * Math.log1p(-uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
}
