// The transplant bench in headless Chromium: what a reader does, and what then is seen, as JSON on standard output.
// `node bench/bench.test.mjs PAGE [CHROMIUM]`; the page has one bench.

import { done, inNotebook, looks, open, press, report, unlabelled } from "../shared/chrome.test.mjs";

const tab = await open({ viewport: { width: 1100, height: 800 } });
await tab.waitForSelector(".sl[data-drawings]");
const readings = () => tab.$$eval(".tb-readings b", (nodes) => nodes.map((node) => node.textContent));
report.still = await tab.$$eval(".transplant-bench img", (images) => images.length);
report.start = await readings();

await press(tab, "[data-is=vectors][value=colei]", "ArrowLeft", "vectors");
report.rnn = await readings();
await press(tab, "[data-is=vectors][value=rnn]", "ArrowRight", "vectors back");
await press(tab, "[data-is=spectrum][value=rnn]", "ArrowRight", "spectrum");
report.colei = await readings();
await press(tab, ".sl select", "ArrowDown", "matching");
report.shuffled = await readings();
await press(tab, "input[name=n]", "ArrowRight", "n");
await press(tab, "input[name=inhibitory]", "ArrowRight", "inhibitory");
await press(tab, "[data-is=again]", "Enter", "new draw");
await press(tab, "[data-is=preset]", "Space", "preset");
report.afterPreset = await tab.$eval(".sl", (node) => [
  ...["n", "inhibitory"].map((name) => node.querySelector(`input[name=${name}]`).value),
  node.querySelector("select").value,
]);
await tab.waitForTimeout(500);
report.spoken = await tab.$eval(".sl [aria-live]", (node) => node.textContent);
report.unlabelled = await unlabelled(tab);

const start = { vectors: "colei", spectrum: "rnn", matching: "ranked", n: 20, inhibitory: 10, seed: 1 };
report.widget = await inNotebook(tab, start, [
  { until: "state.weights?.byteLength === 20 * 20 * 8 && state.columns_of_one_sign === 0" },
  { change: { n: 30 }, until: "state.weights?.byteLength === 30 * 30 * 8 && el.querySelector('input[name=n]').value === '30'" },
  { act: "el.querySelector('[data-is=spectrum][value=colei]').click()", until: "state.spectrum === 'colei' && state.columns_of_one_sign === 30" },
]);

// how long the page is busy, of its own processor time: a new matrix of the same draw, and a new draw
const session = await tab.context().newCDPSession(tab);
await session.send("Performance.enable", { timeDomain: "threadTicks" });
const busy = async () => {
  const { metrics } = await session.send("Performance.getMetrics");
  return 1000 * metrics.find(({ name }) => name === "TaskDuration").value;
};
async function timed(act) {
  const drawings = await tab.$eval(".sl", (node) => node.dataset.drawings);
  const start = await busy();
  await tab.evaluate(act);
  await tab.waitForFunction((then) => document.querySelector(".sl").dataset.drawings !== then, drawings, { polling: 50 });
  return (await busy()) - start;
}
const click = (selector) => `document.querySelector(${JSON.stringify(selector)}).click()`;
await timed("const n = document.querySelector('input[name=n]'); n.value = n.max; n.dispatchEvent(new Event('input', { bubbles: true }))");
report.busy = { spectrum: [], draw: [] };
for (let k = 0; k < 5; k++) {
  report.busy.draw.push(await timed(click("[data-is=again]")));
  for (const kind of ["rnn", "colei"]) report.busy.spectrum.push(await timed(click(`[data-is=spectrum][value=${kind}]`)));
}

await looks(tab, ".transplant-bench");
await done();
