// What the bundle offers: in a page every .own-matrix becomes the figure. In a live notebook `render` is what anywidget
// calls; the matrix goes to Python. For tests: the functions themselves.

import { fromFile, fromText } from "./files.js";
import { mount } from "./own.js";
import { examine, gainOfHalf, mostEntropy } from "./report.js";
import { fixed, general, grouped } from "./written.js";
import { inPage } from "../shared/page.js";

export { mount };
export const core = { examine, fixed, fromFile, fromText, gainOfHalf, general, grouped, mostEntropy };

/** anywidget's entry: what the page has read goes to Python. */
export function render({ model, el }) {
  const figure = mount(el, ({ W }) => {
    model.set("weights", new DataView(Float64Array.from(W).buffer));
    model.save_changes();
  });
  return () => figure.destroy();
}

inPage("own-matrix", (room) => mount(room));
