// A page in a folder may not read another: search there without the lines around what it found.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined")
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

// The theme's buttons are named by labels that leave out the words that they show.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("button.search-button-field").forEach((button) => button.removeAttribute("aria-label"));
  document
    .querySelectorAll("button.theme-switch-button")
    .forEach((button) => button.setAttribute("aria-label", "Color mode: Light, Dark or System Settings"));
});

// What is too wide for its place scrolls by itself, and is then a stop for Tab, so that arrow keys scroll it.
document.addEventListener("DOMContentLoaded", () => {
  const watcher = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  document
    .querySelectorAll(".bd-article table, .pst-scrollable-table-container")
    .forEach((place) => watcher.observe(place));
});

// The lines around what a search found are words: ρ, not \(\rho\), and a formula on lines of its own is left out.
const SIGNS = {
  alpha: "α", beta: "β", delta: "δ", eta: "η", lambda: "λ", mu: "μ", pi: "π", rho: "ρ", sigma: "σ", Delta: "Δ", sqrt: "√", sum: "Σ",
  times: "×", cdot: "·", le: "≤", ge: "≥", ne: "≠", approx: "≈", to: "→", infty: "∞", partial: "∂", pm: "±", top: "T", dots: "…", log: "log",
};
function inWords(formula) {
  return formula
    .replace(/^\\\(|\\\)$/g, "")
    .replace(/\\(?:text|mathrm|mathbf|operatorname|textcolor\{[^}]*\})\s*\{([^{}]*)\}/g, "$1")
    .replace(/\\sqrt\s*/g, SIGNS.sqrt)
    .replace(/\\([a-zA-Z]+)/g, (_, name) => SIGNS[name] ?? "")
    .replace(/[{}\\]/g, "")
    .trim();
}
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  const textOf = Search.htmlToText;
  Search.htmlToText = (page, anchor) => {
    const found = new DOMParser().parseFromString(page, "text/html");
    found.querySelectorAll("div.math").forEach((formula) => formula.replaceWith(" … "));
    found.querySelectorAll("span.math").forEach((formula) => formula.replaceWith(inWords(formula.textContent)));
    return textOf(found.documentElement.outerHTML, anchor);
  };
});
