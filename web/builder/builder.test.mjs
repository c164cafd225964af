// The shaken matrices in headless Chromium: what a reader does, and what then is seen, as JSON on standard output.
// `node builder/builder.test.mjs PAGE [CHROMIUM]`; the page has one such figure.

import { done, looks, open, press, report, unlabelled, unreadable } from "../shared/chrome.test.mjs";

const tab = await open({ viewport: { width: 900, height: 900 } });
await tab.waitForSelector(".sb[data-drawings]");
const see = () =>
  tab.$eval(".sb", (node) => ({
    words: [...node.querySelectorAll(".sb-words")].map((one) => one.textContent),
    subs: [...node.querySelectorAll(".sl-sub")].map((one) => one.textContent).filter(Boolean),
    labels: [...node.querySelectorAll("svg")].map((one) => one.getAttribute("aria-label")),
    mixed: [...node.querySelectorAll(".sb-kind")].map((kind) => kind.querySelectorAll(".sb-mixed").length),
    pictures: [...node.querySelectorAll("canvas")].map((one) => one.toDataURL()),
  }));
report.still = await tab.$$eval(".shaken-matrices > img", (images) => images.length);
report.start = await see();
await press(tab, ".sb input[name=size]", "End", "size");
report.projected = await see();
await press(tab, ".sb [data-is=project][value=yes]", "ArrowRight", "project");
report.free = await see();
await tab.waitForTimeout(500);
report.spoken = await tab.$eval(".sb [role=status]", (node) => node.textContent);
await press(tab, ".sb [data-is=project][value=no]", "ArrowLeft", "again");
await press(tab, ".sb input[name=size]", "Home", "back");
report.back = await see();
report.unlabelled = await unlabelled(tab);

// --- how long an answer takes, in milliseconds, from the change to the drawing ---
report.busy = await tab.evaluate(async () => {
  const [figure, slider] = [document.querySelector(".sb"), document.querySelector(".sb input[name=size]")];
  const found = [];
  for (let k = 0; k < 12; k++) {
    const then = figure.dataset.drawings;
    slider.value = k % 2;
    const began = performance.now();
    slider.dispatchEvent(new Event("input"));
    while (figure.dataset.drawings === then) await new Promise(requestAnimationFrame);
    found.push(performance.now() - began);
  }
  return found;
});

report.axe = await unreadable(tab, ".sb");
await tab.setViewportSize({ width: 330, height: 800 });
await tab.waitForTimeout(200);
// as wide as a page's column is on a phone
report.titles = await tab.$$eval(".sb .sl-title", (nodes) => nodes.map((node) => [node.scrollWidth, node.clientWidth]));
report.letters = await tab.$$eval(".sb :is(.sb-words, .sl-title, .sl-sub, label, output)", (nodes) => nodes.map((node) => parseFloat(getComputedStyle(node).fontSize)));
await looks(tab, ".shaken-matrices", { root: ".sb", coloured: ".sb .sl-title" });
report.axeDark = await unreadable(tab, ".sb");
await done();
