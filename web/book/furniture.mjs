// What the book adds to every page: previews of links, "cite this page", the way on to the next one.

const LINK = "article a.reference.internal[href*='#']";

/** The first link that has a preview shows it when it gets the focus, and Escape takes it away. */
async function checkPreview(tab, blame) {
  const links = tab.locator(LINK);
  for (let k = 0; k < Math.min(await links.count(), 5); k++) {
    const link = links.nth(k);
    if (!(await link.isVisible())) continue;
    await tab.keyboard.press("Shift"); // so that the focus is a keyboard's
    await link.focus();
    const box = tab.locator(".link-preview");
    try {
      await box.first().waitFor({ timeout: 1200 });
    } catch {
      continue; // a link to a section has none
    }
    if ((await box.count()) !== 1) blame("more than one preview at a time");
    if (!(await box.first().innerText()).trim() && !(await box.first().locator("img").count())) blame("a preview is empty");
    await tab.keyboard.press("Escape");
    if (await box.count()) blame("a preview stays after Escape");
    return 1;
  }
  return 0;
}

async function checkCitation(tab, blame) {
  const details = tab.locator("details.cite-this-page");
  await details.locator("summary").focus();
  await tab.keyboard.press("Enter");
  const entries = await details.locator("pre").allInnerTexts();
  if (entries.length < 2 || entries.some((text) => !/^@\w+\{[\s\S]+\}\s*$/.test(text)))
    blame(`expected BibTeX entries to cite, found ${entries.length}`);
  if ((await details.locator("button.copybtn").count()) !== entries.length) blame("an entry to cite has no copy button");
}

/** Returns how many previews were seen; pages that are not chapters or appendices have no furniture. */
export async function checkFurniture(tab, blame) {
  if (!(await tab.locator("details.cite-this-page").count())) return 0;
  if (!(await tab.locator(".prev-next-area a").count())) blame("no way to the previous or next page");
  await checkCitation(tab, blame);
  return checkPreview(tab, blame);
}
