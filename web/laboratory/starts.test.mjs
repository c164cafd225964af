// The laboratory with chapter 10's starts, in headless Chromium: what a reader does, and what then is seen, as JSON on
// standard output. `node laboratory/starts.test.mjs PAGE [CHROMIUM]`; the page has one such laboratory.

import { done, inNotebook, looks, open, press, report, unlabelled, unreadable } from "../shared/chrome.test.mjs";

const tab = await open({ viewport: { width: 1100, height: 900 } });
await tab.waitForSelector(".lb[data-drawings]");
const see = () =>
  tab.$eval(".lb", (node) => {
    const input = (name) => node.querySelector(`input[name=${name}]`);
    const label = (name) => input(name).parentElement.querySelector("label").textContent;
    const select = node.querySelector("select[data-is=start]");
    const says = (name) => input(name).parentElement.querySelector("output").textContent;
    return {
      chosen: [...node.querySelectorAll(".sl-kinds input:checked")].map(({ value }) => value),
      start: select.value,
      options: [...select.options].map(({ value }) => value),
      selectDisabled: select.disabled,
      disabled: { extra: input("extra").disabled, p: input("p").disabled },
      says: { extra: says("extra"), p: says("p") },
      extra: label("extra"),
      radius: label("rho"),
      H: [...node.querySelectorAll(".sl-h")].map((one) => Number(one.textContent.split("=")[1])),
      words: [...node.querySelectorAll(".lb-entropy .sl-words")].map((one) => one.textContent),
      circles: [...node.querySelectorAll(".lb-nets circle")].map((one) => one.className.baseVal),
      disc: Number(node.querySelectorAll("[data-is=plane] .sl-sub")[1].textContent.split("disc ")[1]),
    };
  });
/** Change a control as a reader's hand does, and wait for the drawing. */
async function change(selector, value) {
  await tab.evaluate(
    async ([selector, value]) => {
      const figure = document.querySelector(".lb");
      const then = figure.dataset.drawings;
      const control = figure.querySelector(selector);
      control.value = value;
      for (const type of ["input", "change"]) control.dispatchEvent(new Event(type, { bubbles: true }));
      while (figure.dataset.drawings === then) await new Promise(requestAnimationFrame);
    },
    [selector, value],
  );
  return see();
}
const choose = (start) => change("select[data-is=start]", start);

report.start = await see();
await press(tab, "select[data-is=start]", "ArrowDown", "start"); // to the identity
report.mixed = await choose("permutation+colei");
await press(tab, "input[name=extra]", "ArrowRight", "extra");
await press(tab, "input[name=rho]", "ArrowRight", "rho");
await tab.waitForTimeout(500);
report.spoken = await tab.$eval(".lb [role=status]", (node) => node.textContent);
report.dense = await choose("own");
await press(tab, "input[name=p]", "ArrowLeft", "p");
report.few = await change("input[name=p]", 0.1);
await press(tab, "input[name=n]", "ArrowRight", "n");
await press(tab, "[data-is=again]", "Enter", "new draw");
await press(tab, "[data-is=kind][value=colei]", "ArrowRight", "kind");
report.dann = await see();
await tab.check("[data-is=kind][value=colei]");
report.unlabelled = await unlabelled(tab);
report.undescribed = await tab.$$eval(".lb svg[role=img]", (nodes) => nodes.filter((node) => !node.getAttribute("aria-label")).length);

const state = { kind: "colei", beside: "rnn", detail: false, starts: true, n: 20, inhibitory: 10, rho: null, distribution: null, start: null, extra: null, p: null, seed: 1 };
report.widget = await inNotebook(tab, state, [
  { until: "state.weights?.byteLength === 20 * 20 * 8 && state.start === 'own' && state.p === 1 && state.rho === 1.5" },
  { change: { start: "sparse" }, until: "state.extra === 3 && state.rho === 1 && state.predicted_entropy === null" },
  { change: { extra: 5 }, until: "el.querySelector('input[name=extra]').value === '5'" },
  { act: "const s = el.querySelector('select'); s.value = 'identity'; s.dispatchEvent(new Event('change'))", until: "state.start === 'identity' && state.extra === null && state.predicted_entropy === 1" },
]);

// --- how long the slowest starts take, in milliseconds of the page's own processor time ---
const session = await tab.context().newCDPSession(tab);
await session.send("Performance.enable", { timeDomain: "threadTicks" });
const busy = async () => 1000 * (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration").value;
await change("input[name=n]", 100);
report.busy = {};
for (const start of ["raised", "compact"]) {
  const before = await busy();
  await choose(start);
  report.busy[start] = (await busy()) - before;
}

await choose("own");
report.axe = await unreadable(tab, ".lb");
await looks(tab, ".spectral-laboratory");
report.axeDark = await unreadable(tab, ".lb");
await done();
