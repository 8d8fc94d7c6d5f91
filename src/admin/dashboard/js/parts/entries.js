// Entries of the journal, as sentences.

import { ago } from "../core/ago.js";
import { el } from "../core/dom.js";
import { lasting, ms, share } from "../core/format.js";
import { part } from "../core/api.js";
import { modeBadge, modeText } from "./modes.js";
import { whoText } from "./people.js";
import { judged } from "./verdicts.js";

/** What each action did. */
const DONE = {
  set: "set", promote: "promoted", rollback: "rolled back", step_back: "stepped back", hold: "held", resume: "resumed", rearm: "re-armed",
  reset: "back to routes.toml", kill: "kill switch engaged", release: "kill switch released", all: "set for all", log: "log changed", configure: "configuration read",
};

/** An entry as one line of text. */
export function entryText(entry) {
  const moved = entry.old && entry.new && modeText(entry.old) !== modeText(entry.new) ? `: ${modeText(entry.old)} → ${modeText(entry.new)}` : "";
  return `${entry.route ? `${entry.route} ` : ""}${DONE[entry.action] ?? entry.action}${moved}, by ${whoText(entry.by)}${entry.why ? `: ${entry.why}` : ""}`;
}

/** An entry as an item of a list. `named`: whether its route is said. */
export function entryItem(entry, { named = true, evidence = false } = {}) {
  const moved = entry.new && (!entry.old || modeText(entry.old) !== modeText(entry.new));
  return el("li.entry", { "data-key": entry.id, "data-action": entry.action, class: tone(entry) },
    el("i.sign", { "aria-hidden": "true" }, SIGNS[entry.action] ?? "•"),
    el("div", null,
      el("p.what", null,
        named && entry.route && [el("a", { href: `/routes/${part(entry.route)}` }, entry.route), " "],
        el("b", null, DONE[entry.action] ?? entry.action),
        moved && entry.old && el("span.move", null, modeBadge(entry.old), el("span", { "aria-label": "to" }, "→"), modeBadge(entry.new)),
        moved && !entry.old && el("span.move", null, modeBadge(entry.new))),
      el("p.why", null, `by ${whoText(entry.by)}`, entry.why && [": ", entry.why]),
      evidence && entry.evidence && seen(entry.evidence) && el("p.why", null, `Evidence: ${evidenceText(entry.evidence, entry.why)}`)),
    ago(entry.at));
}

const SIGNS = { promote: "↑", rollback: "↓", step_back: "↓", hold: "‖", resume: "▸", rearm: "↻", kill: "■", release: "▶", reset: "↺", set: "→", all: "→", log: "≡", configure: "≡" };

function tone(entry) {
  if (entry.reason === "GUARDRAIL" || entry.action === "kill") return "bad";
  if (entry.action === "promote" || entry.action === "release") return "good";
  return "";
}

function seen({ verdicts, legacy, native }) {
  return judged(verdicts) + (legacy?.requests ?? 0) + (native?.requests ?? 0) > 0;
}

function evidenceText({ seconds, verdicts, legacy, native, guardrail }, why) {
  const compared = judged(verdicts);
  const matched = (verdicts?.matched ?? 0) + (verdicts?.ignored ?? 0);
  return [
    `over ${lasting(seconds)}`,
    compared > 0 && `${share(matched / compared)} of ${compared.toLocaleString("en-GB")} comparisons matched`,
    legacy?.p95_ms !== null && native?.p95_ms !== null && legacy && native && `p95 ${ms(legacy.p95_ms)} legacy, ${ms(native.p95_ms)} native`,
    // A guardrail gives it as its reason.
    guardrail?.text !== why && guardrail?.text,
  ].filter(Boolean).join("; ");
}
