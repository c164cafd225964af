// Every page of the built book as a reader's browser shows it, opened from a folder with the network off.
// `node book/pages.mjs FOLDER [CHROMIUM]` prints one line a fault, and ends with status 1 if there is any.

import { chromium } from "playwright-core";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { QUIET } from "../chromium.mjs";
import { checkFurniture } from "./furniture.mjs";
import { operateFigures } from "./keyboard.mjs";
import { measure } from "./speed.mjs";

const folder = resolve(process.argv[2]);
const executablePath = process.argv[3] ?? "/usr/bin/chromium";
const root = pathToFileURL(folder).href + "/";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const AT_ONCE = 2;
const NARROW = { width: 360, height: 740 };
const WIDE = { width: 1280, height: 800 };
const RULES = {
  light: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
  dark: ["color-contrast", "link-in-text-block"], // only colours are others
};
const GRAVE = ["serious", "critical"];

/** The pages that readers open: not the parts of the theme, which are under _static. */
function pagesOf(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name.startsWith("_") ? [] : pagesOf(path);
    return entry.name.endsWith(".html") ? [path] : [];
  });
}

const LEADS_ON = /<meta http-equiv="refresh"[^>]*url=([^"]+)"/i;
const onward = pagesOf(folder).filter((path) => LEADS_ON.test(readFileSync(path, "utf8").slice(0, 300)));
const names = pagesOf(folder)
  .filter((path) => !onward.includes(path))
  .map((path) => relative(folder, path))
  .sort();
const faults = [];
const seen = { previews: 0, controls: 0, formulas: 0, pictures: 0, links: 0 };
const places = new Map(); // page -> the ids on it
const links = []; // [page, page that it leads to, id]

// --- one page, one check after another -------------------------------------------------------------------

/** What goes wrong while a page is open, whatever is done to it. */
function listen(tab, blame) {
  tab.on("console", (message) => message.type() === "error" && blame(`console: ${message.text()}`));
  tab.on("pageerror", (error) => blame(`script: ${error.message}`));
  tab.on("request", (request) => {
    const asked = request.url();
    if (!asked.startsWith(root) && !/^(data|blob):/.test(asked)) blame(`asks for ${asked}, outside the folder`);
  });
  tab.on("requestfailed", (request) => {
    // a still picture may be replaced by its figure before it is there: that is no fault
    if (!request.url().startsWith("data:")) blame(`cannot load ${relative(root, request.url())}`);
  });
}

async function checkMath(tab, blame) {
  const found = await tab.evaluate(async () => {
    const sources = document.querySelectorAll(".math").length;
    if (sources) await window.MathJax?.startup?.promise;
    return {
      sources,
      typeset: document.querySelectorAll(".math mjx-container, mjx-container .math").length,
      errors: [...document.querySelectorAll("mjx-merror, [data-mjx-error]")].map((node) => node.textContent),
    };
  });
  seen.formulas += found.typeset;
  if (found.typeset < found.sources) blame(`${found.sources - found.typeset} of ${found.sources} formulas are not typeset`);
  for (const error of found.errors) blame(`formula: ${error}`);
}

async function checkPictures(tab, blame) {
  const broken = await tab.evaluate(async () => {
    const pictures = [...document.images];
    for (const picture of pictures) picture.loading = "eager";
    await Promise.all(pictures.map((picture) => picture.decode().catch(() => {})));
    return [pictures.length, pictures.filter((p) => !p.naturalWidth).map((p) => p.getAttribute("src"))];
  });
  seen.pictures += broken[0];
  for (const source of broken[1]) blame(`picture ${source} does not load`);
}

async function checkAccess(tab, theme, blame) {
  const { violations } = await tab.evaluate(
    (rules) => axe.run(document, { preload: false, resultTypes: ["violations"], runOnly: rules }),
    RULES[theme],
  );
  for (const { id, impact, nodes } of violations)
    if (GRAVE.includes(impact))
      blame(`axe, ${theme}: ${id} (${impact}), ${nodes.length} times, first at ${nodes[0].target.join(" ")}`);
}

/** Code that a page shows open is read, so it does not scroll on a laptop; what is folded may. */
async function checkCode(tab, blame) {
  const long = await tab.evaluate(() =>
    [...document.querySelectorAll(".cell_input pre")]
      .filter((code) => code.checkVisibility() && !code.closest("details") && code.scrollWidth > code.clientWidth + 1)
      .map((code) => code.textContent.trim().slice(0, 40)),
  );
  for (const start of long) blame(`code that scrolls: ${start}`);
}

/** A table shows its last column, in which a verdict stands, without scrolling; and what a cell printed is read whole. */
async function checkTables(tab, blame, where = "") {
  const wide = await tab.evaluate(() =>
    [...document.querySelectorAll("main table, .cell_output pre")]
      .filter((node) => node.checkVisibility() && !node.closest("details:not([open])"))
      .filter((node) => node.scrollWidth > node.clientWidth + 1)
      .map((node) => `${node.localName === "pre" ? "output" : "table"} that scrolls: ${node.textContent.trim().replace(/\s+/g, " ").slice(0, 40)}`),
  );
  for (const what of wide) blame(where + what);
}

async function checkWidth(tab, blame) {
  await tab.setViewportSize(NARROW);
  await tab.waitForTimeout(150); // figures draw themselves again
  const wide = await tab.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return null;
    const clips = (node) => node && node !== document.body && (getComputedStyle(node).overflowX !== "visible" || clips(node.parentElement));
    const culprit = [...document.querySelectorAll("body *")]
      .filter((node) => node.getBoundingClientRect().right > clientWidth + 0.5 && !clips(node.parentElement))
      .map((node) => `${node.localName}.${[...node.classList].join(".")} "${node.textContent.trim().slice(0, 30)}"`)
      .pop();
    return `${scrollWidth} px wide on a screen of ${clientWidth}: ${culprit}`;
  });
  if (wide) blame(wide);
  await checkTables(tab, blame, "on a phone, ");
  await checkFirstScreen(tab, blame);
  await tab.setViewportSize(WIDE);
}

/** A chapter that teaches has its first heading on the first screen of a phone; one that sums up begins with its answer. */
async function checkFirstScreen(tab, blame) {
  const low = await tab.evaluate(() => {
    const about = document.querySelector("details.about-this-page");
    if (!about?.querySelector("summary")?.textContent.includes("you need")) return null;
    const after = (node) => about.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING;
    const heading = [...document.querySelectorAll("h2")].find(after); // the theme has hidden ones before it
    const end = heading ? heading.getBoundingClientRect().bottom + scrollY : 0;
    return end > innerHeight ? `"${heading.textContent.trim()}" ends at ${end.toFixed(0)} px` : null;
  });
  if (low) blame(`the first heading is not on a phone's first screen of ${NARROW.height} px: ${low}`);
}

async function gatherLinks(tab, name) {
  const found = await tab.evaluate(() => ({
    ids: [...document.querySelectorAll("[id], a[name]")].map((node) => node.id || node.name),
    hrefs: [...document.querySelectorAll("a[href]")].map((node) => node.href),
  }));
  places.set(name, new Set(found.ids));
  for (const href of new Set(found.hrefs)) {
    if (!href.startsWith(root)) continue; // of another site
    const url = new URL(href);
    const to = relative(folder, fileURLToPath(url.origin === "null" ? `file://${url.pathname}` : url));
    links.push([name, to, decodeURIComponent(url.hash.slice(1))]);
  }
}

/** Without scripts every interactive figure still shows something. */
async function checkWithoutScripts(browser, name, figures, blame) {
  if (!figures.length) return;
  const context = await browser.newContext({ javaScriptEnabled: false });
  const tab = await context.newPage();
  await tab.goto(root + name);
  for (const { id, output } of figures) {
    const place = id ? tab.locator(`[id="${id}"]`) : tab.locator(".cell_output").nth(output);
    const still = place.locator("img[alt]:not([alt='']), svg[role=img][aria-label]:not([aria-label=''])");
    if (!(await still.count()))
      blame(`figure ${id || `of output ${output + 1}`}: no still picture without scripts`);
  }
  await context.close();
}

async function checkPage(browser, name) {
  const blame = (what) => faults.push(`${name}: ${what}`);
  const context = await browser.newContext({ viewport: WIDE, colorScheme: "light", offline: true });
  const tab = await context.newPage();
  listen(tab, blame);
  await tab.goto(root + name, { waitUntil: "load" });
  await checkMath(tab, blame);
  await checkPictures(tab, blame);
  await gatherLinks(tab, name);
  await tab.evaluate(AXE);
  for (const theme of ["light", "dark"]) {
    await tab.emulateMedia({ colorScheme: theme });
    const shows = (theme) => document.documentElement.dataset.theme === theme;
    await tab.waitForFunction(shows, theme, { timeout: 3000 }).catch(() => blame(`a reader who prefers ${theme} gets another theme`));
    await tab.waitForTimeout(250); // colours fade
    await checkAccess(tab, theme, blame);
  }
  await checkCode(tab, blame);
  await checkTables(tab, blame);
  await checkWidth(tab, blame);
  const { figures, controls } = await operateFigures(tab, blame);
  seen.controls += controls;
  const previews = await checkFurniture(tab, blame); // added after the wait: two pages are open at once
  seen.previews += previews;
  await checkWithoutScripts(browser, name, figures, blame);
  await context.close();
}

// --- what needs several pages ----------------------------------------------------------------------------

function checkLinks() {
  for (const path of onward) links.push([relative(folder, path), LEADS_ON.exec(readFileSync(path, "utf8"))[1], ""]);
  seen.links = links.length;
  for (const [from, to, id] of links) {
    if (!existsSync(join(folder, to))) faults.push(`${from}: dead link to ${to}`);
    else if (id && places.has(to) && !places.get(to).has(id)) faults.push(`${from}: no place ${id} on ${to}`);
  }
}

/** A search from a folder finds pages, and the first one opens. */
async function checkSearch(browser, query) {
  if (!names.includes("search.html")) return;
  const blame = (what) => faults.push(`search.html?q=${query}: ${what}`);
  const context = await browser.newContext({ viewport: WIDE, offline: true });
  const tab = await context.newPage();
  listen(tab, blame);
  await tab.goto(`${root}search.html?q=${query}`);
  try {
    await tab.locator("#search-results li a").first().click({ timeout: 10_000 });
    await tab.waitForURL((url) => !basename(url.pathname).startsWith("search"), { timeout: 10_000 });
  } catch (error) {
    blame(`no result that opens (${error.message.split("\n")[0]})`);
  }
  await context.close();
}

/** The first page is light, and soon there: loosely, as others may use this machine; benchmarks/pages.py measures. */
async function checkFirstPage(browser, name = "intro.html") {
  if (!names.includes(name)) return;
  const { packed, first } = await measure(browser, join(folder, name));
  const soon = Math.min(...first);
  console.log(`${name}: ${(packed / 1e6).toFixed(2)} MB as sent, first drawing after ${soon.toFixed(0)} ms`);
  if (packed > 1e6) faults.push(`${name}: expected at most 1 MB, got ${(packed / 1e6).toFixed(2)} MB as a server sends it`);
  if (soon > 5000) faults.push(`${name}: expected a first drawing within 5 s, got ${(soon / 1000).toFixed(1)} s`);
}

// --- all of it -------------------------------------------------------------------------------------------

const started = performance.now();
const browser = await chromium.launch({ executablePath, args: QUIET });
const size = (name) => statSync(join(folder, name)).size;
const waiting = [...names].sort((a, b) => size(b) - size(a)); // so that no long one is left alone at the end
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let name; (name = waiting.shift()); ) {
      const since = performance.now();
      try {
        await checkPage(browser, name);
      } catch (error) {
        faults.push(`${name}: ${error.message}`);
      }
      if (process.env.VERBOSE) console.log(`${name} ${((performance.now() - since) / 1000).toFixed(1)} s`);
    }
  }),
);
checkLinks();
await checkSearch(browser, "entropy");
await checkFirstPage(browser);
await browser.close();

for (const fault of new Set(faults)) console.log(fault);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
  `${names.length} pages in ${seconds} s: ${seen.formulas} formulas, ${seen.pictures} pictures, ${seen.controls} controls, ` +
    `${seen.previews} previews, ${seen.links} links; ${new Set(faults).size || "no"} faults`,
);
process.exit(faults.length ? 1 : 0);
