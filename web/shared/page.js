// How a figure takes its place in a page. A place is an element whose class is the figure's name; what is in it,
// a still picture, gives way to the figure, except for a caption.

/** Once the page is there, call `start(room, settings, data)` for every place of the figure `name`. */
export function inPage(name, start, settingNames = []) {
  // a classic script upgrades its page; a module (anywidget) has no currentScript
  if (typeof document === "undefined" || !document.currentScript) return;
  const upgrade = () => {
    for (const place of document.querySelectorAll(`.${name}:not([data-upgraded])`)) {
      place.dataset.upgraded = "";
      const data = dataOf(place);
      const settings = settingsOf(place, settingNames);
      const caption = place.querySelector("figcaption");
      for (const child of [...place.childNodes]) if (child !== caption) child.remove();
      const room = document.createElement("div");
      place.prepend(room);
      start(room, settings, data);
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", upgrade);
  else upgrade();
}

/** From data- attributes, or from classes such as lab-kind-rnn where a page can only say classes. */
function settingsOf(place, names) {
  const found = {};
  for (const name of names) {
    const token = [...place.classList].find((word) => word.startsWith(`lab-${name}-`));
    if (token) found[name] = token.slice(`lab-${name}-`.length);
    if (place.dataset[name] !== undefined) found[name] = place.dataset[name];
  }
  return found;
}

/** What a <script type="application/json"> in the place holds, or null. */
function dataOf(place) {
  const script = place.querySelector('script[type="application/json"]');
  return script ? JSON.parse(script.textContent) : null;
}
