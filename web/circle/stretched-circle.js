// What the bundle offers: in a page every .stretched-circle becomes the figure; `core`, for tests. A live notebook has
// sliders of its own, from Python.

import { mount } from "./circle.js";
import * as core from "./pairs.js";
import { inPage } from "../shared/page.js";

export { core, mount };

inPage("stretched-circle", (room, settings) => mount(room, settings), Object.keys(core.RANGES));
