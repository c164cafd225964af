// The transplant bench: whose singular vectors, whose singular values, and what becomes of signs and spectrum.

import css from "../shared/style.css";
import own from "./bench.css";
import { PLUS_MINUS, choiceOf, figureIn, live, panelIn, panelOf, showSlider, sliderOf, tell } from "../shared/live.js";
import { MARGIN, element, layout, matrix, plain, plane } from "../shared/plots.js";
import { ranks } from "../shared/ranks.js";
import { RANGES } from "../shared/settings.js";
import { MATCHINGS, START, computer, matched, merged } from "./transplant.js";

const NAMES = { rnn: "RNN", colei: "ColEI" };
const THE = { rnn: "the RNN", colei: "ColEI" };
const PAPER = { n: START.n, inhibitory: START.inhibitory, matching: START.matching };
const FAR = 1.8; // of the eigenvalues' axes: both kinds fit, so that the disc is seen to grow

let mounted = 0;

/**
 * A bench inside `root`. Returns { set(changes), settings(), result(), destroy() }.
 * onChange(settings, result) is called after every drawing, also the first.
 */
export function mount(root, start = {}, onChange = () => {}) {
  const id = `tb-${++mounted}-`;
  const view = build(root, id);
  const compute = computer();
  let settings = merged(START, start);
  let result = null;

  const picture = live(view.root, view.spoken, (width) => {
    result = compute(settings);
    showControls(view, settings, result);
    showPictures(view, settings, result, width);
    showReadings(view, settings, result);
    onChange(settings, result);
    return sentence(settings, result);
  });
  function set(changes) {
    settings = merged(settings, changes);
    picture.soon();
  }

  for (const input of view.choices) input.addEventListener("change", () => set({ [input.dataset.is]: input.value }));
  for (const input of view.sliders) input.addEventListener("input", () => set({ [input.name]: input.value }));
  view.matching.addEventListener("change", () => set({ matching: view.matching.value }));
  view.again.addEventListener("click", () => set({ seed: settings.seed + 1 }));
  view.preset.addEventListener("click", () => set(PAPER));

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
  const kinds = Object.entries(NAMES);
  const content = `
    <div class="sl-controls">
      <div class="sl-row">
        ${choiceOf(id, "vectors", "Singular vectors of", kinds)}
        ${choiceOf(id, "spectrum", "Singular values of", kinds)}
        <span class="sl-grow"></span>
        <button type="button" data-is="preset">Paper’s setting</button>
        <button type="button" data-is="again">New draw</button>
      </div>
      ${sliderOf(id, "n", "Units <i>N</i>", RANGES.n)}
      ${sliderOf(id, "inhibitory", "Inhibitory", RANGES.inhibitory)}
      <div class="sl-slider">
        <label for="${id}matching">Values go</label><select id="${id}matching">${Object.entries(MATCHINGS)
          .map(([value, words]) => `<option value="${value}">${words}</option>`)
          .join("")}</select>
      </div>
    </div>
    <div class="sl-panels">
      ${panelOf("matrix", "Weights", PLUS_MINUS, "<canvas aria-hidden='true'></canvas>")}
      ${panelOf("plane", "Eigenvalues")}
      ${panelOf("ranks", "Singular values", '<i class="tb-key tb-rnn"></i>RNN<i class="tb-key tb-colei"></i>ColEI')}
    </div>
    <div class="tb-readings">${["H", "lawful", "changed"]
      .map((name) => `<div data-is="${name}"><b></b><span class="tb-bar" aria-hidden="true"><i></i></span><span class="sl-words"></span></div>`)
      .join("")}
    </div>`;
  const figure = figureIn(root, "Transplant bench", "sl tb", css + own, content);
  const one = (selector) => figure.querySelector(selector);
  return {
    root: figure,
    choices: [...figure.querySelectorAll(".sl-kinds input")],
    sliders: [...figure.querySelectorAll("input[type=range]")],
    matching: one("select"),
    again: one("[data-is=again]"),
    preset: one("[data-is=preset]"),
    panels: Object.fromEntries(["matrix", "plane", "ranks"].map((name) => [name, panelIn(figure, name)])),
    readings: Object.fromEntries(["H", "lawful", "changed"].map((name) => [name, one(`.tb-readings [data-is=${name}]`)])),
    spoken: one("[role=status]"),
  };
}

// --- what a drawing changes ---------------------------------------------------------------------------

function showControls(view, settings, { pair }) {
  view.root.dataset.kind = settings.spectrum;
  for (const input of view.choices) input.checked = input.value === settings[input.dataset.is];
  const says = { n: `${settings.n}`, inhibitory: `${pair.colei.nI} (${settings.inhibitory} %)` };
  for (const input of view.sliders) showSlider(input, settings[input.name], says[input.name]);
  view.matching.value = settings.matching;
  view.preset.setAttribute("aria-disabled", Object.keys(PAPER).every((name) => PAPER[name] === settings[name]));
}

function showPictures(view, settings, result, width) {
  const { n, vectors, spectrum, matching, seed } = settings;
  const { side, histogram: rankWidth, height } = layout(width);
  const { panels } = view;
  const { nE, nI } = result.pair.colei;
  const shown = { ...result, n, nE, nI, rho: 1 };
  const largest = matrix(panels.matrix.svg, panels.matrix.canvas, shown, vectors, side, ["E", "I"]);
  strip(panels.matrix.svg, result.signs, side);
  plane(panels.plane.svg, { ...shown, rho: result.radius }, side, FAR);
  const spectra = { rnn: result.pair.rnn.s, colei: result.pair.colei.s };
  ranks(panels.ranks.svg, spectra, matched(result.s, matching, seed), rankWidth, height);

  const whole = result.lawful === n ? "every column has one sign" : `columns of one sign: ${result.lawful} of ${n}`;
  tell(
    panels.matrix, MARGIN.matrix + side + 2, `largest size ${plain(largest)}`,
    `Weights, ${n} by ${n}: orange is positive, purple negative; ${whole}.`,
  );
  tell(
    panels.plane, MARGIN.plane + side + MARGIN.right, `largest modulus ρ = ${plain(result.radius)}`,
    `Eigenvalues in the complex plane, inside a circle of radius ${plain(result.radius)}.`,
  );
  tell(
    panels.ranks, rankWidth, `dots: ${THE[spectrum]}’s, largest ${plain(result.s[0])}`,
    `Singular values by rank on a logarithmic axis: from ${plain(spectra.rnn[0])} for the RNN, from ` +
      `${plain(spectra.colei[0])} for ColEI. The matrix has those of ${THE[spectrum]}, ${MATCHINGS[matching]}.`,
  );
}

/** Above the weights: a column's one sign, or grey. */
function strip(svg, signs, side) {
  const step = side / signs.length;
  for (const [sign, look] of [[1, "tb-plus"], [-1, "tb-minus"], [0, "tb-mixed"]]) {
    let path = "";
    signs.forEach((one, j) => {
      if (one === sign) path += `M${(MARGIN.matrix + j * step).toFixed(2)} ${MARGIN.top - 9}h${step.toFixed(2)}v6h${(-step).toFixed(2)}z`;
    });
    if (path) svg.append(element("path", { d: path, class: look }));
  }
}

function showReadings(view, settings, { H, lawful, changed }) {
  const { n, vectors, spectrum } = settings;
  const all = {
    H: [`<i>H</i> = ${H.toFixed(3)}`, H, `normalised SVD entropy: ${THE[spectrum]}’s, whatever the vectors`],
    lawful: [`${lawful} of ${n}`, lawful / n, "columns of one sign, as Dale’s law asks"],
    changed: [`${(100 * changed).toFixed(0)} %`, changed, `of entries have another sign than in ${THE[vectors]}’s own matrix`],
  };
  for (const [name, [number, share, words]] of Object.entries(all)) {
    const box = view.readings[name];
    box.querySelector("b").innerHTML = number;
    box.querySelector(".tb-bar i").style.width = `${100 * share}%`;
    box.querySelector(".sl-words").textContent = words;
  }
}

function sentence(settings, { H, lawful, changed }) {
  const { n, vectors, spectrum, matching } = settings;
  const order = matching === "ranked" ? "" : ` ${MATCHINGS[matching]}`;
  return (
    `Vectors of ${THE[vectors]}, values of ${THE[spectrum]}${order}: entropy H ${H.toFixed(3)}; ` +
    `${lawful} of ${n} columns have one sign; ${(100 * changed).toFixed(0)} per cent of entries changed sign.`
  );
}
