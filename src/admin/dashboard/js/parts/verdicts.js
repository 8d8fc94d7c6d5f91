// Verdicts of comparisons: their words, in the order of their weight.

import { el } from "../core/dom.js";
import { count } from "../core/format.js";

/** Every verdict, and what it says. */
export const VERDICTS = {
  matched: "the same",
  ignored: "the same under the route's parity rules",
  mismatched: "different",
  "handler failed": "the handler gave no answer, though it should have",
  noise: "legacy itself answered differently when it was asked again",
  dirty: "something was written meanwhile: not judged",
  "handler declined": "the handler left the request to legacy",
  skipped: "there was nothing to compare",
};

/** A verdict's class in the style sheet. */
export function verdictClass(verdict) {
  return verdict.replaceAll(" ", "-");
}

/** How many comparisons were judged. */
export function judged(verdicts) {
  return ["matched", "ignored", "mismatched", "handler failed"].reduce((sum, word) => sum + (verdicts?.[word] ?? 0), 0);
}

/** One bar of all verdicts. */
export function verdictBar(verdicts) {
  const shown = Object.keys(VERDICTS).filter((word) => verdicts?.[word] > 0);
  return el("div.bar", { "aria-hidden": "true" },
    shown.map((word) => el("span", { class: verdictClass(word), style: { "flex-grow": String(verdicts[word]) } })));
}

/** A tile for every verdict. */
export function verdictTiles(verdicts) {
  return el("ul.tiles", null, Object.entries(VERDICTS).map(([word, meaning]) => {
    const number = verdicts?.[word] ?? 0;
    return el("li", { class: verdictClass(word) + (number === 0 ? " zero" : ""), title: meaning },
      el("b", null, verdicts ? count(number) : "–"), el("span", null, word));
  }));
}
