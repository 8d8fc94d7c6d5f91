// A bound and what was observed of it: a track, the bound as a line, the value as a dot, its lower bound as the bar's start.

import { el } from "../core/dom.js";

/** `guardrail`: as in the API. Decoration: its numbers stand beside it. */
export function gauge({ bound, value, lower, verdict }) {
  const top = Math.max(bound * 2, (value ?? 0) * 1.15) || 1;
  const at = (number) => `${Math.min(100, Math.max(0, number / top * 100))}%`;
  return el("div.gauge", { class: verdict, "aria-hidden": "true" },
    el("span.allowed", { style: { width: at(bound) } }),
    value !== null && lower !== null && el("span.range", { style: { left: at(lower), width: `calc(${at(value)} - ${at(lower)})` } }),
    el("span.bound", { style: { left: at(bound) } }),
    value !== null && el("span.value", { style: { left: at(value) } }));
}
