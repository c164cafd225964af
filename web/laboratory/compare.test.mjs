// The laboratory that compares, without what chapter 3 adds, in headless Chromium: what a reader does, and what then is
// seen, as JSON on standard output. `node laboratory/compare.test.mjs PAGE [CHROMIUM]`; the page has one laboratory.

import { done, inNotebook, looks, open, press, report, unlabelled, unreadable } from "../shared/chrome.test.mjs";

const tab = await open({ viewport: { width: 1100, height: 800 } });
await tab.waitForSelector(".lb[data-drawings]");
const see = () =>
  tab.$eval(".lb", (node) => ({
    chosen: [...node.querySelectorAll(".sl-kinds input:checked")].map(({ value }) => value),
    H: [...node.querySelectorAll(".sl-h")].map((one) => Number(one.textContent.split("=")[1])),
    names: [...node.querySelectorAll(".lb-name")].map((one) => one.textContent),
    rings: node.querySelectorAll(".lb-ring").length,
    theory: node.querySelectorAll(".sl-theory, .sl-pointer").length,
    selects: node.querySelectorAll("select, [value=dann_drawn]").length,
    ticks: [...node.querySelectorAll("[data-is=plane] svg")].map((svg) => [...svg.querySelectorAll("text")].slice(0, 6).map((one) => one.textContent).join()),
    pictures: [...node.querySelectorAll(".lb-net")].map((one) => one.querySelector("canvas").toDataURL()),
    radius: node.querySelector("input[name=rho]").parentElement.querySelector("label").textContent,
  }));

report.start = await see();
await press(tab, "[data-is=kind][value=colei]", "ArrowRight", "right");
report.dann = await see();
await press(tab, "[data-is=beside][value=rnn]", "ArrowRight", "left");
report.swapped = await see();
await press(tab, "input[name=rho]", "ArrowRight", "rho");
report.scaled = await see();
await press(tab, "input[name=n]", "ArrowRight", "n");
await press(tab, "input[name=inhibitory]", "ArrowRight", "inhibitory");
const before = await see();
await press(tab, "[data-is=again]", "Enter", "new draw");
const after = await see();
report.bothNew = before.pictures.map((one, k) => one !== after.pictures[k]);
await tab.waitForTimeout(500);
report.spoken = await tab.$eval(".lb [role=status]", (node) => node.textContent);
report.unlabelled = await unlabelled(tab);
report.undescribed = await tab.$$eval(".lb svg[role=img]", (nodes) => nodes.filter((node) => !node.getAttribute("aria-label")).length);

const state = { kind: "colei", beside: "dann", detail: false, n: 20, inhibitory: 10, rho: null, distribution: null, seed: 1 };
report.widget = await inNotebook(tab, state, [
  { until: "state.weights?.byteLength === 20 * 20 * 8 && el.querySelectorAll('.sl-kinds input:checked')[0].value === 'dann'" },
  { change: { beside: "rnn" }, until: "el.querySelectorAll('.sl-kinds input:checked')[0].value === 'rnn'" },
  { act: "el.querySelector('[data-is=beside][value=colei]').click()", until: "state.beside === 'colei' && state.kind === 'colei'" },
]);

// --- how long a new draw of both takes, in milliseconds of the page's own processor time ---
const session = await tab.context().newCDPSession(tab);
await session.send("Performance.enable", { timeDomain: "threadTicks" });
const busy = async () => {
  const { metrics } = await session.send("Performance.getMetrics");
  return 1000 * metrics.find(({ name }) => name === "TaskDuration").value;
};
await tab.evaluate(() => {
  const input = document.querySelector(".lb input[name=n]");
  input.value = 100;
  input.dispatchEvent(new Event("input", { bubbles: true }));
});
report.busy = [];
for (let k = 0; k < 6; k++) {
  const before = await busy();
  await tab.evaluate(async () => {
    const figure = document.querySelector(".lb");
    const then = figure.dataset.drawings;
    figure.querySelector("[data-is=again]").click();
    while (figure.dataset.drawings === then) await new Promise(requestAnimationFrame);
  });
  report.busy.push((await busy()) - before);
}

report.axe = await unreadable(tab, ".lb");
await looks(tab, ".spectral-laboratory");
report.axeDark = await unreadable(tab, ".lb");
await done();
