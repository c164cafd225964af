// The mechanism in headless Chromium: what a reader does, and what then is seen, as JSON on standard output.
// `node mechanism/mechanism.test.mjs PAGE [CHROMIUM]`; the page has one such figure, its data also in data.json.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { done, inNotebook, looks, open, press, report, unlabelled, unreadable } from "../shared/chrome.test.mjs";

const tab = await open({ viewport: { width: 1100, height: 800 } });
await tab.waitForSelector(".mm[data-drawings]");
const see = (where = tab) =>
  where.$eval(".mm", (node) => ({
    step: Number(node.querySelector("input[type=range]").value),
    says: node.querySelector("input[type=range]").getAttribute("aria-valuetext"),
    names: [...node.querySelectorAll(".mm-panels > .sl-panel .sl-title")].map((one) => one.textContent),
    left: [...node.querySelectorAll(".mm-numbers")].map((one) => Number(one.querySelector("b").textContent)),
    dots: [...node.querySelectorAll(".mm-panels > .sl-panel .sl-points")].map((one) => one.getAttribute("d").split("M").length - 1),
    button: node.querySelector(".sl-play").textContent,
    words: node.querySelector(".mm-foot p").textContent,
  }));
const settled = async (what, where = tab) => {
  for (let k = 0; k < 300 && !what(await see(where)); k++) await where.waitForTimeout(50);
  return see(where);
};

report.still = await tab.$$eval(".moving-mechanism > img", (images) => images.length);
report.end = await see();
await press(tab, ".mm input[type=range]", "Home", "slider");
report.start = await see();
await press(tab, "[data-is=next]", "Enter", "step");
report.one = await see();
await press(tab, "[data-is=way][value=forward]", "ArrowRight", "way");
report.backward = await see();
await press(tab, ".mm select", "End", "beside");
report.dann = await see();
await press(tab, ".mm select", "ArrowUp", "beside back");
report.neither = await see();
await press(tab, "[data-is=again]", "Enter", "new draw");
await tab.waitForTimeout(500);
report.spoken = await tab.$eval(".mm [role=status]", (node) => node.textContent);
report.unlabelled = await unlabelled(tab);
report.undescribed = await tab.$$eval(".mm svg[role=img]", (nodes) => nodes.filter((node) => !node.getAttribute("aria-label")).length);

// --- it plays, pauses, and ends ---
await tab.focus(".sl-play");
await tab.keyboard.press("Enter");
report.playing = await settled(({ button }) => button === "Pause");
report.moved = await settled(({ step }) => step >= 2);
await tab.keyboard.press("Space");
report.paused = await settled(({ button }) => button === "Play");
await tab.waitForTimeout(700);
report.rest = await see();
await tab.keyboard.press("Enter");
report.finished = await settled(({ button, step }) => button === "Play" && step === 10);

// --- with less motion the cloud is never between two steps ---
const calm = await open({ viewport: { width: 700, height: 800 }, reducedMotion: "reduce" });
await calm.waitForSelector(".mm[data-drawings]");
await calm.focus(".sl-play");
await calm.evaluate(() => {
  window.seen = new Set();
  const path = () => document.querySelector(".mm .sl-points").getAttribute("d");
  new MutationObserver(() => window.seen.add(path())).observe(document.querySelector(".mm svg"), { childList: true });
});
await calm.keyboard.press("Enter");
await settled(({ step }) => step >= 2, calm);
report.calm = await calm.evaluate(() => ({
  pictures: window.seen.size,
  steps: Number(document.querySelector(".mm input[type=range]").value),
}));

// --- in a notebook ---
const data = JSON.parse(readFileSync(join(dirname(process.argv[2]), "data.json"), "utf8"));
const state = { data, beside: "colei", way: "forward", seed: 1, step: 10, directions: [], log_gain: [] };
report.widget = await inNotebook(tab, state, [
  { until: "state.directions.length === 2 && state.directions[0] > state.directions[1]" },
  { change: { step: 0 }, until: "Math.abs(state.directions[0] - 100) < 1e-9 && Math.abs(state.log_gain[1]) < 1e-9" },
  { change: { beside: "dann" }, until: "el.querySelector('select').value === 'dann'" },
  { act: "el.querySelector('[data-is=again]').click()", until: "state.seed === 2" },
]);

// --- how long a new draw takes, in milliseconds of the page's own processor time ---
const session = await tab.context().newCDPSession(tab);
await session.send("Performance.enable", { timeDomain: "threadTicks" });
const busy = async () => {
  const { metrics } = await session.send("Performance.getMetrics");
  return 1000 * metrics.find(({ name }) => name === "TaskDuration").value;
};
report.busy = { draw: [], step: [] };
for (const [name, selector] of [["draw", "[data-is=again]"], ["step", "[data-is=next]"]])
  for (let k = 0; k < 6; k++) {
    const before = await busy();
    await tab.evaluate(async (selector) => {
      const figure = document.querySelector(".mm");
      const then = figure.dataset.drawings;
      document.querySelector(selector).click();
      while (figure.dataset.drawings === then) await new Promise(requestAnimationFrame);
    }, selector);
    report.busy[name].push((await busy()) - before);
  }

report.axe = await unreadable(tab, ".mm");
await looks(tab, ".moving-mechanism", { root: ".mm", coloured: ".mm .sl-points", colour: "stroke" });
report.axeDark = await unreadable(tab, ".mm");
await done();
