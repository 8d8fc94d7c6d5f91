// A path that is no page.

import { el } from "../core/dom.js";

/** The page. */
export function unknown() {
  return {
    title: "No such page",
    view: () => [
      el("h1", null, "There is no such page"),
      el("p.note", null, "Perhaps it was a route's old name: ", el("a", { href: "/routes" }, "all routes"), "."),
    ],
  };
}
