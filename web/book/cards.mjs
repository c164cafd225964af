// A table on a wide screen and on a phone: `node book/cards.mjs PAGE CHROMIUM` reports on the last cell.

import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";
import { QUIET } from "../chromium.mjs";

const browser = await chromium.launch({ executablePath: process.argv[3], args: QUIET });
const report = {};
for (const width of [360, 1280]) {
  const tab = await (await browser.newContext({ viewport: { width, height: 800 } })).newPage();
  await tab.goto(pathToFileURL(process.argv[2]).href);
  report[width] = await tab.evaluate(() => {
    const table = document.querySelector("table");
    const cell = table.querySelector("tbody tr").lastElementChild;
    return {
      display: getComputedStyle(cell).display,
      label: getComputedStyle(cell, "::before").content,
      right: cell.getBoundingClientRect().right,
      scrolls: table.scrollWidth > table.clientWidth,
    };
  });
}
await browser.close();
process.stdout.write(JSON.stringify(report));
