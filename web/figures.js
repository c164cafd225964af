// All figures that run in the reader's browser, by the class of their place in a page. They are one script, so that
// what they share is loaded once.

export * as "moving-mechanism" from "./mechanism/moving-mechanism.js";
export * as "own-matrix" from "./own/own-matrix.js";
export * as "run-explorer" from "./explorer/run-explorer.js";
export * as "shaken-matrices" from "./builder/shaken-matrices.js";
export * as "spectral-laboratory" from "./laboratory/spectral-laboratory.js";
export * as "stretched-circle" from "./circle/stretched-circle.js";
export * as "training-replay" from "./replay/training-replay.js";
export * as "transplant-bench" from "./bench/transplant-bench.js";
