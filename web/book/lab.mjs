// A chapter where people open it: what is folded, whether the prose is rendered, what keys do in a control.
//
//     node book/lab.mjs CHROMIUM PICTURES ADDRESS ...     # JupyterLab or Notebook 7 that exposes its app; prints JSON
//
// A list, one for each address. PICTURES: the beginning of the pictures' names.

import { chromium } from "playwright-core";
import { QUIET } from "../chromium.mjs";

const [executablePath, pictures, ...addresses] = process.argv.slice(2);
const CONTROLS = {
  figure: { selector: ".sl input[type=range]", value: (node) => node.value },
  playground: { selector: ".jupyter-widgets .noUi-handle", value: (node) => node.getAttribute("aria-valuenow") },
};

const browser = await chromium.launch({ executablePath, args: QUIET });
const reports = [];
for (const [k, address] of addresses.entries()) {
  const tab = await browser.newPage({ viewport: { width: 1300, height: 4000 } });
  tab.setDefaultTimeout(60_000);
  try {
    reports.push(await look(tab, address));
  } finally {
    await tab.screenshot({ path: `${pictures}${k}.png` });
  }
  await tab.close();
}
console.log(JSON.stringify(reports));
await browser.close();

async function look(tab, address) {
  await tab.goto(address);
  await tab.waitForFunction(() => document.querySelectorAll(".jp-Notebook .jp-Cell").length > 3 && window.jupyterapp);
  await tab.evaluate(async () => {
    const app = window.jupyterapp;
    await app.restored;
    await app.shell.currentWidget.sessionContext.ready;
    await app.commands.execute("notebook:run-all-cells");
  });
  for (const { selector } of Object.values(CONTROLS)) await tab.waitForSelector(`.jp-Notebook ${selector}`);
  await tab.waitForFunction(
    () => ![...document.querySelectorAll(".jp-Notebook .jp-InputPrompt")].some((one) => one.textContent.includes("*")),
  );
  const folded = await tab.$$eval(".jp-Notebook .jp-CodeCell", (found) =>
    found.map((cell) => ({
      source: !!cell.querySelector(".jp-InputPlaceholder"),
      label: cell.querySelector(".jp-InputPlaceholder")?.innerText ?? "",
      output: !!cell.querySelector(".jp-OutputPlaceholder"),
    })),
  );
  const keys = {};
  for (const [name, control] of Object.entries(CONTROLS)) keys[name] = await press(tab, control);
  await tab.evaluate(() => {
    const { content } = window.jupyterapp.shell.currentWidget;
    content.notebookConfig = { ...content.notebookConfig, windowingMode: "none" }; // cells out of sight as well
  });
  await tab.waitForFunction(() => {
    const { content } = window.jupyterapp.shell.currentWidget;
    const shown = [...document.querySelectorAll(".jp-MarkdownCell .jp-RenderedMarkdown")].filter((cell) => cell.innerText);
    return shown.length === content.widgets.filter((cell) => cell.model.type === "markdown").length;
  });
  const prose = await tab.$$eval(".jp-Notebook .jp-MarkdownCell", (found) =>
    found.map((cell) => ({
      text: cell.innerText,
      width: cell.scrollWidth,
      room: cell.clientWidth + 1,
      closed: [...cell.querySelectorAll("details")].map((one) => !one.open),
    })),
  );
  return { folded, prose, keys };
}

/** What a click on a control, and keys after it, do to the control and to the notebook's cells. */
async function press(tab, { selector, value }) {
  const control = tab.locator(`.jp-Notebook ${selector}`).first();
  await control.scrollIntoViewIfNeeded();
  await tab.waitForTimeout(1000); // the notebook has scrolled, and put in place what it had left out
  const state = () =>
    tab.evaluate(() => {
      const { content } = window.jupyterapp.shell.currentWidget;
      return { cells: content.model.cells.length, active: content.activeCellIndex };
    });
  await control.click();
  await tab.waitForTimeout(300);
  const steps = [];
  for (const keys of [["ArrowRight"], ["ArrowUp"], ["d", "d"], ["a"], ["Escape"]]) {
    for (const key of keys) await tab.keyboard.press(key);
    await tab.waitForTimeout(300);
    const focused = await control.evaluate((node) => node === document.activeElement);
    steps.push({ keys: keys.join(" "), value: Number(await control.evaluate(value)), focused, ...(await state()) });
  }
  return steps;
}
