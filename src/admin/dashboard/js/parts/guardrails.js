// Evidence against each guardrail.

import { gauge } from "../charts/gauge.js";
import { el } from "../core/dom.js";
import { count, share } from "../core/format.js";
import { nothing } from "./states.js";

const TITLES = { mismatch: "Mismatches", errors: "Errors", p95: "p95 latency" };
const SIGNS = { pass: "✓", fail: "✕", inconclusive: "…", off: "–" };

/** A verdict of a guardrail or a step, with a sign beside the word. */
export function verdictChip(verdict) {
  return el("span.chip.verdict", { class: verdict }, el("i", { "aria-hidden": "true" }, SIGNS[verdict] ?? ""), verdict);
}

/** A row for each. */
export function guardrails(all) {
  if (all.length === 0) return nothing("This route has no guardrails. Their bounds are set in routes.toml.");
  return el("ul.guardrails", null, all.map((one) => {
    const value = shownAs(one.name);
    return el("li", { "data-key": one.name, "data-guardrail": one.name },
      el("div.name", null, el("b", null, TITLES[one.name] ?? one.name), verdictChip(one.verdict)),
      gauge(one),
      el("dl.numbers-of", null,
        pair("observed", value(one.value)), pair("at least", value(one.lower)), pair("bound", value(one.bound)),
        pair("requests", one.requests < one.needed ? `${count(one.requests)} of ${count(one.needed)}` : count(one.requests))),
      el("p.why", null, one.text));
  }));
}

function shownAs(name) {
  return (number) => {
    if (number === null || number === undefined) return "–";
    return name === "p95" ? `${number.toFixed(2)} ×` : share(number, 2);
  };
}

function pair(name, value) {
  return el("div", null, el("dt", null, name), el("dd", null, value));
}
