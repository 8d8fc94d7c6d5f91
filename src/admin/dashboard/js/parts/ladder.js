// The ladder of a route, drawn as steps; where it stands, and what it lacks for the next one.

import { el } from "../core/dom.js";
import { count, lasting, percent } from "../core/format.js";
import { MODES, steps } from "./modes.js";
import { parseRung, rungText } from "./rungs.js";
import { verdictChip } from "./guardrails.js";

/** The steps. A route without a ladder shows the modes instead. */
export function ladder(route) {
  const own = route.ladder !== null;
  const rungs = own ? ["legacy", ...route.ladder.rungs] : MODES;
  // A mode that was set by hand may be none of its rungs.
  const at = own ? (route.ladder.at ?? (route.mode === "legacy" ? -1 : null)) : MODES.indexOf(route.mode) - 1;
  return el("ol.ladder", { "aria-label": own ? "The ladder" : "The modes" }, rungs.map((rung, place) => {
    const { mode, percent: of, needs } = parseRung(rung);
    const where = at === null ? "" : place - 1 < at ? "done" : place - 1 === at ? "here" : "ahead";
    return el("li", { class: `${mode} ${where}`, "aria-current": where === "here" ? "step" : null, style: { "--step": String(place) } },
      el("div.tread", null,
        el("b", null, mode, of !== null && ` ${percent(of)}`),
        needs && el("small", null, where === "here" ? `${needs} here` : needs)),
      el("div.riser", null, steps(mode)));
  }));
}

/** How far the current step is. */
export function stepProgress(route) {
  const { ladder: its } = route;
  if (!its) return el("p.note", null, "This route has no ladder of its own: set its mode below, or write ladder = [\"shadow 1000\", \"canary 10% 500\", \"native\"] into routes.toml.");
  if (its.at === null && route.mode !== "legacy") return el("p.note", null, "Its mode was set by hand and is none of the ladder's steps. Promote takes it to ", rungText(its.next), ".");
  if (!its.next) return el("p.note", null, "It is at the top of its ladder.");
  if (!its.progress) return el("p.note", null, `The next step is ${rungText(its.next)}.`);
  const { requests, seconds, verdict, why } = its.progress;
  return el("div.step-progress", null,
    requests && meter("requests", requests, count),
    seconds && meter("time", seconds, lasting),
    el("p", null, verdictChip(verdict), " ", verdict === "pass" ? `${route.tripped || route.hold ? "It would be ready" : "Ready"} for ${rungText(its.next)}: ` : `On the way to ${rungText(its.next)}: `, `${why}.`,
      its.advance === "auto" && !route.tripped && !route.hold ? " The ladder promotes it by itself." : ""));
}

function meter(name, { done, needed }, text) {
  return el("div.meter", null,
    el("span", null, name),
    el("progress", { max: needed, value: Math.min(done, needed), "aria-label": name }),
    el("span.figure", null, `${text(Math.min(done, needed))} of ${text(needed)}`));
}
