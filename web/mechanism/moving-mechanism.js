// What the bundle offers: in a page every .moving-mechanism becomes the figure, of the digits beside it; `render` is
// what anywidget calls; `core`, for tests.

import * as clouds from "./clouds.js";
import { decoded, merged, mount } from "./mechanism.js";
import { inPage } from "../shared/page.js";

export { mount };
export const core = { ...clouds, decoded, merged };

const NAMES = ["beside", "way", "seed", "step"];

/** anywidget's entry: settings go both ways, results to Python. */
export function render({ model, el }) {
  const send = (settings, { directions, gain }) => {
    for (const name of NAMES) model.set(name, settings[name]);
    model.set("directions", directions);
    model.set("log_gain", gain.map((one) => (Number.isFinite(one) ? one : null)));
    model.save_changes();
  };
  const figure = mount(el, model.get("data"), Object.fromEntries(NAMES.map((name) => [name, model.get(name)])), send);
  for (const name of NAMES)
    model.on(`change:${name}`, () => {
      if (figure.settings()[name] !== model.get(name)) figure.set({ [name]: model.get(name) });
    });
  return figure.destroy;
}

inPage("moving-mechanism", (room, settings, data) => mount(room, data, settings), NAMES);
