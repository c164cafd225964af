// Bundle what runs in the reader's browser: every web/pages/NAME.js of the library's widgets becomes
// bundle/NAME.js, which is committed: `npm run build`. NAME is also the class of the figure's place in a
// page, and, in capitals (transplant-bench: TransplantBench), the script's global variable.
// With --check nothing is written, and the exit status is 1 if a committed file is another.

import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const sources = join(root, "daleslaw_lib", "widgets", "web");
const bundles = join(sources, "bundle");
const check = process.argv.includes("--check");

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

const capitals = (name) => name.replace(/(^|-)([a-z])/g, (_, dash, letter) => letter.toUpperCase());

async function bundle(name) {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(sources, "pages", `${name}.js`)],
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: "iife",
    globalName: capitals(name),
    target: "es2021",
    charset: "utf8",
    legalComments: "none",
    loader: { ".css": "text" },
    alias: { "ml-matrix": join(here, "node_modules", "ml-matrix", "src", "index.js") }, // its parts, not the whole
    metafile: true,
    write: false,
  });
  const licences = notices(metafile.inputs);
  const contains = licences.length ? ` It contains:\n\n${licences.join("\n\n---\n\n")}` : "";
  return `/*!\nThe ${name.replaceAll("-", " ")}, built from daleslaw_lib/widgets/web by web/build.mjs.${contains}\n*/\n${outputFiles[0].text}`;
}

const names = readdirSync(join(sources, "pages"))
  .filter((file) => file.endsWith(".js"))
  .map((file) => basename(file, ".js"));
for (const file of existsSync(bundles) ? readdirSync(bundles) : [])
  if (!names.includes(basename(file, ".js"))) {
    console.error(`${relative(root, join(bundles, file))}: no page of that name builds it; remove it`);
    process.exitCode = 1;
  }
for (const name of names) {
  const target = join(bundles, `${name}.js`);
  const text = await bundle(name);
  if (check) {
    if (existsSync(target) && readFileSync(target, "utf8") === text) continue;
    console.error(`${relative(root, target)}: not what its sources build to; run: npm run build`);
    process.exitCode = 1;
  } else {
    mkdirSync(bundles, { recursive: true });
    writeFileSync(target, text);
    console.log(`${relative(root, target)}: ${Math.round(text.length / 1024)} kB`);
  }
}
