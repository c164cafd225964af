// What the bundle offers. In a page: every .spectral-laboratory becomes a laboratory. In a live notebook:
// `render` is what anywidget calls. For tests: the functions themselves.

import { coleiUnscaled, draw, DISTRIBUTIONS } from "./draws.js";
import { eigenvalues } from "./eigenvalues.js";
import { mount } from "./laboratory.js";
import { generator } from "./random.js";
import { merged, paper, computer } from "./settings.js";
import { entropy, singularValues } from "./spectra.js";
import * as theory from "./theory.js";

export { mount };
export const core = {
  coleiUnscaled, draw, DISTRIBUTIONS, eigenvalues, generator, merged, paper, computer, entropy, singularValues, theory,
};

const NAMES = ["kind", "n", "inhibitory", "rho", "distribution", "seed"];

/** anywidget's entry: settings go both ways, results to Python a moment after the last change. */
export function render({ model, el }) {
  let later = 0;
  const send = (settings, result) => {
    for (const name of NAMES) model.set(name, settings[name]);
    model.set("entropy", result.H);
    model.set("predicted_entropy", result.theory.entropy);
    model.save_changes();
    clearTimeout(later);
    later = setTimeout(() => {
      model.set("spectrum", new DataView(Float64Array.from(result.s).buffer));
      model.set("weights", new DataView(result.W.map((w) => w * result.rho).buffer));
      model.save_changes();
    }, 250);
  };
  const laboratory = mount(el, Object.fromEntries(NAMES.map((name) => [name, model.get(name)])), send);
  for (const name of NAMES)
    model.on(`change:${name}`, () => {
      if (laboratory.settings()[name] !== model.get(name)) laboratory.set({ [name]: model.get(name) });
    });
  return () => {
    clearTimeout(later);
    laboratory.destroy();
  };
}

/** Turn every place for a laboratory into one; its settings are data-n, data-kind and so on. */
export function upgrade(scope = document) {
  for (const place of scope.querySelectorAll(".spectral-laboratory:not([data-upgraded])")) {
    place.dataset.upgraded = "";
    const caption = place.querySelector("figcaption");
    for (const child of [...place.childNodes]) if (child !== caption) child.remove();
    const room = document.createElement("div");
    place.prepend(room);
    mount(room, settingsOf(place));
  }
}

/** From data- attributes, or from classes such as lab-kind-rnn where a page can only say classes. */
function settingsOf(place) {
  const found = {};
  for (const name of NAMES) {
    const token = [...place.classList].find((word) => word.startsWith(`lab-${name}-`));
    if (token) found[name] = token.slice(`lab-${name}-`.length);
    if (place.dataset[name] !== undefined) found[name] = place.dataset[name];
  }
  return found;
}

// A classic script upgrades its page; a module (anywidget) has no currentScript.
if (typeof document !== "undefined" && document.currentScript) {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => upgrade());
  else upgrade();
}
