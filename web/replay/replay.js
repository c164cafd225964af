// The training replay: networks learn again, frame by frame, from what was archived while they did.

import { keepKeys, showPlay } from "../shared/live.js";
import { GAP, NARROW } from "../shared/plots.js";
import { SPECTRUM, curves, markOf, spectrum } from "./replay-plots.js";
import { decoded, nearestFrame, nextFrame } from "./replay-data.js";
import looks from "../shared/style.css";
import css from "./replay.css";

const KIND_NAMES = { rnn: "RNN", colei: "ColEI", dann: "DANN" };
const SPEEDS = { "½×": 0.5, "1×": 1, "2×": 2, "4×": 4 };
const RATE = 8; // frames a second
const RATE_STILL = 1; // where the reader asked for less motion: a dozen pictures, one a second
const AXIS = 44; // left of the first spectrum, for its numbers

let mounted = 0;

/**
 * A replay of `data` inside `root`. Returns { set({ seed, update }), state(), destroy() }.
 * onChange({ seed, update }) is called with the first picture and after every change, but while playing.
 */
export function mount(root, data, start = {}, onChange = () => {}) {
  const found = decoded(data);
  const { updates, frames, seeds } = found;
  const view = build(root, found, `tr-${++mounted}-`);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let [k, seed] = [frames.length - 1, seeds[0]];
  let move = []; // one function a picture
  let [width, playing, last, speaking] = [0, 0, 0, 0];

  const state = () => ({ seed, update: updates[frames[k]] });

  function show() {
    for (const one of move) one(k);
    showWords(view, found, seed, k);
    view.root.dataset.drawings = Number(view.root.dataset.drawings ?? 0) + 1;
    clearTimeout(speaking);
    if (!playing) speaking = setTimeout(() => (view.spoken.textContent = sentence(found, seed, k)), 400);
    if (!playing) onChange(state());
  }
  function draw() {
    if (!width) return;
    move = pictures(view, found, seed, width);
    show();
  }
  function step(now) {
    const seconds = (now - last) / 1000;
    const rate = (still.matches ? RATE_STILL : RATE) * SPEEDS[view.speed.value];
    if (seconds * rate >= 1) {
      last = now;
      k = nextFrame(found, k, still.matches);
      if (k === frames.length - 1) stop();
      show();
    }
    if (playing) playing = requestAnimationFrame(step);
  }
  function play() {
    if (k === frames.length - 1) k = 0;
    last = performance.now();
    playing = requestAnimationFrame(step);
    showPlay(view.play, true);
    show();
  }
  function stop() {
    cancelAnimationFrame(playing);
    playing = 0;
    showPlay(view.play, false);
  }
  function set(changes) {
    const wanted = Number(changes.seed ?? seed);
    if (seeds.includes(wanted) && wanted !== seed) {
      seed = wanted;
      draw();
    }
    const update = Number(changes.update ?? NaN);
    if (Number.isFinite(update) && nearestFrame(found, update) !== k) {
      stop();
      k = nearestFrame(found, update);
      show();
    }
  }

  view.play.addEventListener("click", () => (playing ? (stop(), show()) : play()));
  view.slider.addEventListener("input", () => {
    if (playing) stop();
    k = Number(view.slider.value);
    show();
  });
  view.seed.addEventListener("change", () => set({ seed: view.seed.value }));

  const observer = new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now === width) return;
    width = now;
    draw();
  });
  set(start);
  observer.observe(view.root);
  return {
    set,
    state,
    destroy() {
      stop();
      observer.disconnect();
      clearTimeout(speaking);
      view.root.remove();
    },
  };
}

// --- the page -----------------------------------------------------------------------------------------

function build(root, { frames, kinds, seeds, provenance }, id) {
  const replay = document.createElement("div");
  replay.className = "sl tr";
  replay.setAttribute("role", "group");
  keepKeys(replay);
  replay.setAttribute("aria-label", "Training replay");
  const options = (values, chosen) =>
    values.map((value) => `<option${value === chosen ? " selected" : ""}>${value}</option>`).join("");
  replay.innerHTML = `
    <style>${looks}${css}</style>
    <div class="tr-controls">
      <button type="button" class="sl-play tr-play">Play</button>
      <div class="sl-slider">
        <label for="${id}frame">Update</label><output for="${id}frame"></output>
        <input type="range" id="${id}frame" min="0" max="${frames.length - 1}" step="1">
      </div>
      <div class="tr-choice"><label for="${id}speed">Speed</label>
        <select id="${id}speed">${options(Object.keys(SPEEDS), "1×")}</select></div>
      <div class="tr-choice"><label for="${id}seed">Seed</label>
        <select id="${id}seed">${options(seeds, seeds[0])}</select></div>
    </div>
    <div class="tr-spectra">
      ${kinds
        .map(
          (kind) => `
        <div class="sl-panel" data-kind="${kind}">
          <div class="tr-title"><div class="sl-title">${markOf(kind).outerHTML}<b>${KIND_NAMES[kind]}</b></div>
            <div data-is="entropy"></div><div data-is="error"></div></div>
          <svg role="img"></svg>
        </div>`,
        )
        .join("")}
    </div>
    <div class="tr-curves"><svg role="img" data-is="entropy"></svg><svg role="img" data-is="error"></svg></div>
    <div class="sl-words tr-foot">Broad and faint: singular values before learning. <span></span></div>
    <div class="sl-hidden" role="status" aria-live="polite"></div>`;
  root.append(replay);
  const one = (selector) => replay.querySelector(selector);
  one(".tr-foot span").textContent = provenance;
  return {
    id,
    root: replay,
    play: one(".tr-play"),
    slider: one("input[type=range]"),
    output: one("output"),
    speed: one(`#${id}speed`),
    seed: one(`#${id}seed`),
    panels: [...replay.querySelectorAll(".sl-panel")].map((box) => ({
      kind: box.dataset.kind,
      svg: box.querySelector(":scope > svg"),
      entropy: box.querySelector("[data-is=entropy]"),
      error: box.querySelector("[data-is=error]"),
    })),
    curves: { entropy: one("svg[data-is=entropy]"), error: one("svg[data-is=error]") },
    spoken: one("[role=status]"),
  };
}

// --- what a frame changes -----------------------------------------------------------------------------

/** Every picture drawn anew; returns what moves each to a frame. */
function pictures(view, found, seed, width) {
  const network = (kind) => found.networks[`${kind} ${seed}`];
  const narrow = width < NARROW;
  const side = Math.floor((width - AXIS - (found.kinds.length - 1) * GAP) / found.kinds.length);
  const height = Math.min(Math.max(side, 120), 220) + SPECTRUM.bottom;
  const move = view.panels.map(({ kind, svg }, k) =>
    spectrum(svg, network(kind), { width: side + (k ? 0 : AXIS), height, left: k ? 0 : AXIS, labelled: !k }),
  );
  for (const { kind, svg } of view.panels)
    svg.closest(".sl-panel").querySelector(".tr-title").style.marginLeft = kind === found.kinds[0] ? `${AXIS}px` : 0;
  const labels = { entropy: "entropy H", error: "test error (%)" };
  for (const [quantity, svg] of Object.entries(view.curves)) {
    const lines = found.kinds.map((kind) => ({ kind, values: network(kind)[quantity] }));
    const size = { width: narrow ? width : Math.floor((width - GAP) / 2), height: narrow ? 150 : 190 };
    const more = { label: labels[quantity], log: quantity === "error", id: `${view.id}${quantity}` };
    move.push(curves(svg, found, lines, { ...size, ...more }));
  }
  return move;
}

const percent = (error) => (error === null ? "diverged" : `${error.toFixed(error < 10 ? 2 : 1)}\u2009%`);
const three = (H) => (H === null ? "none" : H.toFixed(3));

function showWords(view, found, seed, k) {
  const { updates, frames, networks } = found;
  const update = updates[frames[k]].toLocaleString("en");
  if (Number(view.slider.value) !== k) view.slider.value = k;
  view.seed.value = seed;
  view.slider.style.setProperty("--sl-filled", `${(100 * k) / (frames.length - 1)}%`);
  view.slider.setAttribute("aria-valuetext", `update ${update}`);
  view.output.textContent = `${update} of ${updates.at(-1).toLocaleString("en")}`;
  for (const { kind, svg, entropy, error } of view.panels) {
    const one = networks[`${kind} ${seed}`];
    const [H, before] = [one.entropy[frames[k]], one.entropy[0]];
    entropy.innerHTML = `<i>H</i> <span class="tr-from">${three(before)} → </span><b>${three(H)}</b>`;
    error.innerHTML = `error <b>${percent(one.error[frames[k]])}</b>`;
    const [s, s0] = [one.spectra[k], one.spectra[0]];
    svg.setAttribute(
      "aria-label",
      `${KIND_NAMES[kind]}, singular values by rank at update ${update}: largest ${s[0].toFixed(2)}, ` +
        `middle ${s[s.length >> 1].toFixed(2)}; before learning ${s0[0].toFixed(2)} and ${s0[s.length >> 1].toFixed(2)}.`,
    );
  }
  view.curves.entropy.setAttribute("aria-label", `Entropy H of each network against updates, marked at ${update}.`);
  view.curves.error.setAttribute("aria-label", `Test error of each network against updates, marked at ${update}.`);
}

function sentence({ updates, frames, kinds, networks }, seed, k) {
  const each = kinds.map((kind) => {
    const one = networks[`${kind} ${seed}`];
    return `${KIND_NAMES[kind]}: H ${three(one.entropy[frames[k]])}, error ${percent(one.error[frames[k]])}`;
  });
  return `Update ${updates[frames[k]].toLocaleString("en")}, seed ${seed}. ${each.join("; ")}.`;
}
