// The circuits in headless Chromium, which has them without a script: what a reader does, and what then is lit, as JSON
// on standard output. `node circuit/circuit.test.mjs PAGE [CHROMIUM]`; the page has one figure of three kinds.

import { darken, done, open, report, unreadable, widths } from "../shared/chrome.test.mjs";

/** Of each kind: the unit whose arrows are lit, and the columns that are framed. */
const lit = (tab) =>
  tab.$$eval(".ci-card", (cards) =>
    cards.map((card) => {
      const number = (node) => Number([...node.classList].find((word) => /^u\d+$/.test(word)).slice(1));
      const seen = (selector, property) =>
        [...card.querySelectorAll(selector)].filter((node) => Number(getComputedStyle(node)[property]) > 0.99).map(number);
      return { arrows: seen(".ci-arrows", "opacity"), columns: seen(".ci-frame", "opacity") };
    }),
  );

const look = async (options) => {
  const tab = await open({ viewport: { width: 1100, height: 800 }, ...options });
  const found = { start: await lit(tab) };
  await tab.keyboard.press("Tab"); // the first kind's chosen unit
  found.focus = await tab.locator(".ci-part:has(input:focus-visible)").count();
  await tab.keyboard.press("ArrowRight");
  await tab.keyboard.press("ArrowRight");
  found.keyboard = await lit(tab);
  await tab.keyboard.press("Tab"); // the next kind's
  await tab.keyboard.press("ArrowLeft");
  found.next = await lit(tab);
  await tab.locator(".ci-colei label").nth(1).hover();
  found.column = await lit(tab);
  await tab.locator(".ci-dann input").nth(7).hover();
  found.unit = await lit(tab);
  await tab.locator(".ci-dann label").nth(3).click();
  await tab.mouse.move(5, 790);
  found.clicked = await lit(tab);
  return [tab, found];
};

const [tab, found] = await look({});
report.scripts = found;
[, report.none] = await look({ javaScriptEnabled: false });
report.unnamed = await tab.$$eval(".ci :is(input, svg)", (nodes) => nodes.filter((node) => !node.getAttribute("aria-label")).length);
report.axe = await unreadable(tab, ".ci");
const colour = () => tab.$eval(".ci-hint", (node) => getComputedStyle(node).color);
report.dark = [await colour()];
await darken(tab);
report.dark.push(await colour());
report.axeDark = await unreadable(tab, ".ci");
await widths(tab, ".ci");
await done();
