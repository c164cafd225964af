// What a link leads to, beside the link: for a pointer that can hover, and for the keyboard.
// The contents come from previews-data.js, which _ext/previews.py writes; it is asked for when first needed.

(() => {
  const WAIT = 180; // ms
  const script = document.currentScript.src;
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href).href;
  let box = null;
  let timer = 0;
  let loading = null;

  const load = () =>
    (loading ??= new Promise((done, failed) => {
      const data = Object.assign(document.createElement("script"), {
        src: new URL("previews-data.js", script).href, onload: done, onerror: failed,
      });
      document.head.append(data);
    }));

  /** "page#place" of a link within the book, or null. */
  function target(link) {
    const url = new URL(link.href);
    if (!url.hash || !link.href.startsWith(root)) return null;
    return decodeURIComponent((url.origin + url.pathname + url.hash).slice(new URL(root).origin.length + new URL(root).pathname.length));
  }

  function place(link) {
    const at = link.getClientRects()[0] ?? link.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = box;
    const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8));
    const below = at.bottom + 6;
    const above = at.top - 6 - height;
    const top = below + height > innerHeight - 8 && above > 8 ? above : below;
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${top + scrollY}px`;
  }

  async function show(link) {
    await load();
    const content = window.bookPreviews[target(link)];
    if (!content) return;
    hide();
    box = document.createElement("div");
    box.className = "link-preview";
    box.setAttribute("aria-hidden", "true"); // a screen reader follows the link instead
    box.innerHTML = content;
    for (const picture of box.querySelectorAll("img")) {
      picture.src = root + picture.getAttribute("src");
      picture.addEventListener("load", () => box && place(link));
    }
    box.addEventListener("mouseenter", () => clearTimeout(timer));
    box.addEventListener("mouseleave", leave);
    document.body.append(box);
    place(link);
    if (box.querySelector(".math") && window.MathJax?.typesetPromise) {
      await MathJax.typesetPromise([box]).catch(() => {});
      if (!box) return;
      for (const formula of box.querySelectorAll("[tabindex]")) formula.removeAttribute("tabindex");
      place(link);
    }
  }

  function hide() {
    clearTimeout(timer);
    if (box) window.MathJax?.typesetClear?.([box]);
    box?.remove();
    box = null;
  }

  function leave() {
    clearTimeout(timer);
    timer = setTimeout(hide, 2 * WAIT);
  }

  function enter(link, after) {
    clearTimeout(timer);
    timer = setTimeout(() => show(link).catch(() => {}), after);
  }

  const HOVERS = matchMedia("(hover: hover)");
  const linkOf = (event) => event.target.closest?.(".bd-article a.reference.internal[href*='#']");
  document.addEventListener("mouseover", (event) => HOVERS.matches && linkOf(event) && enter(linkOf(event), WAIT));
  document.addEventListener("mouseout", (event) => linkOf(event) && leave());
  document.addEventListener("focusin", (event) => linkOf(event)?.matches(":focus-visible") && enter(linkOf(event), WAIT));
  document.addEventListener("focusout", (event) => linkOf(event) && hide());
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
})();
