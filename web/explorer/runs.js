// Archived runs as the page holds them, what colours they have, and the command that runs one again.

export const KINDS = { rnn: "RNN", colei: "ColEI", dann: "DANN" };
export const COLOURS = { fraction: "inhibitory share", size: "units", kind: "kind of network" };

/** Every run as an object, with its group's number; in the order of H, as arrow keys go. */
export function runsOf({ columns, groups }) {
  const runs = groups.flatMap(({ runs }, group) =>
    runs.map((row) => ({ group, ...Object.fromEntries(columns.map((name, k) => [name, row[k]])) })),
  );
  return runs.sort((a, b) => a.H - b.H || a.error - b.error);
}

/** What a colour stands for: [value, words] of each, in order. */
export function classes(runs, colour) {
  const of = { fraction: (run) => run.percent, size: (run) => run.hidden, kind: (run) => run.kind }[colour];
  const words = {
    fraction: (value) => (value === null ? "none" : `${value} %`),
    size: (value) => value.toLocaleString("en"),
    kind: (value) => KINDS[value],
  }[colour];
  const order = colour === "kind" ? Object.keys(KINDS) : null;
  const values = [...new Set(runs.map(of))].sort((a, b) =>
    order ? order.indexOf(a) - order.indexOf(b) : (a ?? Infinity) - (b ?? Infinity),
  );
  return { of, list: values.map((value) => [value, words(value)]) };
}

const KIND_COLOURS = { rnn: "#0072b2", colei: "#d55e00", dann: "#009e73" };
const SCALE = ["#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"]; // viridis

/** A colour for each class: a kind's own, else along a scale; grey for none. */
export function palette(list, colour) {
  const ordered = list.filter(([value]) => value !== null);
  return new Map(
    list.map(([value]) => {
      if (colour === "kind") return [value, KIND_COLOURS[value]];
      if (value === null) return [value, "#8c959f"];
      const place = ordered.length > 1 ? ordered.findIndex(([other]) => other === value) / (ordered.length - 1) : 0.5;
      return [value, between(place * (SCALE.length - 1))];
    }),
  );
}

function between(place) {
  const low = Math.min(Math.floor(place), SCALE.length - 2);
  const part = (hex, at) => parseInt(hex.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round(part(SCALE[low], at) * (low + 1 - place) + part(SCALE[low + 1], at) * (place - low)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** The run in a few words. */
export function described(run) {
  const parts = [KINDS[run.kind], `${run.hidden.toLocaleString("en")} units`];
  if (run.inhibitory !== null)
    parts.push(`${run.inhibitory} ${run.kind === "dann" ? "interneurons" : "inhibitory"} (${run.percent}\u00a0%)`);
  if (run.rho !== null) parts.push(`radius ${short(run.rho)}`);
  return parts.join(", ");
}

/** How it learned. */
export const trained = (run) => `seed ${run.seed}, rate ${short(run.lr)}, ${run.clip === null ? "no clipping" : `clipped at ${short(run.clip)}`}`;

export const short = (x) => `${Number(x.toPrecision(3))}`;

/** What repeats it, word by word (each stays on one line), in a folder of its own so that the archive stays as it is. */
export const command = (run, { experiment, scale }) =>
  ["DALESLAW_RESULTS=again", "daleslaw run", experiment, `--scale ${scale}`, ...run.only.map((pair) => `--only ${pair}`)];

/** What a shape of the picture stands for: a kind in an archive. */
export const series = ({ kind, group }, groups) => (groups.length > 1 ? `${KINDS[kind]}, ${groups[group].label}` : KINDS[kind]);

/** The run to begin with: of the first archive, the one that learned best. */
export const best = (runs) => runs.filter(({ group }) => group === 0).reduce((a, b) => (b.error < a.error ? b : a));

/** The next of `runs` from `run` when an arrow key is pressed; left and right by H, up and down by error. */
export function neighbour(runs, run, key) {
  const by = key === "ArrowUp" || key === "ArrowDown" ? "error" : "H";
  const sorted = [...runs].sort((a, b) => a[by] - b[by]);
  if (key === "Home") return sorted[0];
  if (key === "End") return sorted.at(-1);
  const at = sorted.indexOf(run) + (key === "ArrowRight" || key === "ArrowUp" ? 1 : -1);
  return sorted[Math.min(Math.max(at, 0), sorted.length - 1)];
}
