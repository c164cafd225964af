// Numbers written as Python writes them, so that a page says what a notebook says to the last figure. Both round
// what lies just between two to the even one; JavaScript's own methods round it up.

const HALF = /^50*$/;

/** Python's f"{x:.{places}f}", for sizes below 10^21. */
export function fixed(x, places) {
  const exact = x.toFixed(places + 60);
  const [kept, rest] = [exact.slice(0, -60), exact.slice(-60)];
  const shorter = kept.replace(/\.$/, "");
  return HALF.test(rest) && even(shorter) ? shorter : x.toFixed(places);
}

/** Python's f"{x:.{figures}g}". */
export function general(x, figures) {
  if (x === 0) return "0";
  const [exact, exponentOf] = x.toExponential(100).split("e");
  const kept = exact.slice(0, exact.indexOf(".") + figures).replace(/\.$/, "");
  const rest = exact.slice(exact.indexOf(".") + figures);
  const down = HALF.test(rest) && even(kept);
  const [digits, power] = down ? [kept, exponentOf] : x.toExponential(figures - 1).split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= figures)
    return `${bare(digits)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  return bare(Number(`${digits}e${power}`).toFixed(Math.max(figures - 1 - exponent, 0)));
}

/** Python's f"{n:,}". */
export const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

const even = (digits) => Number(digits.at(-1)) % 2 === 0;
const bare = (digits) => (digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits);
