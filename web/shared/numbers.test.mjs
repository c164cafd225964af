// What the bundle computes, for a test to compare with the library: a JSON request on standard input, its
// answer on standard output. Needs nothing but Node.js.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInThisContext } from "node:vm";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(web, "..", "daleslaw_lib", "widgets", "bundle", "figures.js");
runInThisContext(readFileSync(bundle, "utf8"), { filename: bundle });
const figures = globalThis.DaleslawFigures;

const { core } = figures["spectral-laboratory"];
const { core: transplant } = figures["transplant-bench"];
const { core: mechanism } = figures["moving-mechanism"];
const { core: circle } = figures["stretched-circle"];
const { core: shaking } = figures["shaken-matrices"];
const { core: own } = figures["own-matrix"];
const { core: runs } = figures["run-explorer"];
const { core: replay } = figures["training-replay"];

const ANSWERS = {
  figures: () => Object.keys(figures),
  /** Each kind of the data after a step, for each of several settings; and settings with changes that a page might ask for. */
  shaken: ({ data: { kinds, n, nE }, settings }) =>
    settings.map((one) => Object.fromEntries(Object.entries(kinds).map(([kind, its]) => [kind, shaking.after(its, one, n, nE)]))),
  shakenMerged: ({ changes }) => changes.map((one) => shaking.merged(shaking.START, one)),
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
  /** All singular values of draws, by rank, and those that theory expects. */
  predictedValues: ({ settings }) =>
    settings.map((one) => {
      const { s, theory } = core.computer()(core.merged(core.paper(one.kind), one));
      return { s: [...s], values: [...theory.values], entropy: theory.entropy };
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
  /** Transplants of matrices that the library drew. */
  transplants: ({ cases }) =>
    cases.map(({ rnn, colei, ...settings }) => {
      const both = { rnn: transplant.taken(rnn, settings.n), colei: transplant.taken(colei, settings.n) };
      const found = transplant.combine(both, settings);
      const { real, imaginary } = found.eigen;
      return { ...found, W: [...found.W], s: [...found.s], signs: [...found.signs], real: [...real], imaginary: [...imaginary] };
    }),
  /** The two matrices that the bench draws. */
  pair: ({ settings }) =>
    Object.fromEntries(Object.entries(transplant.pair(settings)).map(([kind, { W, s }]) => [kind, { W: [...W], s: [...s] }])),
  matched: ({ s, matching, seed }) => [...transplant.matched(s, matching, seed)],
  benchMerged: ({ changes }) => transplant.merged(transplant.START, changes),
  /** A cloud, carried by networks that the library drew. */
  carried: ({ cases, from, steps, cloud }) =>
    cases.map(({ U, W, x }) => {
      const n = Math.round(Math.sqrt(W.length));
      const net = { U: Float64Array.from(U), W: Float64Array.from(W), n };
      const masks = mechanism.active(net, x).slice(from, from + steps);
      const way = (backward) =>
        mechanism.products(net.W, n, masks, backward).map((M) => {
          const { places, lengths } = mechanism.shape(M, Float64Array.from(cloud), n);
          return { ...mechanism.measured(M, n), places: places.map((one) => [...one]), lengths: [...lengths] };
        });
      return { masks: masks.map((one) => [...one]), forward: way(false), backward: way(true) };
    }),
  changes: ({ n, W }) =>
    Object.fromEntries(Object.entries(mechanism.CHANGES).map(([name, change]) => [name, [...change(Float64Array.from(W), n)]])),
  /** Input weights that the bundle draws. */
  inputs: ({ kind, n, inputs, seeds }) => seeds.map((seed) => [...core.inputWeights(kind, n, inputs, core.generator(seed))]),
  cloud: ({ n, seed }) => [...mechanism.cloud(n, seed)],
  /** What the figure itself says of many draws after each step, forward. */
  mechanisms: ({ data, names, seeds }) => {
    const images = mechanism.decoded(data);
    const compute = mechanism.computer((seed) => images[seed % images.length]);
    return names.map((name) => seeds.map((seed) => compute(name, seed).measures("forward").map((m) => m.directions)));
  },
  mechanismMerged: ({ start, changes }) => mechanism.merged(start, changes),
  /** Ellipses and radii of pairs of units, and what is made of settings. */
  pairs: ({ cases, steps }) =>
    cases.map((W) => {
      const found = circle.power(W, steps);
      return { power: found, radius: circle.radius(found), ...circle.ellipse(found) };
    }),
  pairMerged: ({ changes }) => circle.merged(circle.START, changes),
  pairMatrix: ({ settings }) => circle.matrixOf(settings),
  /** Runs as the explorer has them, with their commands, and where each arrow key leads. */
  runs: ({ data, keys }) => {
    const all = runs.runsOf(data);
    const leads = (run) => Object.fromEntries(keys.map((key) => [key, runs.neighbour(all, run, key).id]));
    return all.map((run) => ({ ...run, command: runs.command(run, data.groups[run.group]).join(" "), leads: leads(run) }));
  },
  classes: ({ data, colour }) => {
    const { list } = runs.classes(runs.runsOf(data), colour);
    return { list, colours: [...runs.palette(list, colour).values()] };
  },
  /** What the laboratory says of draws: matrices at their scale, spectra, what theory has. */
  laboratory: ({ settings }) =>
    settings.map((one) => {
      const set = core.merged(core.paper(one.kind), one);
      const { W, s, H, nE, nI, eigen, radius, theory } = core.computer()(set);
      const { values, entropy, disc, marks } = theory;
      const own = { values: values && [...values], entropy, disc, marks };
      return { set, W: W.map((w) => w * set.rho), s: [...s], H, nE, nI, radius, moduli: [...eigen.real.map((x, k) => Math.hypot(x, eigen.imaginary[k]))], theory: own };
    }).map((found) => ({ ...found, W: [...found.W] })),
  starts: () => core.STARTS,
  splitInputs: ({ cases }) => cases.map((one) => core.splitInputs(...one)),
  towards: ({ W, s, n, nE, rounds }) => [...core.towardsSpectrum(Float64Array.from(W), s, n, nE, rounds)],
  sparser: ({ cases }) => cases.map(([cv, p]) => core.theory.sparser(cv, p)),
  discs: ({ cases }) => cases.map((one) => core.theory.discOf(...one)),
  /** What is said of files, as base64, and of pasted texts: a report, or in a line what is wrong. */
  own: ({ files }) =>
    files.map(({ name, bytes, text }) => {
      try {
        const { W, n } = bytes === undefined ? own.fromText(text) : own.fromFile(name, Uint8Array.from(Buffer.from(bytes, "base64")));
        const { s, eigen, ...found } = own.examine(W, n);
        return { ...found, W: [...W], s: [...s] };
      } catch (error) {
        if (error.constructor.name === "Error" || error instanceof TypeError) throw error;
        return { refused: error.message };
      }
    }),
  written: ({ numbers, figures, places }) =>
    numbers.map((x) => [...figures.map((k) => own.general(x, k)), ...places.map((k) => own.fixed(x, k))]),
  gains: ({ matrices }) => matrices.map(({ n, W }) => own.gainOfHalf(Float64Array.from(W), n)),
  merged: ({ start, changes }) => core.merged(core.paper(start), changes),
  /** What a replay is given, decoded: each network's spectra at all frames. */
  replayed: ({ data }) =>
    Object.fromEntries(
      Object.entries(replay.decoded(data).networks).map(([name, one]) => [name, one.spectra.map((s) => [...s])]),
    ),
  nearestFrames: ({ data, updates }) => {
    const found = replay.decoded(data);
    return updates.map((update) => replay.nearestFrame(found, update));
  },
  /** The frames that are shown from the first to the last, moving or in few still steps. */
  played: ({ data, still }) => {
    const found = replay.decoded(data);
    const seen = [0];
    while (seen.at(-1) < found.frames.length - 1) seen.push(replay.nextFrame(found, seen.at(-1), still));
    return seen;
  },
};

const { ask, ...question } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(ANSWERS[ask](question)));
