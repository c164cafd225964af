// Every control of every figure by keyboard alone: it is reached with Tab, has a name, and does something.

// Formulas and tables that scroll take the focus too, and control nothing.
const PASSIVE = "mjx-container, table, .pst-scrollable-table-container, [tabindex='-1']";
const CONTROL = `input, select, button, textarea, [tabindex]:not(${PASSIVE}), [role=slider], [role=button]`;
const AVAILABLE = (node) =>
  !node.disabled && node.getAttribute("aria-disabled") !== "true" && !node.closest("[inert], [hidden]") && node.checkVisibility();

/** Run in the page: number the controls of the figures, and leave there what the checks below call. */
function prepare(CONTROL, available) {
  const isAvailable = eval(available);
  const figures = [...document.querySelectorAll("figure[id], .cell_output, .interactive")].filter((node) =>
    [...node.querySelectorAll(CONTROL)].some((control) => !control.closest("pre, .highlight, details.hide")),
  );
  const outer = figures.filter((node) => !figures.some((other) => other !== node && other.contains(node)));
  const controls = [];
  for (const figure of outer) {
    for (const node of figure.querySelectorAll(CONTROL)) {
      if (node.closest("pre, .highlight") || !isAvailable(node)) continue;
      node.dataset.control = controls.length;
      controls.push({
        id: controls.length,
        figure: figure.id || figure.closest("[id]")?.id || "",
        kind: node.localName === "input" ? node.type : node.localName,
        name: node.getAttribute("aria-label") || node.labels?.[0]?.textContent.trim() || node.textContent.trim().slice(0, 40) || node.name,
        group: node.type === "radio" ? node.name : "",
        roving: node.tabIndex < 0 && [...node.parentElement.children].some(({ tabIndex, localName }) => tabIndex >= 0 && localName === node.localName),
      });
    }
  }
  /** All that a reader could see or hear change in the figure of a control. */
  window.stateOfFigure = (id) => {
    const node = document.querySelector(`[data-control="${id}"]`);
    const figure = outer.find((one) => one.contains(node));
    if (!figure) return "gone";
    const values = [...figure.querySelectorAll("input:not([type=file]), select, textarea")].map((one) => `${one.value} ${one.checked}`);
    const pixels = [...figure.querySelectorAll("canvas")].map((one) => one.toDataURL());
    return [figure.innerHTML, values.join(), pixels.join()].join("\n");
  };
  const outputs = [...document.querySelectorAll(".cell_output")];
  return { figures: outer.map((node) => ({ id: node.id, output: outputs.indexOf(node) })), controls };
}

/** The controls that Tab reaches, walking once through the page from the first control on. */
async function walk(tab, controls) {
  const reached = new Set();
  await tab.evaluate(() => {
    const first = document.querySelector('[data-control="0"]');
    const start = document.createElement("button");
    start.id = "start-of-walk";
    (first.closest("figure, .cell_output") ?? first).before(start);
    start.focus();
  });
  const limit = 3 * controls.length + 400;
  for (let k = 0, missing = controls.length; k < limit && missing; k++) {
    await tab.keyboard.press("Tab");
    const at = await tab.evaluate(() => {
      const node = document.activeElement;
      if (node === document.body) return "end";
      return node.dataset.control === undefined ? null : Number(node.dataset.control);
    });
    if (at === "end") break;
    if (at !== null && !reached.has(at)) {
      reached.add(at);
      missing--;
    }
  }
  await tab.evaluate(() => document.getElementById("start-of-walk").remove());
  return reached;
}

const KEYS = {
  range: ["ArrowRight", "ArrowLeft"],
  radio: ["Space", "ArrowRight", "ArrowLeft"], // the first where it is not chosen yet
  select: ["ArrowDown", "ArrowUp"],
  checkbox: ["Space"],
  button: ["Enter"],
  number: ["ArrowUp", "ArrowDown"],
};
const OTHER = ["ArrowRight", "ArrowLeft", "Enter", "Space", "Home", "End"];

const changed = (tab, id, timeout = 1500) =>
  tab
    .waitForFunction((which) => window.stateOfFigure(which) !== window.before, id, { timeout, polling: 60 })
    .then(() => true, () => false);

const A_FILE = { name: "three.csv", mimeType: "text/csv", buffer: Buffer.from("1,2,-3\n2,1,-1\n3,1,-2\n") };

/** A key opens the browser's own dialog, and a file that is chosen there changes the figure. */
async function takesFile(tab, id) {
  for (const key of ["Enter", "Space"]) {
    await tab.locator(`[data-control="${id}"]`).focus();
    await tab.evaluate((which) => (window.before = window.stateOfFigure(which)), id);
    const asked = tab.waitForEvent("filechooser", { timeout: 5000 }).catch(() => null);
    await tab.keyboard.press(key);
    const chooser = await asked;
    if (!chooser) continue;
    await chooser.setFiles(A_FILE);
    return changed(tab, id, 5000);
  }
  return false;
}

/** Press what should move a control until its figure is another. */
async function moves(tab, { id, kind }) {
  if (kind === "file") return takesFile(tab, id);
  for (const key of KEYS[kind] ?? OTHER) {
    const node = tab.locator(`[data-control="${id}"]`);
    if (!(await node.count()) || !(await node.evaluate(AVAILABLE))) return null; // another control took it away
    if (kind === "radio" && key === "Space" && (await node.isChecked())) continue;
    await node.focus();
    await tab.evaluate((which) => (window.before = window.stateOfFigure(which)), id);
    await tab.keyboard.press(key);
    if (await changed(tab, id)) return true;
  }
  return false;
}

/** Returns the figures with controls, by id or by which output of a cell they are, and the number of controls. */
export async function operateFigures(tab, blame) {
  const { figures, controls } = await tab.evaluate(
    ([selector, available, source]) => (0, eval)(`(${source})`)(selector, available),
    [CONTROL, `(${AVAILABLE})`, `${prepare}`],
  );
  if (!controls.length) return { figures, controls: 0 };
  const reached = await walk(tab, controls);
  const groups = new Set(controls.filter(({ id }) => reached.has(id)).map(({ group }) => group));
  for (const control of controls) {
    const which = `figure ${control.figure}: the ${control.kind} "${control.name}"`;
    if (!control.name) blame(`${which} has no name`);
    if (!control.roving && !reached.has(control.id) && !(control.group && groups.has(control.group)))
      blame(`${which} is not reached with Tab`);
    if (!control.roving && (await moves(tab, control)) === false) blame(`${which} does nothing by keyboard`);
  }
  return { figures, controls: controls.length };
}
