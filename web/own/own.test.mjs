// Bring your own matrix in headless Chromium: what a reader does, and what then is seen, as JSON on standard output.
// `node own/own.test.mjs PAGE [CHROMIUM]`; the page has one such figure, and files beside it.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { darken, done, inNotebook, looks, open, press, report, unlabelled, unreadable } from "../shared/chrome.test.mjs";

const folder = dirname(process.argv[2]);
const tab = await open({ viewport: { width: 1100, height: 900 } });
await tab.waitForSelector(".om[data-drawings]");
const see = () =>
  tab.$eval(".om", (node) => ({
    says: node.querySelector(".om-says").textContent,
    refused: node.hasAttribute("data-refused"),
    faded: Number(getComputedStyle(node.querySelector(".om-found")).opacity),
    lines: [...node.querySelectorAll(".om-lines li")].map((one) => one.textContent),
    advice: [...node.querySelectorAll(".om-advice li")].map((one) => one.textContent),
    subs: [...node.querySelectorAll(".sl-sub")].map((one) => one.textContent),
    words: [...node.querySelectorAll("svg text")].map((one) => one.textContent).join(" "),
  }));
/** Do something, and wait for a line that begins so, and for the drawing if there is one. */
async function after(act, begins) {
  await act();
  await tab.waitForFunction((begins) => document.querySelector(".om-says").textContent.startsWith(begins), begins, { timeout: 30000 });
  await tab.waitForTimeout(120);
  return see();
}
const choose = (name) => tab.setInputFiles(".om input[type=file]", join(folder, name));
const drop = (...names) =>
  tab.evaluate(
    (files) => {
      const transfer = new DataTransfer();
      for (const [name, bytes] of files) transfer.items.add(new File([Uint8Array.from(bytes)], name));
      const at = document.querySelector(".om-given");
      for (const type of ["dragenter", "dragover", "drop"])
        at.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
    },
    names.map((name) => [name, [...readFileSync(join(folder, name))]]),
  );
const paste = (text) => tab.fill(".om textarea", text);

let requests = 0;
tab.on("request", (request) => (requests += !/^(blob|data):/.test(request.url())));
report.still = await tab.$$eval(".own-matrix > img", (images) => images.length);
report.start = await see();
await tab.waitForTimeout(500);
report.spoken = await tab.$eval(".om [role=status]", (node) => node.textContent);

// --- by keyboard ---
report.tabbed = [];
await tab.focus(".om input[type=file]");
for (let k = 0; k < 4; k++) {
  report.tabbed.push(await tab.evaluate(() => (document.activeElement.type ?? "").replace("submit", "button")));
  await tab.keyboard.press("Tab");
}
await press(tab, ".om button", "Enter", "example");
report.another = await see();
await press(tab, ".om input[name=transposed]", "Space", "transposed");
await tab.keyboard.press("Space");

// --- good and bad ---
report.chosen = await after(() => choose("big.npy"), "big.npy: 20");
report.rows = await after(() => choose("rows.csv"), "rows.csv: 20");
report.turned = await after(() => tab.check(".om input[name=transposed]"), "rows.csv: 20 units, rows");
report.back = await after(() => tab.uncheck(".om input[name=transposed]"), "rows.csv: 20 units");
report.word = await after(() => choose("word.csv"), "word.csv");
report.axeRefused = await unreadable(tab, ".om-says");
report.dropped = await after(() => drop("big.npy"), "big.npy: 20");
report.short = await after(() => choose("short.npy"), "short.npy");
report.larger = await after(() => choose("larger.npy"), "larger.npy");
report.two = await after(() => drop("big.npy", "rows.csv"), "files");
const W = readFileSync(join(folder, "rows.csv"), "utf8").split("\n").map((row) => row.split(","));
report.pasted = await after(() => paste(W[0].map((_, j) => W.map((row) => row[j]).join(" ")).join("\n")), "matrix: 20");
report.pastedWord = await after(() => paste("1 2\n3 one"), "matrix: expected");
const session = await tab.context().newCDPSession(tab);
await session.send("Performance.enable", { timeDomain: "threadTicks" });
const busy = async () => (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration").value;
const before = await busy();
await tab.$eval(".om-says", (node) => {
  window.words = [];
  new MutationObserver(() => window.words.push(node.textContent)).observe(node, { childList: true });
});
await choose("large.npy");
report.large = await after(() => {}, "large.npy: 400");
report.waiting = await tab.evaluate(() => window.words[0]);
report.seconds = (await busy()) - before;
report.requests = requests;
report.unlabelled = await unlabelled(tab);
report.undescribed = await tab.$$eval(".om svg[role=img]", (nodes) => nodes.filter((node) => !node.getAttribute("aria-label")).length);

await after(() => choose("big.npy"), "big.npy: 20");
report.widget = await inNotebook(tab, {}, [
  { until: "state.weights?.byteLength === 60 * 60 * 8" },
  { act: "el.querySelector('button').click()", until: "state.weights.getFloat64(8, true) !== 0 && el.querySelector('.om-lines li')" },
]);
report.axe = await unreadable(tab, ".om");
await looks(tab, ".own-matrix", { root: ".om" });
await darken(tab);
report.axeDark = await unreadable(tab, ".om");
await done();
