// What a replay shows, out of the compact form in which the page holds it (daleslaw_lib/studies/learning/replay.py).

const [SMALLEST, STEPS] = [-4, 10000]; // code c is 10^(SMALLEST + c / STEPS); 0 is anything below

/**
 * { updates, frames, kinds, seeds, networks: { "kind seed": { error, entropy, spectra } } }.
 * error (%) and entropy have a number an evaluation, or null once a run diverged; spectra a Float64Array a
 * frame, largest first. frames are positions in updates.
 */
export function decoded({ updates, frames, provenance, networks }) {
  const unique = (name) => [...new Set(networks.map((one) => one[name]))];
  const found = {};
  for (const { kind, seed, error, entropy, s } of networks)
    found[`${kind} ${seed}`] = { kind, error, entropy, spectra: spectra(s, frames.length) };
  return { updates, frames, provenance, kinds: unique("kind"), seeds: unique("seed"), networks: found };
}

function spectra(text, rows) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const columns = bytes.length / 2 / rows;
  return Array.from({ length: rows }, (_, row) =>
    Float64Array.from({ length: columns }, (_, k) => {
      const code = view.getUint16(2 * (row * columns + k), true);
      return code ? 10 ** (SMALLEST + code / STEPS) : 0;
    }),
  );
}

/** The frame whose update is nearest to a number of updates. */
export function nearestFrame({ updates, frames }, update) {
  const distance = (k) => Math.abs(updates[frames[k]] - update);
  return frames.reduce((best, _, k) => (distance(k) < distance(best) ? k : best), 0);
}

/** The frame after `k` when playing: the next one, or with `still` one of about a dozen; never past the last. */
export function nextFrame({ frames }, k, still = false) {
  return Math.min(k + (still ? Math.ceil(frames.length / 12) : 1), frames.length - 1);
}
