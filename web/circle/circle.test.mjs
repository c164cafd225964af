// The stretched circle in headless Chromium: what a reader does, and what then is seen, as JSON on standard output.
// `node circle/circle.test.mjs PAGE [CHROMIUM]`; the page has one such figure.

import { done, looks, open, press, report, unlabelled, unreadable } from "../shared/chrome.test.mjs";

const tab = await open({ viewport: { width: 900, height: 800 } });
await tab.waitForSelector(".sc[data-drawings]");
const see = () =>
  tab.$eval(".sc", (node) => ({
    words: node.querySelector(".sc-words").textContent,
    titles: [...node.querySelectorAll(".sl-title")].map((one) => one.textContent),
    subs: [...node.querySelectorAll(".sl-sub")].map((one) => one.textContent),
    labels: [...node.querySelectorAll("svg")].map((one) => one.getAttribute("aria-label")),
  }));
report.still = await tab.$$eval(".stretched-circle > img", (images) => images.length);
report.start = await see();
for (const name of ["ee", "ei", "ie", "ii", "steps"]) await press(tab, `.sc input[name=${name}]`, "ArrowRight", name);
report.moved = await see();
await press(tab, ".sc button", "Enter", "back");
report.back = await see();
await press(tab, ".sc input[name=ii]", "End", "far");
await tab.waitForTimeout(500);
report.spoken = await tab.$eval(".sc [role=status]", (node) => node.textContent);
report.unlabelled = await unlabelled(tab);

// --- how long an answer takes, in milliseconds, from the change to the drawing ---
report.busy = await tab.evaluate(async () => {
  const [figure, slider] = [document.querySelector(".sc"), document.querySelector(".sc input[name=ee]")];
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

report.axe = await unreadable(tab, ".sc");
report.letters = {};
await tab.setViewportSize({ width: 360, height: 800 });
await tab.waitForTimeout(200);
report.letters = await tab.$$eval(".sc svg text", (nodes) => nodes.map((node) => parseFloat(getComputedStyle(node).fontSize)));
await looks(tab, ".stretched-circle", { root: ".sc", coloured: ".sc .sc-image", colour: "stroke" });
report.axeDark = await unreadable(tab, ".sc");
await done();
