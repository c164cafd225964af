// Bundle what runs in the reader's browser into one file that is committed: `npm run build`.
// With --check nothing is written, and the exit status is 1 if the committed file is another.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const sources = join(root, "daleslaw_lib", "widgets", "web");
const target = join(sources, "bundle", "laboratory.js");

/** The licence of every package whose code is in the bundle. */
function notices(inputs) {
  const packages = new Set(Object.keys(inputs).map((path) => path.match(/node_modules\/((@[^/]+\/)?[^/]+)/)?.[1]));
  packages.delete(undefined);
  return [...packages].sort().map((name) => {
    const folder = join(here, "node_modules", name);
    const file = readdirSync(folder).find((entry) => /^licen[sc]e/i.test(entry));
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}`;
  });
}

const { outputFiles, metafile } = await build({
  entryPoints: [join(sources, "page.js")],
  absWorkingDir: root,
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "SpectralLaboratory",
  target: "es2021",
  charset: "utf8",
  legalComments: "none",
  loader: { ".css": "text" },
  alias: { "ml-matrix": join(here, "node_modules", "ml-matrix", "src", "index.js") }, // its parts, not the whole
  metafile: true,
  write: false,
});
const head = `/*!\nThe spectral laboratory, built from daleslaw_lib/widgets/web by web/build.mjs. It contains:\n\n${notices(
  metafile.inputs,
).join("\n\n---\n\n")}\n*/\n`;
const text = head + outputFiles[0].text;

const name = relative(root, target);
if (process.argv.includes("--check")) {
  let committed = "";
  try {
    committed = readFileSync(target, "utf8");
  } catch {}
  if (committed !== text) {
    console.error(`${name}: not what its sources build to; run: npm run build`);
    process.exit(1);
  }
} else {
  const { mkdirSync } = await import("node:fs");
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  console.log(`${name}: ${Math.round(text.length / 1024)} kB`);
}
