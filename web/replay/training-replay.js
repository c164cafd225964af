// What the bundle offers: in a page every .training-replay becomes a replay of the data beside it; `render` is
// what anywidget calls; `core`, for tests.

import { inPage } from "../shared/page.js";
import { mount } from "./replay.js";
import { decoded, nearestFrame, nextFrame } from "./replay-data.js";

export { mount };
export const core = { decoded, nearestFrame, nextFrame };

const NAMES = ["seed", "update"];

/** anywidget's entry: data come from Python, seed and update go both ways. */
export function render({ model, el }) {
  const send = (state) => {
    for (const name of NAMES) model.set(name, state[name]);
    model.save_changes();
  };
  const start = Object.fromEntries(NAMES.map((name) => [name, model.get(name)]));
  const replay = mount(el, model.get("data"), start, send);
  for (const name of NAMES)
    model.on(`change:${name}`, () => {
      if (replay.state()[name] !== model.get(name)) replay.set({ [name]: model.get(name) });
    });
  return replay.destroy;
}

inPage("training-replay", (room, settings, data) => mount(room, data, settings), NAMES);
