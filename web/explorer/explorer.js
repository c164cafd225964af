// The run explorer: archived runs as points; the one looked at says its settings, the chosen one shows its curve.

import css from "../shared/style.css";
import own from "./explorer.css";
import { EDGE, curve, scatterAxes, shape, shapeOf } from "./explorer-plots.js";
import { choiceOf, figureIn, live } from "../shared/live.js";
import { GAP, NARROW, element } from "../shared/plots.js";
import { COLOURS, best, classes, command, described, neighbour, palette, runsOf, series, trained } from "./runs.js";

const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];
const NEAR = 28; // pixels from which the pointer looks at a run
const WHICH = ["all", "first"];

let mounted = 0;

/**
 * An explorer of `data` inside `root`. Returns { set(changes), settings(), destroy() }.
 * onChange(settings) is called after every change of colour, runs or selected (a run's id, "" for none).
 */
export function mount(root, start = {}, data, onChange = () => {}) {
  const id = `re-${++mounted}-`;
  const view = build(root, id, data);
  const all = runsOf(data);
  let settings = merged({ colour: "fraction", runs: "all", selected: best(all).id }, { ...start, selected: start.selected || null });
  let looked = null; // the run under the pointer or the arrow keys
  let places = null;

  const shown = () => all.filter(({ group }) => settings.runs === "all" || group === 0);
  const chosen = () => all.find((run) => run.id === settings.selected) ?? null;
  const picture = live(view.root, view.spoken, (width) => {
    places = drawRuns(view, id, data, shown(), settings, width);
    drawChoice(view, data, chosen(), looked, width);
    mark();
    return chosen() ? `Chosen: ${sentence(chosen())}` : `${shown().length} runs.`;
  });

  function merged(before, changes) {
    const next = { ...before };
    if (Object.hasOwn(COLOURS, changes.colour)) next.colour = changes.colour;
    if (WHICH.includes(changes.runs)) next.runs = changes.runs;
    if (changes.selected === "" || all.some((run) => run.id === changes.selected)) next.selected = changes.selected;
    return next;
  }
  function set(changes) {
    settings = merged(settings, changes);
    if (!shown().includes(looked)) looked = null;
    picture.soon();
    onChange(settings);
  }
  /** Rings, the tip and what is said, without drawing every point again. */
  function mark() {
    ring(view.rings, places, chosen(), "re-chosen", shown());
    ring(view.rings, places, looked, "re-looked", shown());
    if (looked) view.points.setAttribute("aria-activedescendant", `${id}${looked.id}`);
    else view.points.removeAttribute("aria-activedescendant");
    tip(view, places, looked);
  }
  function look(run) {
    if (run === looked) return;
    looked = run;
    mark();
    drawChoice(view, data, chosen(), looked, view.root.clientWidth - 6);
  }
  const choose = (run) => set({ selected: run && run.id === settings.selected ? "" : (run?.id ?? "") });

  for (const input of view.choices) input.addEventListener("change", () => set({ [input.dataset.is]: input.value }));
  view.points.addEventListener("keydown", (event) => {
    const from = looked ?? chosen();
    if (ARROWS.includes(event.key)) look(from && shown().includes(from) ? neighbour(shown(), from, event.key) : shown()[0]);
    else if (event.key === "Enter" || event.key === " ") choose(looked ?? shown()[0]);
    else if (event.key === "Escape") look(null);
    else return;
    event.preventDefault();
  });
  view.points.addEventListener("focus", () => view.points.matches(":focus-visible") && look(looked ?? chosen() ?? shown()[0]));
  view.points.addEventListener("blur", () => look(null));
  const under = (event) => {
    const box = view.svg.getBoundingClientRect();
    return places?.nearest(event.clientX - box.left, event.clientY - box.top, NEAR) ?? null;
  };
  view.svg.addEventListener("pointermove", (event) => look(under(event)));
  view.svg.addEventListener("pointerleave", () => view.points !== document.activeElement && look(null));
  view.svg.addEventListener("click", (event) => {
    const run = under(event);
    if (run) {
      look(run);
      choose(run);
    }
  });
  view.copy.addEventListener("click", () => copy(view));

  return {
    set,
    settings: () => settings,
    destroy() {
      picture.stop();
      view.root.remove();
    },
  };
}

const sentence = (run) => `${described(run)}, seed ${run.seed}: entropy H ${run.H.toFixed(3)}, test error ${run.error.toFixed(1)} per cent.`;

// --- the page -----------------------------------------------------------------------------------------

function build(root, id, { groups }) {
  const several = groups.length > 1;
  const content = `
    <div class="sl-controls re-controls"><div class="sl-row">
      ${choiceOf(id, "colour", "Colour says", Object.entries(COLOURS))}
      ${several ? choiceOf(id, "runs", "Runs", [["all", "all"], ["first", groups[0].label]]) : ""}
    </div></div>
    <div class="re-legend" aria-hidden="true"></div>
    <div class="sl-panels">
      <div class="sl-panel re-runs"><div class="sl-canvas">
        <svg><g data-is="axes" aria-hidden="true"></g><g data-is="rings" aria-hidden="true"></g><g data-is="points" tabindex="0" role="listbox"
          aria-label="Archived runs, error against entropy. Arrow keys go from run to run, Enter chooses one."></g></svg>
        <div class="re-tip" aria-hidden="true" hidden></div>
      </div></div>
      <div class="sl-panel re-one">
        <div class="sl-title"><span></span></div>
        <svg data-is="curve" role="img"></svg>
      </div>
    </div>
    <div class="re-command" hidden><div class="sl-words"></div>
      <div class="re-line"><code></code><button type="button" data-is="copy">Copy</button></div></div>`;
  const figure = figureIn(root, "Run explorer", "sl re", css + own, content);
  figure.dataset.kind = "colei";
  const one = (selector) => figure.querySelector(selector);
  return {
    root: figure,
    choices: [...figure.querySelectorAll(".sl-kinds input")],
    legend: one(".re-legend"),
    svg: one(".re-runs svg"),
    axes: one("[data-is=axes]"),
    rings: one("[data-is=rings]"),
    points: one("[data-is=points]"),
    tip: one(".re-tip"),
    box: one(".re-runs"),
    curveBox: one(".re-one"),
    curveTitle: one(".re-one .sl-title span"),
    curve: one("[data-is=curve]"),
    command: one(".re-command"),
    code: one("code"),
    words: one(".re-command .sl-words"),
    copy: one("[data-is=copy]"),
    spoken: one("[role=status]"),
  };
}

/** Beside each other where there is room, else one below the other. */
function sizes(width) {
  if (width < NARROW) return { runs: [width, 280], one: [width, 210] };
  const runs = Math.floor(0.58 * (width - GAP));
  return { runs: [runs, 330], one: [width - GAP - runs, 300] };
}

// --- the runs -----------------------------------------------------------------------------------------

/** Every point, its place in the legend, and where points are: { of(run), nearest(x, y, limit) }. */
function drawRuns(view, id, { groups }, runs, settings, width) {
  for (const input of view.choices) input.checked = input.value === settings[input.dataset.is];
  const [w, h] = sizes(width).runs;
  view.box.style.width = `${w}px`;
  const { x, y } = scatterAxes(view.svg, view.axes, runs, w, h);
  const { of, list } = classes(runs, settings.colour);
  const colours = palette(list, settings.colour);
  view.points.replaceChildren(
    ...runs.map((run) =>
      element("path", {
        d: shape(shapeOf(run), round(x(run.H)), round(y(run.error)), 5),
        fill: colours.get(of(run)), class: "re-point", role: "option", id: `${id}${run.id}`,
        "aria-selected": run.id === settings.selected, "aria-label": sentence(run),
      }),
    ),
  );
  const key = (name, colour) => `<svg width="13" height="13"><path d="${shape(name, 6.5, 6.5, 4.6)}" fill="${colour}" class="re-point"/></svg>`;
  const kinds = new Map(runs.map((run) => [shapeOf(run), series(run, groups)]));
  const shapes = [...kinds].map(([name, words]) => `<span>${key(name, "none")}${words}</span>`).join("");
  const swatches = list.map(([value, words]) => `<span>${key("circle", colours.get(value))}${words}</span>`).join("");
  view.legend.innerHTML = `<div>${swatches}</div>${kinds.size > 1 ? `<div>${shapes}</div>` : ""}`;
  const spot = (run) => ({ x: x(run.H), y: y(run.error) });
  return {
    width: w,
    of: spot,
    nearest(px, py, limit) {
      let [best, distance] = [null, limit];
      for (const run of runs) {
        const far = Math.hypot(spot(run).x - px, spot(run).y - py);
        if (far < distance) [best, distance] = [run, far];
      }
      return best;
    },
  };
}

const round = (value) => Math.round(10 * value) / 10;

function ring(rings, places, run, look, runs) {
  rings.querySelector(`.${look}`)?.remove();
  if (!run || !runs.includes(run)) return;
  const { x, y } = places.of(run);
  rings.append(element("circle", { cx: round(x), cy: round(y), r: 9, class: look }));
}

/** A line or two beside the run that is looked at. */
function tip(view, places, run) {
  view.tip.hidden = !run;
  if (!run) return;
  view.tip.innerHTML = `${described(run)}<br>${trained(run)}<br><b><i>H</i> = ${run.H.toFixed(3)}, error ${run.error.toFixed(1)} %</b>`;
  const { x, y } = places.of(run);
  const left = Math.min(Math.max(x - view.tip.offsetWidth / 2, 0), places.width - view.tip.offsetWidth);
  const above = y - view.tip.offsetHeight - 14;
  view.tip.style.left = `${left}px`;
  view.tip.style.top = `${above > -20 ? above : y + 14}px`;
}

// --- the chosen one -----------------------------------------------------------------------------------

function drawChoice(view, { groups }, chosen, looked, width) {
  const [w, h] = sizes(width).one;
  view.curveBox.style.width = `${w}px`;
  const run = chosen ?? looked;
  view.root.dataset.chosen = chosen?.id ?? "";
  view.command.hidden = !chosen;
  view.curve.style.display = run ? "" : "none";
  view.curveTitle.textContent = run ? `${described(run)}, seed ${run.seed}` : "Choose a run to see how it learned";
  view.curveBox.classList.toggle("re-empty", !run);
  if (!run) return;
  const group = groups[run.group];
  const other = looked && looked !== run ? looked : null;
  const read = group.read.at(-1);
  curve(view.curve, run, group.updates, other, other && groups[other.group].updates, read, w, h);
  const last = run.curve.at(-1);
  const label = `Learning curve of ${described(run)}: test error ${last === null ? "lost" : `${last.toFixed(1)} per cent`} after ${group.updates.at(-1).toLocaleString("en")} updates.`;
  view.curve.setAttribute("aria-label", label);
  if (!chosen) return;
  view.words.textContent = `${group.provenance}; ${trained(chosen)}. To run it again, into a folder of its own:`;
  view.code.innerHTML = command(chosen, group).map((word) => `<span>${word}</span>`).join(" ");
}

async function copy(view) {
  let done = "Copied";
  try {
    await navigator.clipboard.writeText(view.code.textContent);
  } catch {
    getSelection().selectAllChildren(view.code); // not allowed: ready for the reader's own keys
    done = "Selected";
  }
  view.copy.textContent = view.spoken.textContent = done;
  setTimeout(() => (view.copy.textContent = "Copy"), 1500);
}
