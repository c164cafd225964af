// Figures drawn as SVG on a page: which form a screen takes, what the dark makes of it, what is at hand by keyboard.
// `node book/figures.mjs PAGE CHROMIUM` prints a report; the page has no script, and the browser runs none of it.

import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";
import { QUIET } from "../chromium.mjs";

const url = pathToFileURL(process.argv[2]).href;
const browser = await chromium.launch({ executablePath: process.argv[3], args: QUIET });
const report = { faults: [] };

async function open(width) {
  const tab = await (await browser.newContext({ viewport: { width, height: 900 }, offline: true })).newPage();
  tab.on("console", (message) => message.type() === "error" && report.faults.push(message.text()));
  tab.on("requestfailed", (request) => report.faults.push(request.url()));
  await tab.goto(url, { waitUntil: "load" });
  return tab;
}

for (const width of [360, 1280]) {
  const tab = await open(width);
  report[width] = await tab.evaluate(() => ({
    sources: [...document.images].map((image) => image.currentSrc),
    scales: [...document.images].map((image) => image.clientWidth / image.naturalWidth),
    wide: document.documentElement.scrollWidth,
  }));
}

// Colours on the screen: of the page's own ground, of a figure's corner, and the extremes of its ink.
const tab = await open(1280);
const blank = await tab.context().newPage();
async function colours() {
  const read = async (bytes) =>
    blank.evaluate(async (text) => {
      const image = new Image();
      image.src = `data:image/png;base64,${text}`;
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return [...context.getImageData(0, 0, image.width, image.height).data];
    }, bytes.toString("base64"));
  const picture = await read(await tab.locator("#through_time img").screenshot());
  const corner = await read(await tab.screenshot({ clip: { x: 1, y: 1, width: 1, height: 1 } }));
  let [darkest, lightest] = [255, 0];
  for (let k = 0; k < picture.length; k += 4) {
    const mean = (picture[k] + picture[k + 1] + picture[k + 2]) / 3;
    [darkest, lightest] = [Math.min(darkest, mean), Math.max(lightest, mean)];
  }
  return { ground: picture.slice(0, 3), page: corner.slice(0, 3), darkest, lightest };
}
report.light = await colours();
await tab.evaluate(() => {
  document.documentElement.dataset.theme = "dark";
  document.body.style.background = "#14181e";
});
report.dark = await colours();

report.scripts = await tab.evaluate(() => document.scripts.length);
report.reached = [];
await tab.evaluate(() => document.querySelector("main").focus());
for (let k = 0; k < 8; k++) {
  await tab.keyboard.press("Tab");
  const found = await tab.evaluate(() => document.activeElement.matches(".figure-offers a") && document.activeElement.textContent);
  if (found) report.reached.push(found);
}
await tab.locator("#through_time .figure-offers a", { hasText: "code" }).press("Enter");
await tab.waitForTimeout(100);
report.opened = await tab.evaluate(() => document.querySelector("details").open);
await browser.close();
process.stdout.write(JSON.stringify(report));
