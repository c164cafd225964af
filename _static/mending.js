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
