// The stretched circle: what four weights make of the unit circle in one step, and in several.

import own from "./circle.css";
import { NAMES, RANGES, START, ellipse, matrixOf, merged, power, radius } from "./pairs.js";
import { figureIn, live, panelIn, panelOf, showSlider, sliderOf, tell } from "../shared/live.js";
import { GAP, frame, plain, text, upright } from "../shared/plots.js";
import css from "../shared/style.css";

const LABELS = { ee: "E to E", ei: "I to E", ie: "E to I", ii: "I to I", steps: "Steps" };
const POINTS = 120;
const REACHES = [1.2, 1.6, 2, 3, 5, 10, 30, 100, 300, 1000, 3000, 100000]; // of both axes, in both pictures

let mounted = 0;

/** The figure inside `root`. Returns { set(changes), settings(), destroy() }. */
export function mount(root, start = {}) {
  const view = build(root, `ci-${++mounted}-`);
  let settings = merged(START, start);
  const picture = live(view.root, view.spoken, (width) => show(view, settings, width));
  function set(changes) {
    settings = merged(settings, changes);
    picture.soon();
  }
  for (const [name, input] of Object.entries(view.sliders)) input.addEventListener("input", () => set({ [name]: input.value }));
  view.again.addEventListener("click", () => set(START));
  return {
    set,
    settings: () => ({ ...settings }),
    destroy() {
      picture.stop();
      view.root.remove();
    },
  };
}

function build(root, id) {
  const content = `
    <div class="sl-controls sc-controls">
      ${Object.entries(LABELS).map(([name, label]) => sliderOf(id, name, label, RANGES[name])).join("")}
      <button type="button">Back to the start</button>
    </div>
    <div class="sl-panels sc-panels">${panelOf("one", "One step stretches")}${panelOf("many", "")}</div>
    <p class="sl-words sc-words"></p>`;
  const figure = figureIn(root, "Stretched circle", "sl sc", css + own, content);
  return {
    root: figure,
    sliders: Object.fromEntries(Object.keys(LABELS).map((name) => [name, figure.querySelector(`input[name=${name}]`)])),
    again: figure.querySelector("button"),
    panels: { one: panelIn(figure, "one"), many: panelIn(figure, "many") },
    words: figure.querySelector(".sc-words"),
    spoken: figure.querySelector("[role=status]"),
  };
}

function show(view, settings, width) {
  const W = matrixOf(settings);
  const matrices = { one: W, many: power(W, settings.steps) };
  for (const name of NAMES) showSlider(view.sliders[name], settings[name], plain(settings[name], 2));
  showSlider(view.sliders.steps, settings.steps, String(settings.steps));
  view.panels.many.box.querySelector(".sl-title").textContent = `${settings.steps} steps stretch`;

  const side = Math.floor(Math.min((width - GAP) / 2, 330));
  for (const [name, panel] of Object.entries(view.panels)) {
    const { s, axes } = ellipse(matrices[name]);
    const after = name === "one" ? "one step" : `${settings.steps} steps`;
    tell(panel, side, `by ${plain(s[0])} and ${plain(s[1])}`, `The unit circle and, after ${after}, an ellipse with half axes of ${plain(s[0])} and ${plain(s[1])}.`);
    circleIn(panel.svg, matrices[name], axes, reachOf(s[0]), side);
  }
  const [first, last] = [ellipse(W).s[0], ellipse(matrices.many).s[0]];
  const words = `One step stretches by at most ${plain(first)}, ${settings.steps} steps by at most ${plain(last)}; the spectral radius is ${plain(radius(W))}.`;
  view.words.textContent = words;
  return words;
}

const reachOf = (longest) => REACHES.find((reach) => reach >= 1.08 * longest) ?? 1.08 * longest;

/** The unit circle, dotted, what the matrix makes of it, and the half axes of that. */
function circleIn(svg, [a, b, c, d], axes, reach, side) {
  const [left, bottom] = [34, 34];
  const size = side - left - 4;
  const add = frame(svg, side, size + bottom + 4);
  const x = (value) => left + (size * (value / reach + 1)) / 2;
  const y = (value) => 4 + (size * (1 - value / reach)) / 2;
  const tick = Number((reach * 0.7).toPrecision(1));
  for (const value of [-tick, 0, tick]) {
    add("line", { x1: x(value), x2: x(value), y1: 4, y2: 4 + size, class: "sl-grid" });
    add("line", { x1: left, x2: left + size, y1: y(value), y2: y(value), class: "sl-grid" });
    add("text", text(x(value), size + 18), plain(value, 1));
    add("text", text(left - 5, y(value) + 4, "end"), plain(value, 1));
  }
  const closed = (point) =>
    `M${Array.from({ length: POINTS }, (_, k) => point((2 * Math.PI * k) / POINTS).map((z) => z.toFixed(1)).join(" ")).join("L")}Z`;
  add("path", { d: closed((t) => [x(Math.cos(t)), y(Math.sin(t))]), class: "sl-radius" });
  const image = (t) => [x(a * Math.cos(t) + b * Math.sin(t)), y(c * Math.cos(t) + d * Math.sin(t))];
  add("path", { d: closed(image), class: "sc-image" });
  axes.forEach(([u, v], k) => {
    add("line", { x1: x(0), y1: y(0), x2: x(u), y2: y(v), class: `sc-axis sc-axis-${k}` });
    add("circle", { cx: x(u), cy: y(v), r: 3.5, class: `sc-end sc-axis-${k}` });
  });
  add("rect", { x: left, y: 4, width: size, height: size, class: "sl-box" });
  add("text", { ...text(left + size / 2, size + 33), class: "sl-label" }, "unit 1, excites");
  add("text", { ...upright(10, 4 + size / 2), class: "sl-label" }, "unit 2, inhibits");
}
