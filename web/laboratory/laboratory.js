// The spectral laboratory: two networks side by side on the same axes, their singular values by rank, and the
// normalised SVD entropy.

import { ranks, ruler } from "./laboratory-plots.js";
import own from "./laboratory.css";
import { KINDS } from "../shared/draws.js";
import { choiceOf, figureIn, live, panelIn, panelOf, showSlider, sliderOf, tell } from "../shared/live.js";
import { GAP, MARGIN, NARROW, matrix, plain, plane } from "../shared/plots.js";
import { RANGES, computer, isPaper, merged, paper } from "../shared/settings.js";
import { STARTS } from "../shared/starts.js";
import css from "../shared/style.css";

const KIND_NAMES = { rnn: "RNN", colei: "ColEI", dann: "DANN", dann_drawn: "DANN, drawn W<sub>ix</sub>" };
const DISTRIBUTION_NAMES = {
  rnn: { uniform: "uniform", normal: "normal", exponential: "Laplace", lognormal: "log-normal, ±" },
  other: { uniform: "uniform from 0", normal: "half-normal", exponential: "exponential", lognormal: "log-normal" },
};
const REMEMBERED = 60; // entropies of earlier draws
const FAR = 1.8; // of the eigenvalues' axes: the paper's networks fit, and both have the same
const SIDES = ["beside", "kind"]; // left and right

const isTrue = (setting) => `${setting}`.toLowerCase() === "true";
const plainName = (kind) => KIND_NAMES[kind].replace(/<.*?>/g, "");
/** The kind, and ColEI's start if it is another. */
const fullName = ({ kind, start }) => plainName(kind) + (kind === "colei" && start !== "own" ? `, ${STARTS[start].words}` : "");
const classOf = (kind) => `sl-${kind.replace("_drawn", "")}`;

let mounted = 0;

/**
 * A laboratory inside `root`. Returns { set(changes), settings(), result(), destroy() }. Settings and result are those of
 * the network on the right, but for `beside`, the kind on the left: the paper's, of the same size, share and seed. With
 * `detail` there are distributions, a fourth kind, and what theory says; with `starts` chapter 10's starts of ColEI, how
 * likely a connection is, and what theory says of them.
 * onChange(settings, result) is called after every drawing, also the first.
 */
export function mount(root, start = {}, onChange = () => {}) {
  const id = `sl-${++mounted}-`;
  const detail = isTrue(start.detail) || start.kind === "dann_drawn" || start.distribution != null;
  const starts = isTrue(start.starts) || ["start", "extra", "p"].some((name) => start[name] != null);
  const view = build(root, id, detail, starts);
  let settings = merged(paper(start.kind in KINDS ? start.kind : "colei"), start);
  let beside = Object.hasOwn(KINDS, start.beside) ? start.beside : "rnn";
  let networks = [];
  const [compute, seen] = [SIDES.map(computer), SIDES.map(memory)];

  const left = () => ({ ...paper(beside), n: settings.n, inhibitory: settings.inhibitory, seed: settings.seed });
  const told = () => ({ ...settings, beside, detail, starts });
  const result = () => networks[1]?.result ?? null;

  const picture = live(view.root, view.spoken, (width) => {
    networks = [left(), settings].map((one, k) => {
      const result = compute[k](one);
      return { settings: one, result, before: seen[k](one, result.H) };
    });
    showControls(view, told(), networks);
    showPictures(view, networks, { theory: detail || starts, disc: starts }, width);
    onChange(told(), result());
    return sentence(networks);
  });
  function set(changes) {
    settings = merged(settings, changes);
    if (Object.hasOwn(KINDS, changes.beside)) beside = changes.beside;
    picture.soon();
  }

  for (const input of view.kinds) input.addEventListener("change", () => set({ [input.dataset.is]: input.value }));
  for (const [name, { input }] of Object.entries(view.sliders))
    input.addEventListener("input", () => set({ [name]: input.value }));
  view.distribution?.addEventListener("change", () => set({ distribution: view.distribution.value }));
  view.start?.addEventListener("change", () => set({ start: view.start.value }));
  view.again.addEventListener("click", () => set({ seed: settings.seed + 1 }));
  view.preset.addEventListener("click", () => set({ ...paper(settings.kind), seed: settings.seed }));

  return {
    set,
    settings: told,
    result,
    destroy() {
      picture.stop();
      view.root.remove();
    },
  };
}

/** A function that takes a draw's entropy, and returns those of the draws before it at the same settings. */
function memory() {
  let [key, values, last] = [null, [], null];
  return ({ kind, n, inhibitory, distribution, seed, start, extra, p }, H) => {
    const now = [kind, n, inhibitory, distribution, start, extra, p].join();
    if (now !== key) [key, values, last] = [now, [], null];
    if (seed !== last) values = [...values, H].slice(-REMEMBERED);
    last = seed;
    return values.slice(0, -1);
  };
}

// --- the page -----------------------------------------------------------------------------------------

function build(root, id, detail, starts) {
  const sliders = {
    n: ["Units <i>N</i>", RANGES.n],
    inhibitory: ["Inhibitory", RANGES.inhibitory],
    rho: ["Radius <i>ρ</i>", RANGES.rho],
    ...(starts && { extra: ["Second number", STARTS.sparse.extra], p: ["Connections <i>p</i>", RANGES.p] }),
  };
  const select = (name, words, options = "") =>
    `<div class="sl-slider"><label for="${id}${name}">${words}</label><select id="${id}${name}" data-is="${name}">${options}</select></div>`;
  const named = Object.entries(STARTS).map(([value, { words }]) => `<option value="${value}">${words}</option>`);
  const kinds = Object.entries(KIND_NAMES).filter(([kind]) => detail || kind !== "dann_drawn");
  const net = (side, k) => `
    <div class="lb-net" data-is="${side}">
      ${choiceOf(id, side, `Network on the ${["left", "right"][k]}`, kinds, false)}
      <div class="lb-panels">
        ${panelOf("matrix", "Weights", "", "<canvas aria-hidden='true'></canvas>")}
        ${panelOf("plane", "Eigenvalues")}
      </div>
    </div>`;
  const content = `
    <div class="sl-controls">
      ${Object.entries(sliders).map(([name, [label, range]]) => sliderOf(id, name, label, range)).join("")}
      ${starts ? select("start", "Start of ColEI", named.join("")) : ""}
      ${detail ? select("distribution", "Distribution") : ""}
      <div class="lb-buttons">
        <button type="button" data-is="preset">Paper’s setting</button>
        <button type="button" data-is="again">New draw</button>
      </div>
    </div>
    <div class="lb-nets">${SIDES.map(net).join("")}</div>
    ${panelOf("ranks", "Singular values by rank")}
    <div class="sl-entropy">
      ${SIDES.map(() => '<div class="lb-entropy"><div class="sl-h"></div><div class="sl-words"></div></div>').join("")}
      <div class="sl-ruler"><svg aria-hidden="true" data-is="ruler"></svg></div>
    </div>`;
  const classes = `sl lb${detail ? " lb-detail" : ""}${starts ? " lb-starts" : ""}`;
  const laboratory = figureIn(root, "Spectral laboratory", classes, css + own, content);
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
    distribution: one("select[data-is=distribution]"),
    start: one("select[data-is=start]"),
    again: one("[data-is=again]"),
    preset: one("[data-is=preset]"),
    nets: SIDES.map((side) => {
      const box = one(`.lb-net[data-is=${side}]`);
      return { box, matrix: panelIn(box, "matrix"), plane: panelIn(box, "plane") };
    }),
    ranks: panelIn(laboratory, "ranks"),
    entropies: [...laboratory.querySelectorAll(".lb-entropy")].map((box) => ({
      box, h: box.querySelector(".sl-h"), words: box.querySelector(".sl-words"),
    })),
    ruler: one("svg[data-is=ruler]"),
    spoken: one("[role=status]"),
  };
}

// --- what a drawing changes ---------------------------------------------------------------------------

function showControls(view, settings, networks) {
  const { kind } = settings;
  view.root.dataset.kind = kind;
  for (const input of view.kinds) input.checked = input.value === settings[input.dataset.is];
  const split = networks.findLast((one) => one.settings.kind !== "rnn");
  const inhibits = split?.settings.kind.startsWith("dann") ? "Interneurons" : "Inhibitory";
  view.sliders.inhibitory.label.textContent = inhibits;
  const { by, extra, thins } = STARTS[kind === "colei" ? settings.start : "own"];
  const scale = by === "gain" ? "Gain <i>g</i>" : "Radius <i>ρ</i>";
  view.sliders.rho.label.innerHTML = `${scale}, ${plainName(kind).split(",")[0]}`;
  const says = {
    extra: extra ? plain(settings.extra) : "none",
    p: plain(settings.p, 2),
    n: `${settings.n}`,
    inhibitory: split ? `${split.result.nI} (${settings.inhibitory} %)` : "none",
    rho: plain(settings.rho),
  };
  if (view.start && extra) for (const end of ["min", "max", "step"]) view.sliders.extra.input[end] = extra[end];
  for (const [name, { input }] of Object.entries(view.sliders)) showSlider(input, settings[name] ?? Number(input.min), says[name]);
  view.sliders.inhibitory.input.disabled = !split;
  if (view.start) {
    const { sliders } = view;
    view.start.value = settings.start;
    view.start.disabled = kind !== "colei";
    sliders.extra.label.innerHTML = extra?.name ?? "Second number";
    sliders.extra.input.disabled = !extra;
    sliders.p.input.disabled = kind !== "colei" || !thins;
  }
  view.preset.setAttribute("aria-disabled", isPaper(settings));
  if (!view.distribution) return;
  const names = DISTRIBUTION_NAMES[kind] ?? DISTRIBUTION_NAMES.other;
  if (view.distribution.dataset.names !== Object.values(names).join()) {
    view.distribution.replaceChildren(...Object.entries(names).map(([value, name]) => new Option(name, value)));
    view.distribution.dataset.names = Object.values(names).join();
  }
  view.distribution.value = settings.distribution;
}

function showPictures(view, networks, { theory, disc }, width) {
  const narrow = width < NARROW;
  const half = Math.floor((width - 2 * GAP) / 2);
  const side = narrow ? half - MARGIN.plane - MARGIN.right : Math.floor((half - GAP - MARGIN.matrix - 2 - MARGIN.plane - MARGIN.right) / 2);
  const far = Math.max(FAR, ...networks.map(({ settings, result }) => Math.max(1.06 * result.radius, 1.22 * settings.rho)));
  networks.forEach(({ settings, result }, k) => {
    const { kind, n, rho } = settings;
    const { box, ...panels } = view.nets[k];
    box.className = `lb-net ${classOf(kind)}`;
    box.style.width = `${half}px`;
    const largest = matrix(panels.matrix.svg, panels.matrix.canvas, result, kind, side);
    const filled = disc ? result.theory.disc : null;
    const gain = kind === "colei" && STARTS[settings.start].by === "gain";
    const circles = [{ radius: rho, name: gain ? "g" : "ρ" }];
    if (filled) circles.push({ radius: filled.radius, name: "disc", look: "lb-disc" });
    const inTheory = filled ? `, disc ${plain(filled.radius)}` : "";
    plane(panels.plane.svg, result, side, far, circles);
    tell(
      panels.matrix, MARGIN.matrix + side + 2, `largest ${plain(largest)}`,
      `Weights of ${plainName(kind)}, ${n} by ${n}: orange excites, purple inhibits.`,
    );
    tell(
      panels.plane, MARGIN.plane + side + MARGIN.right, `largest ${filled ? "" : "modulus "}${plain(result.radius)}${inTheory}`,
      `Eigenvalues of ${plainName(kind)} in the complex plane, largest modulus ${plain(result.radius)}; dashed circle of radius ${plain(rho)}` +
        `${filled ? `; in theory most are in a disc of radius ${plain(filled.radius)}, dotted` : ""}.`,
    );
    const { h, words } = view.entropies[k];
    view.entropies[k].box.className = `lb-entropy ${classOf(kind)}`;
    h.innerHTML = `<i>H</i> = ${result.H.toFixed(3)}`;
    const predicted = theory && result.theory.entropy !== null;
    words.textContent = fullName(settings) + (predicted ? `, in theory ${result.theory.entropy.toFixed(3)}` : "");
  });
  const shown = networks.map(({ settings, result, before }) => ({
    ...result, before, name: plainName(settings.kind), look: classOf(settings.kind), predicted: theory && result.theory.values ? result.theory : null,
  }));
  ranks(view.ranks.svg, shown, width, narrow ? 210 : 230);
  tell(
    view.ranks, width, "how much one step stretches each direction",
    `Singular values by rank on a logarithmic axis: ${shown.map(({ name, s }) => `${name}, from ${plain(s[0])} to ${plain(s.at(-1))}`).join("; ")}.`,
  );
  ruler(view.ruler, shown, narrow ? width : width - 2 * 150 - GAP);
}

function sentence(networks) {
  const [beside, own] = networks.map(({ settings, result: { H, s, theory } }) => ({
    name: fullName(settings),
    words: `entropy H ${H.toFixed(3)}${theory.entropy === null ? "" : `, in theory ${theory.entropy.toFixed(3)}`}; largest singular value ${plain(s[0])}.`,
  }));
  return `${own.name} of ${networks[1].settings.n} units: ${own.words} Beside it ${beside.name}: ${beside.words}`;
}
