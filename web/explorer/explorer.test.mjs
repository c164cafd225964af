// The run explorer in headless Chromium: what a reader does, and what then is seen, as JSON on standard output.
// `node explorer/explorer.test.mjs PAGE [CHROMIUM]`; the page has one explorer.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { done, inNotebook, looks, open, press, report, unlabelled } from "../shared/chrome.test.mjs";

const tab = await open({ viewport: { width: 1100, height: 800 } });
await tab.waitForSelector(".sl[data-drawings]");
const POINTS = "[data-is=points]";
const see = () =>
  tab.$eval(".sl", (node) => ({
    points: node.querySelectorAll(".re-runs .re-point").length,
    legend: node.querySelector(".re-legend").textContent,
    tip: node.querySelector(".re-tip").hidden ? null : node.querySelector(".re-tip").textContent,
    title: node.querySelector(".re-one .sl-title").textContent,
    command: node.querySelector(".re-command").hidden ? null : node.querySelector("code").textContent,
    curves: node.querySelectorAll(".re-curve").length,
    active: node.querySelector("[data-is=points]").getAttribute("aria-activedescendant"),
    selected: [...node.querySelectorAll("[aria-selected=true]")].map((one) => one.getAttribute("aria-label")),
  }));
report.still = await tab.$$eval(".run-explorer img", (images) => images.length);
report.start = await see();

await press(tab, "[data-is=colour][value=fraction]", "ArrowRight", "colour by size");
report.bySize = await see();
await press(tab, "[data-is=colour][value=size]", "ArrowRight", "colour by kind");
await press(tab, "[data-is=runs][value=all]", "ArrowRight", "runs");
report.first = await see();
await press(tab, "[data-is=runs][value=first]", "ArrowLeft", "runs back");
for (const key of ["Home", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "End"]) await press(tab, POINTS, key, key);
report.looked = await see();
await press(tab, POINTS, "Home", "Home again");
await press(tab, POINTS, "Enter", "Enter");
report.chosen = await see();
await press(tab, POINTS, "End", "End again");
await press(tab, POINTS, "Space", "Space");
report.last = await see();
await press(tab, POINTS, "Escape", "Escape");
await tab.focus("[data-is=copy]");
await tab.keyboard.press("Enter");
await tab.waitForTimeout(100);
report.copied = await tab.$eval("[data-is=copy]", (node) => node.textContent);
await tab.waitForTimeout(500);
report.spoken = await tab.$eval(".sl [aria-live]", (node) => node.textContent);
report.unlabelled = await unlabelled(tab);

// --- by mouse ---
const box = await tab.locator(".re-runs .re-point").first().boundingBox();
await tab.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
report.hovered = await see();
await tab.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
await tab.waitForTimeout(100);
report.clicked = await see();

const data = JSON.parse(readFileSync(join(dirname(process.argv[2]), "data.json"), "utf8"));
const [first, second] = data.groups[0].runs.map(([id]) => id);
report.widget = await inNotebook(tab, { data, colour: "size", runs: "all", selected: second }, [
  { until: `el.querySelector('.sl').dataset.chosen === '${second}'` },
  { change: { selected: first }, until: `el.querySelector('.sl').dataset.chosen === '${first}'` },
  { act: "el.querySelector('[data-is=colour][value=kind]').click()", until: "state.colour === 'kind'" },
  { change: { selected: "" }, until: "el.querySelector('.sl').dataset.chosen === ''" },
]);

await looks(tab, ".run-explorer");
await done();
