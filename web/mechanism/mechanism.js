// The mechanism, moving: a hundred directions carried step by step through two networks that read a digit.

import own from "./mechanism.css";
import { FIRST, STEPS, computer } from "./clouds.js";
import { BARS, cloudIn, curvesIn, digitIn } from "./mechanism-plots.js";
import { choiceOf, figureIn, live, showPlay, showSlider, sliderOf } from "../shared/live.js";
import { GAP, NARROW } from "../shared/plots.js";
import css from "../shared/style.css";

const NAMES = {
  rnn: "RNN",
  colei: "ColEI",
  no_outlier: "ColEI, no outlier",
  equal: "ColEI, one variance",
  neither: "ColEI, both changed",
  dann: "DANN",
};
const BESIDE = Object.entries(NAMES).slice(1);
const LESS = "every column has lost its mean, and the matrix its largest singular value";
const EVEN = "all columns vary by as much around their means";
const CHANGED = { no_outlier: LESS, equal: EVEN, neither: `${LESS}; ${EVEN}` };
const KIND = (name) => (name in CHANGED ? "colei" : name);
const WAYS = { forward: "Changes, forward", backward: "Gradients, backward" };
const START = { beside: "colei", way: "forward", seed: 44, step: STEPS }; // a draw near the medians of many
const SECONDS = 0.9; // a step, in motion
const N = 100;

let mounted = 0;

/** `changes` on top of `settings`; what is unknown or out of range is refused. */
export function merged(settings, changes) {
  const next = { ...settings };
  if (BESIDE.some(([name]) => name === changes.beside)) next.beside = changes.beside;
  if (Object.hasOwn(WAYS, changes.way)) next.way = changes.way;
  const [seed, step] = [Number(changes.seed ?? NaN), Number(changes.step ?? NaN)];
  if (Number.isSafeInteger(seed) && seed >= 0) next.seed = seed;
  if (Number.isFinite(step)) next.step = Math.min(Math.max(Math.round(step), 0), STEPS);
  return next;
}

/** The images as numbers from 0 to 1, of base64 text, a byte a pixel. */
export const decoded = ({ digits }) =>
  digits.map((text) => Float64Array.from(atob(text), (letter) => letter.charCodeAt(0) / 255));

/**
 * The figure inside `root`; `data` are { digits }. Returns { set(changes), settings(), destroy() }.
 * onChange(settings, { directions, gain }) is called after every drawing that stands still: of the two networks, in order.
 */
export function mount(root, data, start = {}, onChange = () => {}) {
  const id = `mm-${++mounted}-`;
  const images = decoded(data);
  const pixels = (seed) => images[seed % images.length];
  const compute = computer(pixels, N);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const view = build(root, id);
  let settings = merged(START, start);
  let [playing, began, from, fresh] = [0, 0, 0, true];

  const picture = live(view.root, view.spoken, (width) => {
    const now = performance.now();
    const at = playing ? Math.min(from + Math.max(now - began, 0) / (1000 * SECONDS), STEPS) : settings.step;
    settings.step = Math.round(at);
    if (at >= STEPS) stop();
    const found = show(view, settings, compute, pixels(settings.seed), eased(at, calm.matches), width);
    showPlay(view.play, playing);
    if (playing) picture.soon();
    else onChange({ ...settings }, found);
    return playing ? "" : sentence(settings, found);
  });
  function play() {
    [playing, began, from] = [1, performance.now(), fresh || settings.step === STEPS ? 0 : settings.step];
    fresh = false;
    picture.soon();
  }
  function stop() {
    playing = 0;
  }
  function set(changes) {
    if (changes.step !== undefined) stop();
    settings = merged(settings, changes);
    picture.soon();
  }
  function move(step) {
    fresh = false;
    set({ step });
  }

  view.play.addEventListener("click", () => (playing ? (stop(), picture.soon()) : play()));
  view.next.addEventListener("click", () => move(settings.step === STEPS ? 0 : settings.step + 1));
  view.slider.addEventListener("input", () => move(view.slider.value));
  for (const input of view.ways) input.addEventListener("change", () => set({ way: input.value }));
  view.beside.addEventListener("change", () => set({ beside: view.beside.value }));
  view.again.addEventListener("click", () => set({ seed: settings.seed + 1 }));
  return {
    set,
    settings: () => ({ ...settings }),
    destroy() {
      stop();
      picture.stop();
      view.root.remove();
    },
  };
}

/** Where the cloud is between two steps: it rests, moves, rests; with less motion it is at one of them. */
function eased(at, calm) {
  const [whole, part] = [Math.floor(at), at % 1];
  if (calm) return Math.round(at);
  const share = Math.min(Math.max((part - 0.25) / 0.5, 0), 1);
  return whole + share * share * (3 - 2 * share);
}

// --- the page -----------------------------------------------------------------------------------------

function build(root, id) {
  const content = `
    <div class="mm-controls">
      <button type="button" class="sl-play">Play</button>
      <button type="button" data-is="next">Step</button>
      ${sliderOf(id, "step", "Steps", { min: 0, max: STEPS, step: 1 })}
      <button type="button" data-is="again">New draw</button>
      ${choiceOf(id, "way", "What is carried", Object.entries(WAYS), false)}
      <div class="mm-choice"><label for="${id}beside">Beside the RNN</label>
        <select id="${id}beside">${BESIDE.map(([value, words]) => `<option value="${value}">${words}</option>`)
.join("")}</select></div>
    </div>
    <div class="mm-panels">
      ${["left", "right"]
        .map((side) => `<div class="sl-panel" data-is="${side}"><div class="sl-title"></div><div class="mm-numbers"></div><svg role="img"></svg></div>`)
        .join("")}
      <div class="mm-curves"><div class="sl-panel" data-is="directions"><div class="sl-title">Directions left</div><svg role="img"></svg></div>
        <div class="sl-panel" data-is="gain"><div class="sl-title">Size of the cloud</div><svg role="img"></svg></div></div>
    </div>
    <div class="mm-foot"><svg role="img" data-is="digit"></svg><p class="sl-words"></p></div>`;
  const figure = figureIn(root, "The mechanism, moving", "sl mm", css + own, content);
  const one = (selector) => figure.querySelector(selector);
  const panel = (name) => {
    const box = one(`.sl-panel[data-is=${name}]`);
    return { box, svg: box.querySelector("svg"), title: box.querySelector(".sl-title"), numbers: box.querySelector(".mm-numbers") };
  };
  return {
    root: figure,
    play: one(".sl-play"),
    next: one("[data-is=next]"),
    slider: one("input[type=range]"),
    ways: [...figure.querySelectorAll("[data-is=way]")],
    beside: one("select"),
    again: one("[data-is=again]"),
    clouds: [panel("left"), panel("right")],
    curves: { directions: panel("directions"), gain: panel("gain") },
    digit: one("[data-is=digit]"),
    words: one(".mm-foot p"),
    spoken: one("[role=status]"),
  };
}

// --- what a drawing changes ---------------------------------------------------------------------------

function show(view, settings, compute, pixels, at, width) {
  const { beside, way, seed, step } = settings;
  const names = ["rnn", beside];
  const networks = names.map((name) => compute(name, seed));
  const measures = networks.map((one) => one.measures(way));
  const narrow = width < NARROW;
  const side = Math.floor(narrow ? (width - GAP) / 2 : Math.min((width - 2 * GAP) / 3.1, 300));

  view.root.dataset.kind = KIND(beside);
  showSlider(view.slider, step, `${step} of ${STEPS}`);
  for (const input of view.ways) input.checked = input.value === way;
  view.beside.value = beside;

  networks.forEach((one, k) => {
    const { box, svg, title, numbers } = view.clouds[k];
    const [whole, part] = [Math.floor(at), at % 1];
    const shapes = [whole, part ? whole + 1 : whole].map((step) => one.shape(way, step));
    box.className = `sl-panel sl-${KIND(names[k])}`;
    title.textContent = NAMES[names[k]];
    const { directions, logGain } = measures[k][step];
    numbers.innerHTML = `<b>${three(directions)}</b> of ${N} directions<br>size <b>${times(logGain)}</b>`;
    cloudIn(svg, shapes, part, side);
    svg.setAttribute(
      "aria-label",
      `${NAMES[names[k]]} after ${stepsOf(step)}: the cloud in the plane of its two longest axes, ${three(directions)} of ${N} directions left.`,
    );
  });
  const kinds = names.map(KIND);
  const room = narrow ? { width: side, height: 132 } : { width: width - 2 * side - 2 * GAP, height: Math.floor((side + 84) / 2) };
  curvesIn(view.curves.directions.svg, measures.map((all) => all.map((m) => m.directions)), kinds, at, { ...room, log: [1, 100], ticks: [1, 10, 100] });
  curvesIn(view.curves.gain.svg, measures.map((all) => all.map((m) => 10 ** m.logGain)), kinds, at, { ...room, log: [1e-5, 1e3], ticks: [1e-4, 1e-2, 1, 100] });
  for (const [name, what] of [["directions", "Directions left"], ["gain", "Size of the cloud, 1 at the start"]])
    view.curves[name].svg.setAttribute("aria-label", `${what}, step by step, on a logarithmic axis: ${names.map((n) => NAMES[n]).join(" and ")}.`);
  showDigit(view, settings, pixels);
  return { directions: measures.map((all) => all[step].directions), gain: measures.map((all) => all[step].logGain) };
}

function showDigit({ digit, words }, { beside, way, step }, pixels) {
  const last = FIRST + STEPS;
  const rows = way === "forward" ? [FIRST, FIRST + step] : [last - step, last];
  digitIn(digit, pixels, rows);
  digit.setAttribute("aria-label", `The digit, rows ${rows[0] + 1} to ${rows[1]} marked.`);
  const start =
    way === "forward"
      ? `After row ${FIRST} their state is changed a little, in ${N} directions at right angles to each other; a step is the next row`
      : `${N} gradients at right angles to each other arrive at the state after row ${last}; a step is the row before`;
  const changed = CHANGED[beside] ? ` ${NAMES[beside]}: ${CHANGED[beside]}. It no longer obeys Dale’s law.` : "";
  words.textContent =
    `Both networks read this digit from the top. ${start}. Each dot is one direction. A cloud is drawn in the plane of its two longest axes, and ` +
    `scaled so that the longest always has the same length; bars are its lengths along its first ${BARS} axes.${changed}`;
}

const stepsOf = (step) => `${step} step${step === 1 ? "" : "s"}`;
const three = (x) => (x >= 10 ? x.toFixed(0) : x.toFixed(1));

/** A size, as a factor. */
function times(logGain) {
  if (logGain === -Infinity) return "0";
  return `×\u2009${Number((10 ** logGain).toPrecision(2))}`;
}

function sentence({ beside, way, step }, { directions, gain }) {
  const each = ["rnn", beside].map((name, k) => `${NAMES[name]}: ${three(directions[k])} of ${N} directions left, size ${times(gain[k])}`);
  return `After ${stepsOf(step)} ${way}. ${each.join("; ")}.`;
}
