// What the bundle offers. In a page: every .spectral-laboratory becomes a laboratory. In a live notebook:
// `render` is what anywidget calls. For tests: the functions themselves.

import { coleiUnscaled } from "../shared/colei.js";
import { draw, DISTRIBUTIONS, inputWeights } from "../shared/draws.js";
import { eigenvalues } from "../shared/eigenvalues.js";
import { mount } from "./laboratory.js";
import { inPage } from "../shared/page.js";
import { generator } from "../shared/random.js";
import { merged, paper, computer } from "../shared/settings.js";
import { entropy, singularValues } from "../shared/spectra.js";
import { STARTS, splitInputs, towardsSpectrum } from "../shared/starts.js";
import * as theory from "../shared/theory.js";

export { mount };
export const core = {
  coleiUnscaled, draw, DISTRIBUTIONS, eigenvalues, generator, inputWeights, merged, paper, computer, entropy, singularValues, splitInputs,
  STARTS, theory, towardsSpectrum,
};

const NAMES = ["kind", "beside", "detail", "starts", "n", "inhibitory", "rho", "distribution", "start", "extra", "p", "seed"];
const FOR_GOOD = ["detail", "starts"];

/** anywidget's entry: settings go both ways, results to Python a moment after the last change. */
export function render({ model, el }) {
  let later = 0;
  const send = (settings, result) => {
    for (const name of NAMES) model.set(name, settings[name]);
    model.set("entropy", result.H);
    model.set("predicted_entropy", result.theory.entropy); // null where theory has none
    model.save_changes();
    clearTimeout(later);
    later = setTimeout(() => {
      model.set("spectrum", new DataView(Float64Array.from(result.s).buffer));
      model.set("weights", new DataView(result.W.map((w) => w * result.rho).buffer));
      model.save_changes();
    }, 250);
  };
  const laboratory = mount(el, Object.fromEntries(NAMES.map((name) => [name, model.get(name)])), send);
  for (const name of NAMES.filter((name) => !FOR_GOOD.includes(name)))
    model.on(`change:${name}`, () => {
      if (laboratory.settings()[name] !== model.get(name)) laboratory.set({ [name]: model.get(name) });
    });
  return () => {
    clearTimeout(later);
    laboratory.destroy();
  };
}

inPage("spectral-laboratory", (room, settings) => mount(room, settings), NAMES);
