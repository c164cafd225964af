// The spectral laboratory: controls, pictures that follow them, and the normalised SVD entropy.

import { KINDS } from "../shared/draws.js";
import { choiceOf, figureIn, live, PLUS_MINUS, panelIn, panelOf, showSlider, sliderOf, tell } from "../shared/live.js";
import { GAP, MARGIN, NARROW, histogram, layout, matrix, plain, plane, ruler } from "../shared/plots.js";
import { RANGES, computer, isPaper, merged, paper } from "../shared/settings.js";
import css from "../shared/style.css";

const KIND_NAMES = { rnn: "RNN", colei: "ColEI", dann: "DANN", dann_drawn: "DANN, drawn W<sub>ix</sub>" };
const DISTRIBUTION_NAMES = {
  rnn: { uniform: "uniform", normal: "normal", exponential: "Laplace", lognormal: "log-normal, ±" },
  other: { uniform: "uniform from 0", normal: "half-normal", exponential: "exponential", lognormal: "log-normal" },
};
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

  const picture = live(view.root, view.spoken, (width) => {
    result = compute(settings);
    remember();
    showControls(view, settings, result);
    showPictures(view, settings, result, seen.values.slice(0, -1), width);
    onChange(settings, result);
    return sentence(settings, result);
  });
  function remember() {
    const { kind, n, inhibitory, distribution, seed } = settings;
    const key = [kind, n, inhibitory, distribution].join();
    if (key !== seen.key) seen = { key, values: [], last: null };
    if (seed !== seen.last) seen.values = [...seen.values, result.H].slice(-REMEMBERED);
    seen.last = seed;
  }
  function set(changes) {
    settings = merged(settings, changes);
    picture.soon();
  }

  for (const input of view.kinds) input.addEventListener("change", () => set({ kind: input.value }));
  for (const [name, { input }] of Object.entries(view.sliders))
    input.addEventListener("input", () => set({ [name]: input.value }));
  view.distribution.addEventListener("change", () => set({ distribution: view.distribution.value }));
  view.again.addEventListener("click", () => set({ seed: settings.seed + 1 }));
  view.preset.addEventListener("click", () => set({ ...paper(settings.kind), seed: settings.seed }));

  return {
    set,
    settings: () => settings,
    result: () => result,
    destroy() {
      picture.stop();
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
  const kinds = choiceOf(id, "kind", "Kind of network", Object.entries(KIND_NAMES), false);
  const content = `
    <div class="sl-controls">
      <div class="sl-row">
        ${kinds}
        <span class="sl-grow"></span>
        <button type="button" data-is="preset">Paper’s setting</button>
        <button type="button" data-is="again">New draw</button>
      </div>
      ${Object.entries(sliders).map(([name, [label, range]]) => sliderOf(id, name, label, range)).join("")}
      <div class="sl-slider">
        <label for="${id}distribution">Distribution</label><select id="${id}distribution"></select>
      </div>
    </div>
    <div class="sl-panels">
      ${panelOf("matrix", "Weights", PLUS_MINUS, "<canvas aria-hidden='true'></canvas>")}
      ${panelOf("plane", "Eigenvalues")}
      ${panelOf("histogram", "Singular values", '<i class="sl-swatch"></i>draw<i class="sl-stroke"></i>theory')}
    </div>
    <div class="sl-entropy">
      <div><div class="sl-h"></div><div class="sl-words"></div></div>
      <div class="sl-ruler"><svg aria-hidden="true" data-is="ruler"></svg></div>
    </div>`;
  const laboratory = figureIn(root, "Spectral laboratory", "sl", css, content);
  const one = (selector) => laboratory.querySelector(selector);
  return {
    root: laboratory,
    kinds: [...laboratory.querySelectorAll(".sl-kinds input")],
    sliders: Object.fromEntries(
      Object.keys(sliders).map((name) => {
        const input = one(`input[name=${name}]`);
        return [name, { input, label: input.parentElement.querySelector("label") }];
      }),
    ),
    distribution: one("select"),
    again: one("[data-is=again]"),
    preset: one("[data-is=preset]"),
    panels: Object.fromEntries(["matrix", "plane", "histogram"].map((name) => [name, panelIn(laboratory, name)])),
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
  for (const [name, { input }] of Object.entries(view.sliders)) showSlider(input, settings[name], says[name]);
  view.sliders.inhibitory.input.disabled = kind === "rnn";
  const names = DISTRIBUTION_NAMES[kind] ?? DISTRIBUTION_NAMES.other;
  if (view.distribution.dataset.names !== Object.values(names).join()) {
    view.distribution.replaceChildren(...Object.entries(names).map(([value, name]) => new Option(name, value)));
    view.distribution.dataset.names = Object.values(names).join();
  }
  view.distribution.value = settings.distribution;
  view.preset.setAttribute("aria-disabled", isPaper(settings));
}

function showPictures(view, settings, result, before, width) {
  const { kind } = settings;
  const { side, histogram: histogramWidth, height } = layout(width);
  const { panels } = view;
  const name = KIND_NAMES[kind].replace(/<.*?>/g, "");
  const largest = matrix(panels.matrix.svg, panels.matrix.canvas, result, kind, side);
  plane(panels.plane.svg, result, side);
  histogram(panels.histogram.svg, result, histogramWidth, height);

  const share = (100 * result.s[0]) / result.s.reduce((a, b) => a + b, 0);
  tell(
    panels.matrix, MARGIN.matrix + side + 2, `largest size ${plain(largest)}`,
    `Weights of ${name}, ${settings.n} by ${settings.n}: orange excites, purple inhibits.`,
  );
  tell(
    panels.plane, MARGIN.plane + side + MARGIN.right, `largest modulus ${plain(result.radius)}`,
    `Eigenvalues in the complex plane, largest modulus ${plain(result.radius)}; dashed circle of radius ${plain(settings.rho)}.`,
  );
  tell(
    panels.histogram, histogramWidth, `largest ${plain(result.s[0])}, ${plain(share, 2)} % of their sum`,
    `Histogram of ${settings.n} singular values, largest ${plain(result.s[0])}, with what theory expects as a line.`,
  );

  view.h.innerHTML = `<i>H</i> = ${result.H.toFixed(3)}`;
  view.words.innerHTML = `normalised SVD entropy<br>in theory ${result.theory.entropy.toFixed(3)}`;
  const start = width < NARROW ? 0 : MARGIN.matrix + side + 2 + GAP + MARGIN.plane; // below the plane's axis
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
