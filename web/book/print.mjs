// The whole book as one PDF: `node book/print.mjs SINGLE_PAGE TARGET [CHROMIUM]`, from Sphinx's singlehtml build.
// Scripts of figures do not run, so that their still pictures stay; MathJax does. print.css has the looks. Which page a
// chapter begins on is known once the book is printed: it is printed again with the numbers in its contents.

import { chromium } from "playwright-core";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { QUIET } from "../chromium.mjs";
import { pagesOf } from "./contents.mjs";

const [page, target, executablePath = "/usr/bin/chromium"] = process.argv.slice(2);
const TIMES = 4; // more is a book whose contents push its chapters to and fro
const here = dirname(fileURLToPath(import.meta.url));

const browser = await chromium.launch({ executablePath, args: QUIET });
const context = await browser.newContext({ colorScheme: "light", offline: true });
const tab = await context.newPage();
const faults = [];
tab.on("pageerror", (error) => faults.push(error.message));
await tab.route("**/*.js*", (route) => (route.request().url().includes("/mathjax/") ? route.continue() : route.abort()));
await tab.goto(pathToFileURL(page).href);
await tab.evaluate(() => window.MathJax?.startup?.promise);

const { title, chapters } = await tab.evaluate(() => {
  const article = document.querySelector("article.bd-article");
  document.documentElement.dataset.theme = "light";
  document.body.replaceChildren(article);
  const drop = ".headerlink, .needs-kernel, .cite-this-page, .whole-book-pdf, .launch, details.above-input, details.below-input, script";
  for (const node of article.querySelectorAll(drop)) node.remove();
  for (const details of article.querySelectorAll("details")) {
    const summary = details.querySelector("summary"); // of a solution, or of a cell: open here, with its name
    const name = (summary?.querySelector(".collapsed") ?? summary)?.textContent.trim().replace(/^Show the (.)/, (_, c) => c.toUpperCase());
    const label = Object.assign(document.createElement("p"), { className: "opened", textContent: name ?? "" });
    summary?.remove();
    details.replaceWith(label, ...details.childNodes);
  }

  // References at the end, then, where they stood, the contents.
  const first = article.querySelector("section");
  const references = article.querySelector("section#references");
  if (references) article.append(references);
  const headings = [...article.querySelectorAll('span[id^="document-"] + section')].map((section) => {
    section.classList.add("chapter");
    const place = section.previousElementSibling;
    section.prepend(place); // or a link to the chapter would lead to the page before it
    return [place.id, section.querySelector("h1, h2").textContent.trim()];
  });
  references?.classList.add("chapter");
  const contents = document.createElement("nav");
  contents.id = "printed-contents";
  contents.innerHTML = "<h2>Contents</h2>";
  for (const [id, text] of headings) {
    const line = contents.appendChild(document.createElement("p"));
    line.appendChild(Object.assign(document.createElement("a"), { href: `#${id}`, textContent: text }));
    line.appendChild(document.createElement("span")).textContent = "000"; // as wide as a number will be
  }
  first.querySelector("h1").after(contents);
  return { title: first.querySelector("h1").textContent.trim(), chapters: headings.length };
});
if (!chapters) faults.push(`${page}: expected the chapters of the book, found none`);

await tab.addStyleTag({ path: join(here, "print.css") });
await tab.evaluate(async () => {
  for (const picture of document.images) picture.loading = "eager";
  await Promise.all([...document.images].map((picture) => picture.decode().catch(() => {})));
});
const small = "font: 9px sans-serif; color: #57606a; width: 100%; margin: 0 16mm; display: flex; justify-content: space-between;";
const options = {
  format: "A4",
  margin: { top: "16mm", bottom: "18mm", left: "16mm", right: "16mm" },
  printBackground: true,
  displayHeaderFooter: true,
  headerTemplate: "<span></span>",
  footerTemplate: `<div style="${small}"><span>${title}</span><span class="pageNumber"></span></div>`,
  outline: true,
  tagged: true,
  timeout: 300_000,
};

/** The number of its page beside each title in the contents; returns whether any of them was another before. */
const number = (pages) =>
  tab.evaluate((pages) => {
    let changed = false;
    for (const line of document.querySelectorAll("#printed-contents p")) {
      const [link, place] = line.children;
      const page = `${pages[decodeURIComponent(link.hash.slice(1))] || "?"}`;
      changed ||= place.textContent !== page;
      place.textContent = page;
    }
    return changed;
  }, pages);

let pdf = await tab.pdf(options);
for (let printed = 1; await number(pagesOf(pdf)); printed++) {
  if (printed > TIMES) faults.push("contents: expected page numbers that stay, they go on changing");
  if (printed > TIMES) break;
  pdf = await tab.pdf(options);
}
const lines = await tab.evaluate(() =>
  [...document.querySelectorAll("#printed-contents p")].map((line) => [...line.children].map((part) => part.textContent)),
);
for (const [name, page] of lines) if (!Number(page)) faults.push(`contents: no page for ${name}`);
await browser.close();
if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}
mkdirSync(dirname(target), { recursive: true });
writeFileSync(`${target}.part`, pdf);
renameSync(`${target}.part`, target);
console.log(`contents: ${lines.map(([name, page]) => `${name}, page ${page}`).join("; ")}`);
