// Why requests were not answered natively, or not compared; and what the parity rules did.

import { el } from "../core/dom.js";
import { count } from "../core/format.js";
import { nothing } from "./states.js";
import { visible } from "./visible.js";

/** Declined, failed and skipped, each with its reasons. */
export function reasons({ declined, failed, skipped }) {
  const groups = [
    ["handler declined", "Declined", "left to legacy before anything was changed", declined],
    ["handler failed", "Failed", "the handler should have answered, and did not", failed],
    ["skipped", "Skipped", "there was nothing to compare", skipped],
  ].filter(([, , , counts]) => Object.keys(counts ?? {}).length > 0);
  if (groups.length === 0) return nothing("No request was declined, failed or skipped.");
  return el("div.reasons", null, groups.map(([word, title, meaning, counts]) => el("div", { "data-key": word, class: word.replaceAll(" ", "-") },
    el("h3", null, title, el("span.note", null, ` ${meaning}`)),
    el("ul", null, Object.entries(counts).sort((one, other) => other[1] - one[1]).map(([why, number]) =>
      el("li", { "data-key": why }, el("b", null, count(number)), visible(why)))))));
}

/** The parity rules, and whether they still do anything. */
export function rules(all) {
  if (all.length === 0) return null;
  return el("div.reasons", null, el("h3", null, "Parity rules", el("span.note", null, " what may differ on this route")),
    el("ul.rules", null, all.map(({ rule, hits, compared, dead }) => el("li", { "data-key": rule },
      el("code", null, visible(rule)),
      el("span.note", null, `${count(hits)} hits in ${count(compared)} comparisons`),
      dead && el("span.badge.dirty", { title: "It never applied. Perhaps it can go." }, "dead")))));
}
