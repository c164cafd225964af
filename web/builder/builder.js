// Shaken matrices: excitation, inhibition and their sum in three kinds of network, before and after a random step.

import own from "./builder.css";
import { SIZES, START, after, merged } from "./rules.js";
import { PLUS_MINUS, choiceOf, figureIn, live, panelIn, panelOf, showSlider, sliderOf, tell } from "../shared/live.js";
import { GAP, frame, plain } from "../shared/plots.js";
import css from "../shared/style.css";

const PANELS = { excitation: "excitation", inhibition: "+ inhibition", W: "= effective W" };
const LOOKS = { "-1": "sb-inhibits", 0: "sb-mixed", 1: "sb-excites" };
const STRIP = 10; // pixels above a matrix, for the signs of its columns
const WIDEST = 190;

let mounted = 0;

/** The figure inside `root`; `data` as Python writes it. Returns { set(changes), settings(), destroy() }. */
export function mount(root, start, data) {
  const view = build(root, `sb-${++mounted}-`, data);
  let settings = merged(START, start);
  const picture = live(view.root, view.spoken, (width) => show(view, settings, data, width));
  function set(changes) {
    settings = merged(settings, changes);
    picture.soon();
  }
  view.slider.addEventListener("input", () => set({ size: view.slider.value }));
  for (const input of view.choices) input.addEventListener("change", () => set({ project: input.value }));
  return {
    set,
    settings: () => ({ ...settings }),
    destroy() {
      picture.stop();
      view.root.remove();
    },
  };
}

function build(root, id, { kinds }) {
  const rows = Object.entries(kinds).map(
    ([kind, { label }]) => `
    <div class="sb-kind sl-${kind}"><p class="sb-words"><b>${label}</b> <span></span></p>
      <div class="sl-panels sb-panels">${Object.entries(PANELS)
        .map(([name, title]) => panelOf(`${kind}-${name}`, title, "", "<canvas></canvas>"))
        .join("")}</div></div>`,
  );
  const content = `
    <div class="sl-controls sb-controls">
      ${sliderOf(id, "size", "Random step", SIZES)}
      ${choiceOf(id, "project", "Project after the step", [["yes", "yes"], ["no", "no"]])}
      <span class="sl-legend">${PLUS_MINUS}</span>
    </div>${rows.join("")}`;
  const figure = figureIn(root, "Shaken matrices", "sl sb", css + own, content);
  const names = Object.keys(kinds).flatMap((kind) => Object.keys(PANELS).map((name) => `${kind}-${name}`));
  return {
    root: figure,
    slider: figure.querySelector("input[name=size]"),
    choices: [...figure.querySelectorAll("[data-is=project]")],
    panels: Object.fromEntries(names.map((name) => [name, panelIn(figure, name)])),
    words: Object.fromEntries(Object.keys(kinds).map((kind) => [kind, figure.querySelector(`.sb-kind.sl-${kind} .sb-words span`)])),
    spoken: figure.querySelector("[role=status]"),
  };
}

function show(view, settings, { n, nE, kinds }, width) {
  showSlider(view.slider, settings.size, plain(settings.size, 1));
  for (const input of view.choices) input.checked = input.value === settings.project;
  const side = Math.min(Math.floor((width - 2 * GAP) / 3), WIDEST);
  const said = [];
  for (const [kind, one] of Object.entries(kinds)) {
    const found = after(one, settings, n, nE);
    const words = rules(found, one, n);
    view.words[kind].innerHTML = words.replace(/_(\w+)/g, "<sub>$1</sub>");
    said.push(`${one.label}: ${words}`);
    const limit = Math.max(...found.excitation.map(Math.abs), ...found.inhibition.map(Math.abs), 1e-12);
    for (const name of Object.keys(PANELS)) {
      const panel = view.panels[`${kind}-${name}`];
      tell(panel, side, name === "W" ? `radius ${plain(found.radius, 2)}` : "", `${one.label}, ${name === "W" ? "effective W" : name}: ${n} by ${n} weights.`);
      matrixIn(panel, found[name], limit, n, side, name === "W" ? found.signs : null);
    }
  }
  return said.join(" ");
}

/** Which rules hold, in words. */
function rules({ lowest, signs }, { parts }, n) {
  const one = signs.filter(Boolean).length;
  const columns = one ? `${one === n ? "all" : `${one} of`} ${n} columns of W have one sign.` : "no column of W has one sign.";
  if (lowest === null) return `No part has to be positive; ${columns}`;
  return `${Object.keys(parts).join(", ")} \u2265 0: ${lowest >= 0 ? "yes" : "no"}; ${columns}`;
}

/** Weights as an image: the more opaque, by the square root, the larger; above it, if `signs` are given, those of its columns. */
function matrixIn({ svg, canvas }, W, limit, n, side, signs) {
  canvas.width = canvas.height = n;
  Object.assign(canvas.style, { width: `${side}px`, height: `${side}px`, left: 0, top: `${STRIP}px` });
  const context = canvas.getContext("2d");
  const image = context.createImageData(n, n);
  W.forEach((value, k) => {
    const colour = value > 0 ? [224, 130, 20] : [123, 94, 167]; // as --sl-plus and --sl-minus
    image.data.set([...colour, Math.round(255 * Math.sqrt(Math.min(Math.abs(value) / limit, 1)))], 4 * k);
  });
  context.putImageData(image, 0, 0);
  const add = frame(svg, side, side + STRIP + 2);
  add("rect", { x: 0.5, y: STRIP + 0.5, width: side - 1, height: side - 1, class: "sl-box" });
  signs?.forEach((sign, j) => add("rect", { x: (side * j) / n + 0.5, y: 2, width: side / n - 1, height: 5, class: LOOKS[sign] }));
}
