// A chapter in a live JupyterLab: what is folded, whether the prose is rendered, what arrow keys do.
//
//     node book/lab.mjs ADDRESS CHROMIUM [PICTURE]     # JupyterLab with --expose-app-in-browser; prints JSON

import { chromium } from "playwright-core";
import { QUIET } from "../chromium.mjs";

const [address, executablePath, picture] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: QUIET });
const tab = await browser.newPage({ viewport: { width: 1300, height: 4000 } });
tab.setDefaultTimeout(120_000);
await tab.goto(address);
await tab.waitForFunction(() => document.querySelectorAll(".jp-Notebook .jp-Cell").length > 3 && window.jupyterapp);
const notebook = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook";

await tab.evaluate(async () => {
  const app = window.jupyterapp;
  await app.restored;
  await app.shell.currentWidget.sessionContext.ready;
  await app.commands.execute("notebook:run-all-cells");
});
for (const control of [".sl input[type=range]", ".jupyter-widgets .noUi-handle"]) {
  await tab.waitForSelector(`${notebook} ${control}`, { timeout: 60_000 }).catch(async (error) => {
    if (picture) await tab.screenshot({ path: picture });
    throw error;
  });
}

await tab.waitForFunction(
  () => ![...document.querySelectorAll(".jp-Notebook .jp-InputPrompt")].some((prompt) => prompt.textContent.includes("*")),
);

const report = {};
report.folded = await tab.$$eval(`${notebook} .jp-CodeCell`, (found) =>
  found.map((cell) => ({
    source: !!cell.querySelector(".jp-InputPlaceholder"),
    output: !!cell.querySelector(".jp-OutputPlaceholder"),
  })),
);
report.prose = await tab.$$eval(`${notebook} .jp-MarkdownCell`, (found) =>
  found.map((cell) => ({
    text: cell.innerText,
    closed: [...cell.querySelectorAll("details")].map((one) => !one.open),
  })),
);

/** What an arrow key does to a control. */
async function keys(selector, value) {
  const control = tab.locator(`${notebook} ${selector}`).first();
  await control.scrollIntoViewIfNeeded();
  await tab.waitForTimeout(1500); // the notebook has scrolled, and put in place what it had left out
  await control.focus();
  await tab.waitForTimeout(500);
  await control.focus(); // the cell is the active one now
  const before = await control.evaluate(value);
  await tab.keyboard.press("ArrowRight");
  await tab.keyboard.press("ArrowUp");
  await tab.waitForTimeout(300);
  const moved = await control.evaluate(value);
  const focused = await control.evaluate((node) => node === document.activeElement);
  return { before, moved, focused };
}
report.playground = await keys(".jupyter-widgets .noUi-handle", (node) => node.getAttribute("aria-valuenow"));
if (picture) await tab.screenshot({ path: picture });
console.log(JSON.stringify(report));
await browser.close();
