// Changes as they happen, said in the corner of the page.

import { part } from "../core/api.js";
import { el } from "../core/dom.js";
import { say } from "../core/toast.js";
import { entryText } from "./entries.js";

/** Says an entry of the journal. */
export function announce(entry) {
  const bad = entry.reason === "GUARDRAIL" || entry.action === "kill";
  const link = entry.route && location.pathname !== `/routes/${part(entry.route)}`
    ? el("a", { href: `/routes/${part(entry.route)}` }, "Look at it") : null;
  say(entryText(entry), { tone: bad ? "bad" : entry.action === "promote" ? "good" : "", link });
}
