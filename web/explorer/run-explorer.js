// What the bundle offers. In a page: every .run-explorer becomes one, of the data beside its picture. In a live
// notebook: `render` is what anywidget calls. For tests: the functions themselves.

import { mount } from "./explorer.js";
import { inPage } from "../shared/page.js";
import * as core from "./runs.js";

export { core, mount };

const NAMES = ["colour", "runs", "selected"];

/** anywidget's entry: settings go both ways. */
export function render({ model, el }) {
  const send = (settings) => {
    for (const name of NAMES) model.set(name, settings[name]);
    model.save_changes();
  };
  const start = Object.fromEntries(NAMES.map((name) => [name, model.get(name)]));
  const explorer = mount(el, start, model.get("data"), send);
  for (const name of NAMES)
    model.on(`change:${name}`, () => {
      if (explorer.settings()[name] !== model.get(name)) explorer.set({ [name]: model.get(name) });
    });
  return () => explorer.destroy();
}

inPage("run-explorer", mount, NAMES);
