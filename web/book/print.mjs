// The whole book as one PDF: `node book/print.mjs SINGLE_PAGE TARGET [CHROMIUM]`, from Sphinx's singlehtml build.
// Scripts of figures do not run, so that their still pictures stay; MathJax does. print.css has the looks.

import { chromium } from "playwright-core";
import { mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { QUIET } from "../chromium.mjs";

const [page, target, executablePath = "/usr/bin/chromium"] = process.argv.slice(2);
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
    return [section.previousElementSibling.id, section.querySelector("h1, h2").textContent.trim()];
  });
  references?.classList.add("chapter");
  const contents = document.createElement("nav");
  contents.innerHTML = "<h2>Contents</h2>";
  for (const [id, text] of headings) {
    const line = contents.appendChild(document.createElement("p"));
    line.appendChild(Object.assign(document.createElement("a"), { href: `#${id}`, textContent: text }));
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
mkdirSync(dirname(target), { recursive: true });
await tab.pdf({
  path: `${target}.part`,
  format: "A4",
  margin: { top: "16mm", bottom: "18mm", left: "16mm", right: "16mm" },
  printBackground: true,
  displayHeaderFooter: true,
  headerTemplate: "<span></span>",
  footerTemplate: `<div style="${small}"><span>${title}</span><span class="pageNumber"></span></div>`,
  outline: true,
  tagged: true,
  timeout: 300_000,
});
await browser.close();
if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}
renameSync(`${target}.part`, target);
