// How much of the API is native: one figure, one bar, one tile for each mode.

import { el } from "../core/dom.js";
import { count, share } from "../core/format.js";
import { MEANING, MODES, steps } from "./modes.js";

/** `endpoints`: as in the overview; null while it is on its way. */
export function progress(endpoints) {
  const modes = [...MODES].reverse();
  const other = endpoints ? endpoints.total - endpoints.migrated : null;
  const parts = [...modes.map((mode) => [mode, endpoints?.by_mode[mode] ?? null]), ["none", other]];
  return el("section.numbers", { "aria-label": "How far the API is" },
    el("div.total", null,
      el("b", null, endpoints ? count(endpoints.by_mode.native) : "–", el("small", null, ` of ${endpoints ? count(endpoints.total) : "–"}`)),
      el("span", null, "endpoints native", endpoints && ` (${share(endpoints.by_mode.native / endpoints.total, 0)})`)),
    el("ul.tiles.modes", null, parts.map(([mode, number]) => el("li", { class: mode, title: MEANING[mode] ?? "no handler yet: legacy answers" },
      el("b", null, count(number)),
      el("span", null, mode === "none" ? el("span", null, "not migrated") : el("a", { href: `/routes?mode=${mode}` }, steps(mode), mode))))),
    el("div.bar", { "aria-hidden": "true" }, parts.map(([mode, number]) => number > 0 && el("span", { class: mode, style: { "flex-grow": String(number) } }))));
}
