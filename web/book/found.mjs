// What a search shows around what it found: `node book/found.mjs SCRIPTS CHROMIUM`, with the scripts' folder, prints the
// text of a page with formulas as Sphinx's search would show it.

import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { QUIET } from "../chromium.mjs";

const [folder, executablePath] = process.argv.slice(2);
const SEARCH = `const Search = { htmlToText: (page, anchor) =>
  new DOMParser().parseFromString(page, "text/html").querySelector('[role="main"] ' + (anchor ?? "")).textContent };`;
const PAGE = String.raw`<div role="main"><p id="here">The radius <span class="math">\(\rho = 1/\sqrt 3\)</span> of
<span class="math">\(W_\text{ex} \ge 0\)</span>:</p><div class="math">\[\begin{aligned} x \end{aligned}\]</div><p>ends</p></div>`;

const browser = await chromium.launch({ executablePath, args: QUIET });
const tab = await browser.newPage();
const script = readFileSync(join(folder, "mending.js"), "utf8");
await tab.setContent(`<script>${SEARCH}</script><script>${script}</script>`, { waitUntil: "load" });
console.log(JSON.stringify(await tab.evaluate((page) => ["", "#here"].map((at) => Search.htmlToText(page, at)), PAGE)));
await browser.close();
