// What the bundle computes, for a test to compare with the library: a JSON request on standard input, its
// answer on standard output. Needs nothing but Node.js.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInThisContext } from "node:vm";

const bundle = join(dirname(fileURLToPath(import.meta.url)), "..", "daleslaw_lib", "widgets", "web", "bundle", "laboratory.js");
runInThisContext(readFileSync(bundle, "utf8"), { filename: bundle });
const { core } = globalThis.SpectralLaboratory;

const ANSWERS = {
  /** Spectra of matrices that the library drew. */
  spectra: ({ matrices }) =>
    matrices.map(({ n, W }) => {
      const { real, imaginary } = core.eigenvalues(W, n);
      const s = core.singularValues(W, n, n);
      return { s: [...s], real: [...real], imaginary: [...imaginary], H: core.entropy(s) };
    }),
  /** Matrices that the bundle draws, at spectral radius 1, and what it says of them. */
  draws: ({ settings }) =>
    settings.map((one) => {
      const found = core.draw(one);
      return { W: [...found.W], nE: found.nE, nI: found.nI, unit: found.unit };
    }),
  /** ColEI before its diagonal is emptied and its radius set. */
  colei: ({ n, nE, nI, distribution, seed }) => {
    const { magnitude } = core.DISTRIBUTIONS[distribution];
    return [...core.coleiUnscaled(n, nE, nI, magnitude, core.generator(seed)).W];
  },
  /** Largest singular values and H of many draws beside what theory says, at spectral radius rho. */
  predicted: ({ settings }) =>
    settings.map((one) => {
      const { s, H, theory } = core.computer()(core.merged(core.paper(one.kind), one));
      return { s: [...s.slice(0, 3)], H, marks: theory.marks, entropy: theory.entropy };
    }),
  quarter: ({ n, s, rho }) => ({
    density: s.map((x) => core.theory.quarterCircle(x, rho)),
    values: [...core.theory.quarterCircleValues(n, rho)],
    entropies: [core.theory.quarterCircleEntropy(n), core.theory.quarterCircleEntropy(n, 1)],
  }),
  coleiTheory: ({ cases, s }) =>
    cases.map(([nE, nI]) => ({
      density: s.map((x) => core.theory.coleiNoiseDensity(x, nE, nI)),
      spikes: core.theory.coleiSpikes(nE, nI),
      values: [...core.theory.coleiValues(nE, nI)],
    })),
  coleiScale: ({ nE, nI, cv, s }) => s.map((x) => core.theory.coleiNoiseDensity(x, nE, nI, cv)),
  merged: ({ start, changes }) => core.merged(core.paper(start), changes),
};

const { ask, ...question } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(ANSWERS[ask](question)));
