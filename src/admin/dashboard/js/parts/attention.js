// What needs a person, most urgent first: what it is, what to do, and where.

import { ago } from "../core/ago.js";
import { part } from "../core/api.js";
import { el } from "../core/dom.js";
import { card, waiting } from "./states.js";

/** A sign and a tone for each kind; the sign is no letter of any language. */
const KINDS = {
  kill_switch: ["■", "bad"], legacy: ["✕", "bad"], tripped: ["↓", "bad"], breaker: ["⚡", "bad"], mismatched: ["≠", "bad"],
  configuration: ["!", "warn"], state: ["!", "warn"], journal: ["!", "warn"], evidence: ["!", "warn"], held: ["‖", "quiet"], ready: ["↑", "good"],
};

/** The card. */
export function attentionCard(items) {
  const body = !items ? waiting(8)
    : items.length === 0 ? el("p.calm", null, el("i", { "aria-hidden": "true" }, "✓"), "Nothing needs you. Guardrails hold, nothing waits for a decision.")
      : el("ul.attention", null, items.map(item));
  return card("Needs attention", { class: "needs", aside: items?.length > 0 && el("span.note", null, String(items.length)) }, body);
}

function item({ kind, route, at, text, remedy }) {
  const [sign, tone] = KINDS[kind] ?? ["!", "warn"];
  return el("li", { class: tone, "data-key": `${kind} ${route ?? ""}`, "data-kind": kind },
    el("i.sign", { "aria-hidden": "true" }, sign),
    el("div", null,
      el("p.what", null, text),
      el("p.why", null, remedy, " ", route && el("a", { href: `/routes/${part(route)}` }, route), at !== null && [" · ", ago(at)])));
}
