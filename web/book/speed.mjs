// How heavy a page of the built book is, when its first figure is drawn, and how fast a control answers: opened from a
// folder. `node book/speed.mjs PAGE CHROMIUM` prints a report.

import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { QUIET } from "../chromium.mjs";

const [OPENED, CHANGES] = [3, 9];

/**
 * Of a page: { bytes, packed, first, answers, heaviest }. `packed` is what a server that compresses would send; `first`,
 * ms to the first drawing, for each time the page is opened; `answers`, ms from a new draw's click to its picture.
 */
export async function measure(browser, page) {
  const sizes = new Map();
  const report = { first: [], answers: [] };
  for (let k = 0; k < OPENED; k++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, offline: true });
    const tab = await context.newPage();
    tab.on("requestfinished", (request) => {
      const url = request.url().split(/[?#]/)[0];
      if (!url.startsWith("file:") || sizes.has(url)) return;
      const content = readFileSync(fileURLToPath(url));
      const dense = /\.(png|woff2?)$/.test(url); // compressed as they are
      sizes.set(url, [content.length, dense ? content.length : gzipSync(content).length]);
    });
    await tab.addInitScript(() => {
      new MutationObserver((_, observer) => {
        if (!document.querySelector("[data-drawings]")) return;
        window.firstDrawing = performance.now();
        observer.disconnect();
      }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-drawings"] });
    });
    await tab.goto(pathToFileURL(page).href, { waitUntil: "load" });
    await tab.waitForFunction(() => window.firstDrawing, null, { timeout: 20_000 });
    report.first.push(await tab.evaluate(() => window.firstDrawing));
    if (k === OPENED - 1) report.answers = await answers(tab);
    await context.close();
  }
  const total = (which) => [...sizes.values()].reduce((sum, size) => sum + size[which], 0);
  const heaviest = [...sizes].sort((a, b) => b[1][0] - a[1][0]).slice(0, 5);
  report.heaviest = heaviest.map(([url, [bytes]]) => [url.split("/").pop(), bytes]);
  return { ...report, bytes: total(0), packed: total(1) };
}

async function answers(tab) {
  await tab.waitForTimeout(1000); // what the page does after it is there
  return tab.evaluate(async (changes) => {
    const figure = document.querySelector("[data-drawings]");
    const again = figure.querySelector("[data-is=again]");
    const found = [];
    for (let k = 0; again && k < changes; k++) {
      const then = figure.dataset.drawings;
      const began = performance.now();
      again.click();
      while (figure.dataset.drawings === then) await new Promise((resolve) => requestAnimationFrame(resolve));
      found.push(performance.now() - began);
    }
    return found;
  }, CHANGES);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const browser = await chromium.launch({ executablePath: process.argv[3], args: QUIET });
  try {
    process.stdout.write(JSON.stringify(await measure(browser, process.argv[2])));
  } catch (error) {
    console.error(error.message.split("\n")[0]);
    process.exitCode = 1;
  }
  await browser.close();
}
