// What the bundle offers. In a page: every .transplant-bench becomes a bench. In a live notebook: `render` is
// what anywidget calls. For tests: the functions themselves.

import { mount } from "./bench.js";
import { inPage } from "../shared/page.js";
import * as core from "./transplant.js";

export { core, mount };

const NAMES = ["vectors", "spectrum", "matching", "n", "inhibitory", "seed"];

/** anywidget's entry: settings go both ways, results to Python; the matrix a moment after the last change. */
export function render({ model, el }) {
  let later = 0;
  const send = (settings, { H, lawful, changed, W }) => {
    for (const name of NAMES) model.set(name, settings[name]);
    model.set("entropy", H);
    model.set("columns_of_one_sign", lawful);
    model.set("signs_changed", changed);
    model.save_changes();
    clearTimeout(later);
    later = setTimeout(() => {
      model.set("weights", new DataView(Float64Array.from(W).buffer));
      model.save_changes();
    }, 250);
  };
  const bench = mount(el, Object.fromEntries(NAMES.map((name) => [name, model.get(name)])), send);
  for (const name of NAMES)
    model.on(`change:${name}`, () => {
      if (bench.settings()[name] !== model.get(name)) bench.set({ [name]: model.get(name) });
    });
  return () => {
    clearTimeout(later);
    bench.destroy();
  };
}

inPage("transplant-bench", (room, settings) => mount(room, settings), NAMES);
