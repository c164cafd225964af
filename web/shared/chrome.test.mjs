// Headless Chromium for tests of one figure on a page in a folder: what goes wrong there, how wide it is, and how
// it works as anywidget uses it.

import { chromium } from "playwright-core";
import { dirname, join } from "node:path";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { QUIET } from "../chromium.mjs";

const [page, executablePath = "/usr/bin/chromium"] = process.argv.slice(2);
const folder = pathToFileURL(dirname(page)).href + "/";

export const report = { faults: [], outside: [], keys: {}, widths: {}, cut: {} };
const browser = await chromium.launch({ executablePath, args: QUIET });

/** The page in a new tab; errors, warnings and requests to anywhere else go to the report. */
export async function open(options) {
  const tab = await (await browser.newContext(options)).newPage();
  tab.on("console", (message) => ["error", "warning"].includes(message.type()) && report.faults.push(message.text()));
  tab.on("pageerror", (error) => report.faults.push(error.message));
  tab.on("request", (request) => {
    const asked = request.url();
    if (!asked.startsWith(folder) && !/^(data|blob):/.test(asked)) report.outside.push(asked);
  });
  await tab.goto(pathToFileURL(page).href);
  return tab;
}

/** Press a key on a control; the report says under `name` whether it had the focus and the figure then differs. */
export async function press(tab, selector, key, name) {
  const state = () =>
    tab.$eval(".sl", (node) => {
      const pictures = [...node.querySelectorAll("svg, code, .sl-title")].map((one) => one.innerHTML);
      return pictures.join() + (node.querySelector("canvas")?.toDataURL() ?? "");
    });
  const before = await state();
  await tab.focus(selector);
  const focused = await tab.$eval(selector, (node) => node === document.activeElement);
  await tab.keyboard.press(key);
  for (let k = 0; k < 100 && (await state()) === before; k++) await tab.waitForTimeout(20);
  report.keys[name] = focused && (await state()) !== before;
}

/** How many controls have no name. */
export const unlabelled = (tab) =>
  tab.$$eval(".sl :is(input, select, button, [tabindex])", (nodes) =>
    nodes.filter((node) => !(node.labels?.length || node.getAttribute("aria-label") || node.textContent.trim())).length,
  );

/** Into the report: at each width of the screen, the widest thing in `root`, and the lines that do not fit their place. */
export async function widths(tab, root) {
  for (const width of [320, 360, 700, 1440]) {
    await tab.setViewportSize({ width, height: 800 });
    await tab.waitForTimeout(150);
    report.widths[width] = await tab.evaluate(
      (root) => [
        document.documentElement.scrollWidth,
        Math.max(...[...document.querySelectorAll(`${root} *`)].map((node) => node.getBoundingClientRect().right)),
      ],
      root,
    );
    report.cut[width] = await tab.$$eval(`${root} :is(.sl-title, .sl-sub, output)`, (nodes) =>
      nodes.filter((node) => node.scrollWidth > node.clientWidth && node.checkVisibility()).map((node) => node.textContent),
    );
  }
}

/** What axe finds wrong with what is in the element, in the theme that the page has. */
export async function unreadable(tab, selector) {
  if (!(await tab.evaluate(() => "axe" in window))) await tab.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
  await tab.waitForTimeout(100);
  return tab.evaluate(async (selector) => {
    const { violations } = await axe.run(document.querySelector(selector), { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0].target}`);
  }, selector);
}

/** Put the page into the dark, its ground as well. */
export const darken = (tab) =>
  tab.evaluate(() => {
    document.documentElement.dataset.theme = "dark";
    document.body.style.background = "#14181e";
  });

/** Into the report: widths, colours in the dark, and the page without scripts. */
export async function looks(tab, place, { root = ".sl", coloured = root, colour = "color" } = {}) {
  await widths(tab, root);
  report.dark = await tab.evaluate(
    ([coloured, colour]) => {
      const now = () => getComputedStyle(document.querySelector(coloured))[colour];
      const light = now();
      document.documentElement.dataset.theme = "dark";
      document.body.style.background = "#14181e";
      return [light, now()];
    },
    [coloured, colour],
  );
  const plain = await open({ javaScriptEnabled: false, viewport: { width: 360, height: 800 } });
  report.withoutScripts = await plain.locator(`${place} img`).getAttribute("alt");
}

/**
 * The figure as anywidget shows it: a module (widget.mjs beside the page), and a model that both sides write to.
 * Then, in order: each step changes a name of the model, or runs in the page with the figure's element, and lasts
 * until the model has what it expects. Returns the model's state after each step, and what is left when it closes.
 */
export async function inNotebook(tab, state, steps) {
  const text = readFileSync(join(dirname(page), "widget.mjs"), "utf8");
  return tab.evaluate(
    async ([text, state, steps]) => {
      const { default: widget } = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
      const heard = {};
      const model = {
        get: (name) => state[name],
        set: (name, value) => (state[name] = value),
        on: (event, callback) => (heard[event] = callback),
        save_changes: () => {},
      };
      const el = document.body.appendChild(document.createElement("div"));
      const close = widget.render({ model, el });
      const found = [];
      for (const { change = {}, act, until } of steps) {
        for (const [name, value] of Object.entries(change)) {
          state[name] = value;
          heard[`change:${name}`]();
        }
        if (act) new Function("el", act)(el);
        const there = new Function("state", "el", `return ${until}`);
        for (let k = 0; k < 150 && !there(state, el); k++) await new Promise((resolve) => setTimeout(resolve, 20));
        found.push(!!there(state, el));
      }
      close();
      const left = el.childElementCount;
      el.remove();
      return { found, left };
    },
    [text, state, steps],
  );
}

export async function done() {
  await browser.close();
  process.stdout.write(JSON.stringify(report));
}
