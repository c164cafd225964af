// On which page of a PDF a link within it ends, as Chromium writes PDFs: objects in plain sight, only streams packed.

/** Of a PDF's bytes: { name of a destination: number of its page, from 1 }. */
export function pagesOf(pdf) {
  const text = Buffer.from(pdf).toString("latin1");
  const objects = new Map([...text.matchAll(/(?:^|\n)(\d+) 0 obj\r?\n([\s\S]*?)\r?\nendobj/g)].map((m) => [m[1], m[2]]));
  const named = (object, name) => objects.get(object)?.match(new RegExp(`/${name} (\\d+) 0 R`))?.[1];
  const root = [...text.matchAll(/\/Root (\d+) 0 R/g)].at(-1)?.[1];
  const pages = leaves(objects, named(root, "Pages"));
  const places = objects.get(named(root, "Dests")) ?? "";
  const found = {};
  for (const [, name, page] of places.matchAll(/\/([^\s/[]+) \[(\d+) 0 R/g))
    found[name.replace(/#([0-9A-Fa-f]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)))] = pages.indexOf(page) + 1;
  return found;
}

/** The pages below a node of the tree of pages, in order. */
function leaves(objects, node) {
  const kids = objects.get(node)?.match(/\/Kids \[([^\]]*)\]/)?.[1];
  if (kids === undefined) return [node];
  return [...kids.matchAll(/(\d+) 0 R/g)].flatMap(([, kid]) => leaves(objects, kid));
}
