// The training replay in headless Chromium, on a page opened from a folder: what a reader does, and what then is
// seen, as JSON on standard output. `node replay/replay.test.mjs PAGE [CHROMIUM]`; the page has one replay.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { done, looks, open, report } from "../shared/chrome.test.mjs";

const [page] = process.argv.slice(2);

const look = (tab) =>
  tab.$eval(".tr", (node) => ({
    frame: Number(node.querySelector("input").value),
    last: Number(node.querySelector("input").max),
    says: node.querySelector("input").getAttribute("aria-valuetext"),
    button: node.querySelector("button").textContent,
    words: [...node.querySelectorAll(".tr-title")].map((one) => one.textContent.replace(/\s+/g, " ").trim()),
    pictures: [...node.querySelectorAll("svg")].map((svg) => svg.innerHTML).join(),
  }));
async function press(tab, selector, key) {
  await tab.focus(selector);
  await tab.keyboard.press(key);
  return look(tab);
}
const [PLAY, SLIDER, SPEED, SEED] = [".tr-play", ".tr input", ".tr select >> nth=0", ".tr select >> nth=1"];

// --- by keyboard ---
const tab = await open({ viewport: { width: 1100, height: 800 } });
await tab.waitForSelector(".tr[data-drawings]");
report.still = await tab.$$eval(".training-replay > img", (found) => found.length);
report.end = await look(tab);
report.start = await press(tab, SLIDER, "Home");
report.one = await press(tab, SLIDER, "ArrowRight");
await tab.waitForTimeout(600);
report.spoken = await tab.$eval(".tr [role=status]", (node) => node.textContent);
report.seed = await press(tab, SEED, "ArrowDown");
await press(tab, SLIDER, "Home");
await tab.$eval(PLAY, (button) => {
  // what is there the moment it has been pressed, however long the next look takes
  const note = () => (window.pressed = { button: button.textContent, frame: Number(document.querySelector(".tr input").value) });
  button.addEventListener("click", note, { once: true });
});
await press(tab, PLAY, "Enter");
report.playing = await tab.evaluate(() => window.pressed);
await tab.waitForTimeout(700);
report.paused = await press(tab, PLAY, "Space");
await tab.waitForTimeout(300);
report.rest = await look(tab);
await press(tab, SPEED, "End");
await press(tab, PLAY, "Enter");
await tab.waitForFunction(() => document.querySelector(".tr-play").textContent === "Play");
report.finished = await look(tab);
report.unlabelled = await tab.$$eval(".tr :is(input, select, button)", (nodes) =>
  nodes.filter((node) => !(node.labels?.length || node.textContent.trim())).length,
);
report.undescribed = await tab.$$eval(".tr svg[role=img]", (nodes) =>
  nodes.filter((node) => !node.getAttribute("aria-label")).length,
);

// --- with less motion: a dozen pictures, one a second ---
const calm = await open({ viewport: { width: 700, height: 800 }, reducedMotion: "reduce" });
await calm.waitForSelector(".tr[data-drawings]");
await press(calm, SLIDER, "Home");
await press(calm, PLAY, "Enter");
await calm.waitForTimeout(500);
report.calmAtHalfASecond = (await look(calm)).frame;
await calm.waitForFunction(() => document.querySelector(".tr input").value !== "0");
report.calmStep = (await look(calm)).frame;

// --- as anywidget does it ---
report.widget = await tab.evaluate(async ([text, data]) => {
  const { default: widget } = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  const state = { data: JSON.parse(data), seed: 1, update: 0 };
  const heard = {};
  const model = {
    get: (name) => state[name],
    set: (name, value) => (state[name] = value),
    on: (event, callback) => (heard[event] = callback),
    save_changes: () => {},
  };
  const el = document.body.appendChild(document.createElement("div"));
  const close = widget.render({ model, el });
  const until = async (what) => {
    for (let k = 0; k < 100 && !what(); k++) await new Promise((resolve) => setTimeout(resolve, 20));
    return what();
  };
  await until(() => el.querySelector("[data-drawings]"));
  const first = { seed: el.querySelector("select[id$=seed]").value, frame: el.querySelector("input").value };
  state.update = 1e9; // from Python
  heard["change:update"]();
  const followed = el.querySelector("input").value === el.querySelector("input").max;
  const settled = state.update;
  el.querySelector("input").value = 0; // from the page
  el.querySelector("input").dispatchEvent(new Event("input"));
  const sent = state.update;
  close();
  const left = el.childElementCount;
  el.remove();
  return { first, followed, settled, sent, left };
}, ["widget.mjs", "data.json"].map((name) => readFileSync(join(dirname(page), name), "utf8")));

// --- narrow, dark, without scripts ---
await looks(tab, ".training-replay", { root: ".tr", coloured: ".tr-now", colour: "stroke" });
await done();
