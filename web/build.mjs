// Bundle what runs in the reader's browser: figures.js and all that it imports become one script, which is committed
// in the Python package, daleslaw_lib/widgets/bundle/figures.js: `npm run build`. Its global variable is
// DaleslawFigures. With --check nothing is written, and the exit status is 1 if the committed file is another.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const target = join(root, "daleslaw_lib", "widgets", "bundle", "figures.js");

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

async function bundle() {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(here, "figures.js")],
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: "iife",
    globalName: "DaleslawFigures",
    target: "es2021",
    charset: "utf8",
    legalComments: "none",
    loader: { ".css": "text" },
    alias: { "ml-matrix": join(here, "node_modules", "ml-matrix", "src", "index.js") }, // its parts, not the whole
    metafile: true,
    write: false,
  });
  const licences = notices(metafile.inputs).join("\n\n---\n\n");
  return `/*!\nThe figures of the book, built from web/ by web/build.mjs. They contain:\n\n${licences}\n*/\n${outputFiles[0].text}`;
}

const text = await bundle();
if (process.argv.includes("--check")) {
  let committed = null;
  try {
    committed = readFileSync(target, "utf8");
  } catch {} // there is none
  if (committed !== text) {
    console.error(`${relative(root, target)}: not what its sources build to; run: npm run build`);
    process.exitCode = 1;
  }
} else {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  const kB = (bytes) => `${(bytes / 1024).toFixed(1)} kB`;
  console.log(`${relative(root, target)}: ${kB(Buffer.byteLength(text))}, ${kB(gzipSync(text, { level: 9 }).length)} gzipped`);
}
