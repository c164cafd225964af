// What the bundle offers: in a page every .shaken-matrices becomes the figure; `core`, for tests. A live notebook has
// controls of its own, from Python.

import { mount } from "./builder.js";
import * as core from "./rules.js";
import { inPage } from "../shared/page.js";

export { core, mount };

inPage("shaken-matrices", (room, settings, data) => mount(room, settings, data), Object.keys(core.START));
