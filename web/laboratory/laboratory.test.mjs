// The laboratory in headless Chromium, on a page opened from a folder: what a reader does, and what then is
// seen, as JSON on standard output. `node laboratory/laboratory.test.mjs PAGE [CHROMIUM]`; the page has one laboratory, with detail.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { done, looks, open, report } from "../shared/chrome.test.mjs";

const [page] = process.argv.slice(2);

/** Press a key on a control and wait for the next drawing; returns whether the pictures differ. */
async function press(tab, selector, key, picture) {
  const look = () => tab.$eval(".sl", (node) => [node.dataset.drawings, node.querySelector(".sl-h").textContent]);
  const state = () =>
    tab.$eval(".sl", (node) => {
      const matrix = node.querySelector("canvas").toDataURL();
      return [...node.querySelectorAll("svg")].map((svg) => svg.innerHTML).join() + matrix;
    });
  const [drawings] = await look();
  const before = await state();
  await tab.focus(selector);
  const focused = await tab.$eval(selector, (node) => node === document.activeElement);
  await tab.keyboard.press(key);
  await tab.waitForFunction((then) => document.querySelector(".sl").dataset.drawings !== then, drawings);
  report.keys[picture] = focused && (await state()) !== before;
}

// --- by keyboard ---
const tab = await open({ viewport: { width: 1100, height: 800 } });
await tab.waitForSelector(".sl[data-drawings]");
report.start = await tab.$eval(".sl", (node) => ({
  H: node.querySelector(".sl-h").textContent,
  still: !!node.closest(".spectral-laboratory").querySelector("img"),
}));
await press(tab, "[data-is=kind][value=dann]", "ArrowRight", "kind"); // from DANN to DANN, drawn W_ix
await press(tab, "[data-is=kind][value=rnn]", "ArrowRight", "kind back"); // from RNN to ColEI
await press(tab, "input[name=n]", "ArrowRight", "n");
await press(tab, "input[name=inhibitory]", "ArrowRight", "inhibitory");
await press(tab, "input[name=rho]", "ArrowLeft", "rho");
await press(tab, ".sl select", "ArrowDown", "distribution");
await press(tab, "[data-is=again]", "Enter", "new draw");
await press(tab, "[data-is=preset]", "Space", "preset");
report.afterPreset = await tab.$eval(".sl", (node) =>
  ["n", "inhibitory", "rho"].map((name) => node.querySelector(`input[name=${name}]`).value),
);
await tab.waitForTimeout(500);
report.spoken = await tab.$eval(".sl [aria-live]", (node) => node.textContent);
report.unlabelled = await tab.$$eval(".sl :is(input, select, button)", (nodes) =>
  nodes.filter((node) => !(node.labels?.length || node.textContent.trim())).length,
);

// --- as anywidget does it: a module, a model that both sides write to ---
report.widget = await tab.evaluate(async (text) => {
  const { default: widget } = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  const state = { kind: "rnn", n: 20, inhibitory: 10, rho: null, distribution: null, seed: 1 };
  const heard = {};
  const model = {
    get: (name) => state[name],
    set: (name, value) => (state[name] = value),
    on: (event, callback) => (heard[event] = callback),
    save_changes: () => {},
  };
  const el = document.body.appendChild(document.createElement("div"));
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const until = async (what) => {
    for (let k = 0; k < 100 && !what(); k++) await wait(20);
    return what();
  };
  const close = widget.render({ model, el });
  const drawn = await until(() => state.weights?.byteLength === 20 * 20 * 8);
  const first = state.entropy;
  state.n = 30; // from Python
  heard["change:n"]();
  const followed = await until(() => state.weights?.byteLength === 30 * 30 * 8);
  const shown = el.querySelector("input[name=n]").value;
  el.querySelector("[data-is=again]").click(); // from the page
  const sent = await until(() => state.seed === 2);
  close();
  const result = { drawn, followed, shown, sent, rho: state.rho, distribution: state.distribution, first, left: el.childElementCount };
  el.remove();
  return result;
}, readFileSync(join(dirname(page), "widget.mjs"), "utf8"));

// --- how long a drawing takes, in milliseconds of the page's own processor time and on the clock ---
const session = await tab.context().newCDPSession(tab);
await session.send("Performance.enable", { timeDomain: "threadTicks" });
const busy = async () => {
  const { metrics } = await session.send("Performance.getMetrics");
  return 1000 * metrics.find(({ name }) => name === "TaskDuration").value;
};
await tab.$eval("input[name=n]", (node) => {
  node.value = node.max;
  node.dispatchEvent(new Event("input", { bubbles: true }));
});
report.redraws = [];
for (let k = 0; k < 6; k++) {
  const drawings = await tab.$eval(".sl", (node) => node.dataset.drawings);
  const start = await busy();
  const clock = await tab.evaluate(async (then) => {
    const started = performance.now();
    document.querySelector("[data-is=again]").click();
    while (document.querySelector(".sl").dataset.drawings === then) await new Promise(requestAnimationFrame);
    return performance.now() - started;
  }, drawings);
  report.redraws.push({ busy: (await busy()) - start, clock });
}
report.drawnAt = await tab.$eval("input[name=n]", (node) => node.value);

// --- narrow, dark, without scripts ---
await looks(tab, ".spectral-laboratory");
await done();
