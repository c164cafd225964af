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

// What scrolls by itself can be scrolled by keyboard.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".bd-article table, .pst-scrollable-table-container").forEach((table) => {
    table.tabIndex = 0;
  });
});
