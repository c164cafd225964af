// The spectral laboratory: controls, pictures that follow them, and the normalised SVD entropy.

import { KINDS } from "./draws.js";
import { MARGIN, histogram, matrix, plain, plane, ruler } from "./plots.js";
import { RANGES, computer, isPaper, merged, paper } from "./settings.js";
import css from "./style.css";

const KIND_NAMES = { rnn: "RNN", colei: "ColEI", dann: "DANN", dann_drawn: "DANN, drawn W<sub>ix</sub>" };
const DISTRIBUTION_NAMES = {
  rnn: { uniform: "uniform", normal: "normal", exponential: "Laplace", lognormal: "log-normal, ±" },
  other: { uniform: "uniform from 0", normal: "half-normal", exponential: "exponential", lognormal: "log-normal" },
};
const LEGENDS = {
  matrix: '<span class="sl-legend"><i class="sl-plus"></i>+<i class="sl-minus"></i>\u2212</span>',
  histogram: '<span class="sl-legend"><i class="sl-swatch"></i>draw<i class="sl-stroke"></i>theory</span>',
};
const NARROW = 560; // as in style.css
const GAP = 12; // between pictures, as in style.css
const REMEMBERED = 60; // entropies of earlier draws

let mounted = 0;

/**
 * A laboratory inside `root`. Returns { set(changes), settings(), result(), destroy() }.
 * onChange(settings, result) is called after every drawing, also the first.
 */
export function mount(root, start = {}, onChange = () => {}) {
  const id = `sl-${++mounted}-`;
  const view = build(root, id);
  const compute = computer();
  let settings = merged(paper(start.kind in KINDS ? start.kind : "colei"), start);
  let result = null;
  let seen = { key: null, values: [] };
  let width = 0;
  let waiting = 0;
  let speaking = 0;

  function redraw() {
    waiting = 0;
    if (!width) return;
    result = compute(settings);
    remember();
    showControls(view, settings, result);
    showPictures(view, settings, result, seen.values.slice(0, -1), width);
    view.root.dataset.drawings = Number(view.root.dataset.drawings ?? 0) + 1;
    clearTimeout(speaking);
    speaking = setTimeout(() => (view.spoken.textContent = sentence(settings, result)), 400);
    onChange(settings, result);
  }
  function remember() {
    const { kind, n, inhibitory, distribution, seed } = settings;
    const key = [kind, n, inhibitory, distribution].join();
    if (key !== seen.key) seen = { key, values: [], last: null };
    if (seed !== seen.last) seen.values = [...seen.values, result.H].slice(-REMEMBERED);
    seen.last = seed;
  }
  function set(changes) {
    settings = merged(settings, changes);
    waiting ||= requestAnimationFrame(redraw); // as many changes as come before the next frame are one
  }

  for (const input of view.kinds) input.addEventListener("change", () => set({ kind: input.value }));
  for (const [name, { input }] of Object.entries(view.sliders))
    input.addEventListener("input", () => set({ [name]: input.value }));
  view.distribution.addEventListener("change", () => set({ distribution: view.distribution.value }));
  view.again.addEventListener("click", () => set({ seed: settings.seed + 1 }));
  view.preset.addEventListener("click", () => set({ ...paper(settings.kind), seed: settings.seed }));

  const observer = new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now === width) return;
    width = now;
    redraw();
  });
  observer.observe(view.root);
  return {
    set,
    settings: () => settings,
    result: () => result,
    destroy() {
      observer.disconnect();
      cancelAnimationFrame(waiting);
      clearTimeout(speaking);
      view.root.remove();
    },
  };
}

// --- the page -----------------------------------------------------------------------------------------

function build(root, id) {
  const sliders = {
    n: ["Units <i>N</i>", RANGES.n],
    inhibitory: ["Inhibitory", RANGES.inhibitory],
    rho: ["Radius <i>ρ</i>", RANGES.rho],
  };
  const laboratory = document.createElement("div");
  laboratory.className = "sl";
  laboratory.setAttribute("role", "group");
  laboratory.setAttribute("aria-label", "Spectral laboratory");
  laboratory.innerHTML = `
    <style>${css}</style>
    <div class="sl-controls">
      <div class="sl-row">
        <fieldset class="sl-kinds"><legend class="sl-hidden">Kind of network</legend>
          ${Object.keys(KINDS)
            .map(
              (kind) =>
                `<label><input type="radio" name="${id}kind" value="${kind}"><span class="sl-name">${KIND_NAMES[kind]}</span></label>`,
            )
            .join("")}
        </fieldset>
        <span class="sl-grow"></span>
        <button type="button" data-is="preset">Paper’s setting</button>
        <button type="button" data-is="again">New draw</button>
      </div>
      ${Object.entries(sliders)
        .map(
          ([name, [label, { min, max, step }]]) => `
        <div class="sl-slider">
          <label for="${id}${name}">${label}</label><output for="${id}${name}"></output>
          <input type="range" id="${id}${name}" name="${name}" min="${min}" max="${max}" step="${step}">
        </div>`,
        )
        .join("")}
      <div class="sl-slider">
        <label for="${id}distribution">Distribution</label><select id="${id}distribution"></select>
      </div>
    </div>
    <div class="sl-panels">
      ${["matrix", "plane", "histogram"]
        .map(
          (name) => `
        <div class="sl-panel">
          <div class="sl-title"><span></span>${LEGENDS[name] ?? ""}</div><div class="sl-sub"></div>
          <div class="sl-canvas">${name === "matrix" ? "<canvas aria-hidden='true'></canvas>" : ""}<svg role="img" data-is="${name}"></svg></div>
        </div>`,
        )
        .join("")}
    </div>
    <div class="sl-entropy">
      <div><div class="sl-h"></div><div class="sl-words"></div></div>
      <div class="sl-ruler"><svg aria-hidden="true" data-is="ruler"></svg></div>
    </div>
    <div class="sl-hidden" role="status" aria-live="polite"></div>`;
  root.append(laboratory);
  const one = (selector) => laboratory.querySelector(selector);
  const panels = {};
  for (const name of ["matrix", "plane", "histogram"]) {
    const svg = one(`svg[data-is=${name}]`);
    const panel = svg.closest(".sl-panel");
    panels[name] = { box: panel, svg, title: panel.querySelector(".sl-title span"), sub: panel.querySelector(".sl-sub") };
  }
  return {
    root: laboratory,
    kinds: [...laboratory.querySelectorAll(".sl-kinds input")],
    sliders: Object.fromEntries(
      Object.keys(sliders).map((name) => {
        const input = one(`input[name=${name}]`);
        const [label, output] = ["label", "output"].map((tag) => input.parentElement.querySelector(tag));
        return [name, { input, label, output }];
      }),
    ),
    distribution: one("select"),
    again: one("[data-is=again]"),
    preset: one("[data-is=preset]"),
    canvas: one("canvas"),
    panels,
    h: one(".sl-h"),
    words: one(".sl-words"),
    ruler: one("svg[data-is=ruler]"),
    spoken: one("[role=status]"),
  };
}

// --- what a drawing changes ---------------------------------------------------------------------------

function showControls(view, settings, { nI }) {
  const { kind } = settings;
  view.root.dataset.kind = kind;
  for (const input of view.kinds) input.checked = input.value === kind;
  view.sliders.inhibitory.label.textContent = kind.startsWith("dann") ? "Interneurons" : "Inhibitory";
  const says = {
    n: `${settings.n}`,
    inhibitory: kind === "rnn" ? "none" : `${nI} (${settings.inhibitory} %)`,
    rho: plain(settings.rho),
  };
  for (const [name, { input, output }] of Object.entries(view.sliders)) {
    if (Number(input.value) !== settings[name]) input.value = settings[name];
    const { min, max } = RANGES[name];
    input.style.setProperty("--sl-filled", `${(100 * (settings[name] - min)) / (max - min)}%`);
    input.setAttribute("aria-valuetext", says[name]);
    output.textContent = says[name];
  }
  view.sliders.inhibitory.input.disabled = kind === "rnn";
  const names = DISTRIBUTION_NAMES[kind] ?? DISTRIBUTION_NAMES.other;
  if (view.distribution.dataset.names !== Object.values(names).join()) {
    view.distribution.replaceChildren(...Object.entries(names).map(([value, name]) => new Option(name, value)));
    view.distribution.dataset.names = Object.values(names).join();
  }
  view.distribution.value = settings.distribution;
  view.preset.setAttribute("aria-disabled", isPaper(settings));
}

/** Sides of the square plots and the width of the histogram: in one row, or in two where it is narrow. */
function layout(width) {
  const taken = MARGIN.matrix + 2 + MARGIN.plane + MARGIN.right;
  if (width < NARROW) {
    const side = Math.floor((width - taken - GAP) / 2);
    return { side, histogram: width, height: Math.min(Math.max(side, 150), 190) };
  }
  const side = Math.floor((width - taken - MARGIN.histogram - MARGIN.right - 2 * GAP) / 3.35);
  return { side, histogram: width - taken - 2 * side - 2 * GAP, height: side };
}

function showPictures(view, settings, result, before, width) {
  const { kind } = settings;
  const { side, histogram: histogramWidth, height } = layout(width);
  const { panels } = view;
  const largest = matrix(panels.matrix.svg, view.canvas, result, kind, side);
  plane(panels.plane.svg, result, side);
  histogram(panels.histogram.svg, result, histogramWidth, height);

  const widths = { matrix: MARGIN.matrix + side + 2, plane: MARGIN.plane + side + MARGIN.right, histogram: histogramWidth };
  for (const [name, panel] of Object.entries(widths)) panels[name].box.style.width = `${panel}px`;

  panels.matrix.title.textContent = "Weights";
  panels.matrix.sub.textContent = `largest size ${plain(largest)}`;
  panels.plane.title.textContent = "Eigenvalues";
  panels.plane.sub.textContent = `largest modulus ${plain(result.radius)}`;
  panels.histogram.title.textContent = "Singular values";
  const share = (100 * result.s[0]) / result.s.reduce((a, b) => a + b, 0);
  panels.histogram.sub.textContent = `largest ${plain(result.s[0])}, ${plain(share, 2)} % of their sum`;
  const name = KIND_NAMES[kind].replace(/<.*?>/g, "");
  panels.matrix.svg.setAttribute("aria-label", `Weights of ${name}, ${settings.n} by ${settings.n}: orange excites, purple inhibits.`);
  panels.plane.svg.setAttribute("aria-label", `Eigenvalues in the complex plane, largest modulus ${plain(result.radius)}; dashed circle of radius ${plain(settings.rho)}.`);
  panels.histogram.svg.setAttribute("aria-label", `Histogram of ${settings.n} singular values, largest ${plain(result.s[0])}, with what theory expects as a line.`);

  view.h.innerHTML = `<i>H</i> = ${result.H.toFixed(3)}`;
  view.words.innerHTML = `normalised SVD entropy<br>in theory ${result.theory.entropy.toFixed(3)}`;
  const start = width < NARROW ? 0 : widths.matrix + GAP + MARGIN.plane; // below the plane's axis
  view.h.parentElement.style.width = start ? `${start}px` : "100%";
  ruler(view.ruler, result.H, before, result.theory.entropy, width - start - MARGIN.right);
}

function sentence(settings, { H, s, theory }) {
  const name = KIND_NAMES[settings.kind].replace(/<.*?>/g, "");
  return (
    `${name} of ${settings.n} units: entropy H ${H.toFixed(3)}, in theory ${theory.entropy.toFixed(3)}; ` +
    `largest singular value ${plain(s[0])}.`
  );
}
