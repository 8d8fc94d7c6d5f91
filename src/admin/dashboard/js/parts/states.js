// Pages and cards that have nothing to show yet, or never will, in words for a person.

import { el } from "../core/dom.js";

/** Nothing there, and why. */
export function nothing(...text) {
  return el("p.nothing", null, ...text);
}

/** Something could not be read. `retry` tries again. */
export function problem(error, retry) {
  return el("div.problem", { role: "alert" },
    el("p", null, el("b", null, error.status === 404 ? "Not found. " : "This could not be read. "), error.message),
    retry && el("button", { type: "button", onclick: retry }, "Try again"));
}

/** A place that is kept for what is on its way, so that nothing moves when it arrives. */
export function waiting(lines = 3) {
  return el("div.waiting", { "aria-label": "Loading" }, Array.from({ length: lines }, () => el("span")));
}

/** A resource as it is: on its way, failed, or drawn by `draw(data)`. Old data stay when a reading fails. */
export function shown(resource, draw, lines = 3) {
  if (resource.data !== null) return draw(resource.data);
  return resource.error ? problem(resource.error, resource.load) : waiting(lines);
}

/** A card with a heading. */
export function card(title, given, ...children) {
  const { aside, ...more } = given ?? {};
  return el("section.card", more, el("div.title", null, el("h2", null, title), aside), ...children);
}
