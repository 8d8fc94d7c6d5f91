// Long lists: a row is built again only when its data are others.

import { morph } from "./morph.js";

const made = new WeakMap();

/** Makes `body` hold one row for each of `items`, in their order; `key` and `row` say which it is and how it looks. */
export function list(body, items, key, row) {
  const there = new Map();
  for (const child of body.children) there.set(child.dataset.key, child);
  const rows = items.map((item) => {
    const old = there.get(String(key(item)));
    return old && made.get(old) === item ? old : row(item);
  });
  morph(body, rows);
  items.forEach((item, place) => made.set(body.children[place], item));
}
