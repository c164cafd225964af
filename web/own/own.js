// Bring your own matrix: a file that is chosen or dropped, or pasted numbers; its spectra, what theory says, and advice.
// Everything is computed here; nothing is sent anywhere.

import { LARGEST, Refused, fromFile, fromText } from "./files.js";
import own from "./own.css";
import { spectrum } from "./own-plots.js";
import { examine } from "./report.js";
import { general } from "./written.js";
import { draw } from "../shared/draws.js";
import { figureIn, live, panelIn, panelOf, tell } from "../shared/live.js";
import { MARGIN, layout, matrix, plane } from "../shared/plots.js";
import css from "../shared/style.css";
import { quarterCircleValues } from "../shared/theory.js";

const EXAMPLE = { kind: "colei", n: 60, fraction: 0.1, distribution: "exponential" };
const AFTER = 300; // milliseconds: typing has paused
const SLOW = 120; // units: above, a word comes before the wait

let mounted = 0;

/**
 * The figure inside `root`. Returns { give(name, bytes), paste(text), found(), destroy() }; onFound(report) is called
 * after every matrix that could be read.
 */
export function mount(root, onFound = () => {}) {
  const view = build(root, `om-${++mounted}-`);
  let [given, report, later, latest] = [null, null, 0, 0];
  let examples = 0;
  const picture = live(view.root, view.spoken, (width) => (report ? show(view, report, width) : ""));

  function say(words, refused = false) {
    view.says.textContent = words;
    for (const node of [view.says, view.root]) node.toggleAttribute("data-refused", refused);
  }
  /** Make a matrix by `make`, which may refuse, and look at it. */
  function look(make, where) {
    try {
      given = { ...make(), where };
      examined();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      say(error.message, true);
    }
  }
  function examined() {
    const mine = ++latest;
    const { W, n, where } = given;
    const ready = () => {
      if (mine !== latest) return;
      try {
        report = examine(view.transposed.checked ? turned(W, n) : W, n);
      } catch (error) {
        return say(`${where}: expected a matrix whose spectrum can be computed, got one where it cannot (${error.message})`, true);
      }
      say(`${where}: ${n} units${view.transposed.checked ? ", rows and columns exchanged" : ""}`);
      picture.soon();
      onFound(report);
    };
    if (n <= SLOW) return ready();
    say(`${where}: looking at ${n} units …`);
    setTimeout(ready, 30); // for the words to be seen
  }
  async function file(chosen) {
    const mine = ++latest;
    try {
      const bytes = chosen.size > LARGEST ? { length: chosen.size } : new Uint8Array(await chosen.arrayBuffer());
      if (mine === latest) look(() => fromFile(chosen.name, bytes), chosen.name);
    } catch {
      say(`${chosen.name}: expected a file that can be read, got one that cannot`, true);
    }
  }
  const paste = (text) => look(() => fromText(text), "matrix");
  function example() {
    const { W, n } = draw({ ...EXAMPLE, seed: ++examples });
    given = { W, n, where: "An example, ColEI" };
    examined();
  }

  view.file.addEventListener("change", () => view.file.files.length && file(view.file.files[0]));
  view.text.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(() => view.text.value.trim() && paste(view.text.value), AFTER);
  });
  view.transposed.addEventListener("change", () => given && examined());
  view.example.addEventListener("click", example);
  for (const name of ["dragenter", "dragover", "dragleave", "drop"])
    view.root.addEventListener(name, (event) => {
      event.preventDefault();
      view.given.classList.toggle("om-over", name === "dragenter" || name === "dragover");
      if (name !== "drop") return;
      const { files } = event.dataTransfer;
      if (files.length === 1) file(files[0]);
      else if (files.length) say(`files: expected one, got ${files.length}`, true);
      else paste(event.dataTransfer.getData("text/plain"));
    });
  example();

  return {
    give: (name, bytes) => look(() => fromFile(name, bytes), name),
    paste,
    found: () => report,
    destroy() {
      clearTimeout(later);
      latest = -1;
      picture.stop();
      view.root.remove();
    },
  };
}

function turned(W, n) {
  return W.map((_, at) => W[(at % n) * n + Math.floor(at / n)]);
}

// --- the page -----------------------------------------------------------------------------------------

function build(root, id) {
  const legend = '<i class="om-legend-even"></i>independent';
  const content = `
    <div class="om-given">
      <div class="om-file">
        <label for="${id}file">Drop a .npy or .csv file here, or choose one</label>
        <input type="file" id="${id}file" accept=".npy,.csv">
        <span class="sl-words">Nothing leaves this page.</span>
      </div>
      <div><label for="${id}text">Or paste numbers, a row a line</label>
        <textarea id="${id}text" spellcheck="false" autocomplete="off" placeholder="0.1, -0.3&#10;0.2, -0.1"></textarea></div>
      <div class="om-ways">
        <label><input type="checkbox" name="transposed">Rows send: exchange rows and columns</label>
        <button type="button">Another example</button>
      </div>
    </div>
    <p class="om-says" role="alert"></p>
    <div class="om-found">
      <div class="sl-panels">
        ${panelOf("matrix", "Weights", "", "<canvas aria-hidden='true'></canvas>")}
        ${panelOf("plane", "Eigenvalues")}
        ${panelOf("spectrum", "Singular values", legend)}
      </div>
      <ul class="om-lines"></ul>
      <ul class="om-advice"></ul>
    </div>`;
  const figure = figureIn(root, "Bring your own matrix", "sl om", css + own, content);
  const one = (selector) => figure.querySelector(selector);
  return {
    root: figure,
    given: one(".om-given"),
    file: one("input[type=file]"),
    text: one("textarea"),
    transposed: one("input[name=transposed]"),
    example: one("button"),
    says: one(".om-says"),
    matrix: panelIn(figure, "matrix"),
    plane: panelIn(figure, "plane"),
    spectrum: panelIn(figure, "spectrum"),
    lines: one(".om-lines"),
    advice: one(".om-advice"),
    spoken: one("[role=status]"),
  };
}

/** Draw a report; returns it as a sentence. */
function show(view, report, width) {
  const { n, s, radius, disc, obeys } = report;
  const { side, histogram, height } = layout(width);
  const written = (x, figures) => general(x, figures).replace("-", "\u2212");
  const split = obeys && ordered(report);
  const largest = matrix(view.matrix.svg, view.matrix.canvas, { ...report, rho: 1 }, split ? "colei" : "rnn", side, side < 150 ? ["E", "I"] : null);
  tell(view.matrix, MARGIN.matrix + side + 2, `largest size ${written(largest, 3)}`, `Weights, ${n} by ${n}: orange excites, purple inhibits.`);
  const circles = disc ? [{ radius: disc, name: "theory" }] : [];
  plane(view.plane.svg, { ...report, rho: 0 }, side, 1e-300, circles, written);
  const dashed = disc ? `; dashed circle of radius ${written(disc, 3)}` : "";
  tell(
    view.plane, MARGIN.plane + side + MARGIN.right, `largest modulus ${written(radius, 3)}`,
    `Eigenvalues in the complex plane, largest modulus ${written(radius, 3)}${dashed}.`,
  );
  const scale = Math.sqrt(s.reduce((sum, x) => sum + x * x, 0) / n);
  spectrum(view.spectrum.svg, s, quarterCircleValues(n, scale), histogram, height + MARGIN.top + MARGIN.bottom);
  tell(
    view.spectrum, histogram, `H ${report.H.toFixed(3)}, of independent entries ${report.rnnH.toFixed(3)}`,
    `Singular values by rank on a logarithmic axis, from ${written(s[0], 3)} to ${written(s.at(-1), 3)}.`,
  );
  const items = (list, sentences) =>
    list.replaceChildren(...sentences.map((words) => Object.assign(document.createElement("li"), { textContent: words })));
  items(view.lines, report.lines);
  items(view.advice, report.advice);
  return `${report.lines.join(". ")}. ${report.advice.join(" ")}`;
}

/** Whether excitatory columns come first, so that a line below the matrix can say who sends. */
function ordered({ W, n, nE, nI }) {
  if (!nE || !nI) return false;
  for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) if (j < nE ? W[i * n + j] < 0 : W[i * n + j] > 0) return false;
  return true;
}
