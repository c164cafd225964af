// A matrix from the bytes of a .npy or .csv file, or from pasted text; what is wrong is said in a line, in the words of
// daleslaw_lib/studies/better_colei/files.py and own.py. Nothing is sent anywhere.

import { general, grouped } from "./written.js";

export const MOST = 400; // units: above, a page would stand still for too long
const MOST_IN_A_NOTEBOOK = 2000;
export const LARGEST = 16_000_000; // bytes of a file, characters of a text
const SIZES = [1e-100, 1e100];
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:nan|inf|infinity))$/i;

/** What a reader has given cannot be used; the message says why in a line. */
export class Refused extends Error {}

const refuse = (where, expected, got) => {
  throw new Refused(`${where}: expected ${expected}, got ${got}`);
};
const unreadable = (where, got) => refuse(where, "a file that can be read", got);

/** A square matrix { W, n } of finite numbers, row by row, from the name and bytes of a file. */
export function fromFile(name, bytes) {
  const ending = name.replace(/^\.+/, "").match(/\.[^.]+$/)?.[0] ?? "no ending";
  if (![".npy", ".csv"].includes(ending.toLowerCase())) refuse(name, "a .npy or .csv file", `'${ending}'`);
  if (bytes.length > LARGEST) refuse(name, `at most ${LARGEST / 1e6} MB`, `${Math.ceil(bytes.length / 1e6)} MB`);
  if (!bytes.length) unreadable(name, "an empty one");
  if (ending.toLowerCase() === ".npy") return checked(name, ...fromNpy(name, bytes));
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    unreadable(name, "one that is not text in UTF-8");
  }
  return checked(name, ...fromLines(name, text));
}

/** The same from pasted text: lines as in a .csv, or lists in brackets, as Python and NumPy print them. */
export function fromText(text, where = "matrix") {
  if (text.length > LARGEST) refuse(where, `at most ${LARGEST / 1e6} million characters`, grouped(text.length));
  const inner = text.trim().replace(/^(?:np\.)?array\(/, "").replace(/(?:,\s*dtype=[\w.]+)?\)$/, "");
  if (!inner.startsWith("[")) return checked(where, ...fromLines(where, text));
  const rows = inner
    .split("]")
    .map((row) => row.replace(/[[\s]+/g, " ").replace(/^[ ,]+|[ ,]+$/g, ""))
    .filter((row) => row);
  return checked(where, ...fromLines(where, rows.join("\n")));
}

/** [numbers, shape] of lines of text. */
function fromLines(where, text) {
  const [values, lengths] = [[], []];
  text.split(/\r\n|\r|\n/).forEach((whole, k) => {
    const line = whole.split("#")[0].trim();
    if (!line) return;
    const fields = line.split(/\s*[,;]\s*|\s+/);
    for (const field of fields) {
      if (NUMBER.test(field)) values.push(number(field));
      else refuse(where, "numbers", `${field ? `'${short(field)}'` : "an empty field"} in line ${k + 1}`);
    }
    if (lengths.length && fields.length !== lengths[0])
      refuse(where, "numbers in rows of one length", `${fields.length} in line ${k + 1} after ${lengths[0]}`);
    lengths.push(fields.length);
  });
  if (!lengths.length) refuse(where, "a square matrix (n, n)", "no numbers");
  return [values, [lengths.length, lengths[0]]];
}

const short = (field) => ([...field].length <= 20 ? field : `${[...field].slice(0, 20).join("")}…`);

function number(field) {
  if (/nan/i.test(field)) return NaN;
  if (/inf/i.test(field)) return field.startsWith("-") ? -Infinity : Infinity;
  return Number(field);
}

// --- .npy -----------------------------------------------------------------------------------------------

const MAGIC = [0x93, ...[..."NUMPY"].map((letter) => letter.charCodeAt(0))];
const READ = {
  b1: "Uint8", i1: "Int8", u1: "Uint8", i2: "Int16", u2: "Uint16", i4: "Int32", u4: "Uint32", i8: "BigInt64", u8: "BigUint64",
  f2: null, f4: "Float32", f8: "Float64",
};

/** [numbers, shape] of the bytes of a .npy file, in either order of bytes and of storage. */
function fromNpy(where, bytes) {
  if (!MAGIC.every((byte, k) => bytes[k] === byte)) unreadable(where, "one that does not begin as .npy files do");
  const { descr, fortran, shape, data } = headerOf(bytes) ?? unreadable(where, "one that is damaged");
  if (descr === null) refuse(where, "numbers", "records");
  const [, order, type] = descr.match(/^([<>|=]?)([biufcSUVMmO]\d*.*)$/) ?? unreadable(where, "one that is damaged");
  if (type[0] === "O") unreadable(where, "Python objects, which are not opened");
  const size = Number(type.match(/\d+/)?.[0] ?? 8) * (type[0] === "U" ? 4 : 1);
  const count = shape.reduce((a, b) => a * b, 1);
  if (data.byteLength < count * size) unreadable(where, "one that is damaged");
  if (type[0] === "c") refuse(where, "real numbers", "complex ones");
  if (!"biuf".includes(type[0])) refuse(where, "numbers", `the type ${descr}`);
  if (!Object.hasOwn(READ, type)) refuse(where, "numbers of 1 to 8 bytes", `the type ${descr}`);
  const get = READ[type] ? data[`get${READ[type]}`].bind(data) : (at, little) => half(data.getUint16(at, little));
  const little = order !== ">";
  const values = new Float64Array(count);
  const [rows, columns] = shape;
  for (let k = 0; k < count; k++) {
    const to = fortran && shape.length === 2 ? (k % rows) * columns + Math.floor(k / rows) : k;
    values[to] = Number(get(k * size, little));
  }
  return [values, shape];
}

/** What the header says, and the bytes after it; null if it cannot be read, `descr` null if it names records. */
function headerOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6] > 1; // versions 2 and 3 give the header's length in four bytes
  const start = wide ? 12 : 10;
  if (bytes.length < start || bytes[6] < 1 || bytes[6] > 3) return null;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  if (bytes.length < start + length) return null;
  const header = new TextDecoder("latin1").decode(bytes.subarray(start, start + length));
  const descr = header.match(/['"]descr['"]:\s*['"]([^'"]*)['"]/)?.[1] ?? (/['"]descr['"]:\s*\[/.test(header) ? null : undefined);
  const fortran = header.match(/['"]fortran_order['"]:\s*(True|False)/)?.[1];
  const shape = header.match(/['"]shape['"]:\s*\(([\dL,\s]*)\)/)?.[1].replaceAll("L", ""); // Python 2 wrote 3L
  if (descr === undefined || !fortran || shape === undefined) return null;
  const sizes = shape.split(",").filter((size) => size.trim()).map(Number);
  const data = new DataView(bytes.buffer, bytes.byteOffset + start + length, bytes.byteLength - start - length);
  return { descr, fortran: fortran === "True", shape: sizes, data };
}

/** A number of two bytes: a sign, five bits of exponent, ten of fraction. */
function half(bits) {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

// --- what every matrix must be ----------------------------------------------------------------------------

/** { W, n }, or what is wrong. */
function checked(where, values, shape) {
  const said = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  if (shape.length !== 2 || shape[0] !== shape[1]) refuse(where, "a square matrix (n, n)", `shape ${said}`);
  const n = shape[0];
  if (n < 2 || n > MOST) {
    const more = n > MOST && n <= MOST_IN_A_NOTEBOOK ? `; in a notebook there may be ${grouped(MOST_IN_A_NOTEBOOK)}` : "";
    refuse(where, `2 to ${grouped(MOST)} units`, `${grouped(n)}${more}`);
  }
  const W = Float64Array.from(values);
  if (W.every((w) => w === 0)) refuse(where, "a matrix that is not zero", "zeros");
  if (!W.every(Number.isFinite)) refuse(where, "finite entries", "NaN or infinity");
  const largest = W.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  if (largest < SIZES[0] || largest > SIZES[1]) {
    const [low, high] = SIZES.map((size) => general(size, 6));
    refuse(where, `a largest weight between ${low} and ${high} in size`, general(largest, 3));
  }
  return { W, n };
}
