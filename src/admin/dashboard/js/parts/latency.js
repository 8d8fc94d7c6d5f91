// How fast both variants are.

import { histogramPair } from "../charts/histograms.js";
import { el } from "../core/dom.js";
import { count, ms, share } from "../core/format.js";

/** The distributions side by side, and their numbers. */
export function latency({ histogram, legacy, native }) {
  return el("div.latency", null,
    histogramPair(histogram, legacy, native),
    el("div.scroll", null, el("table", null,
      el("thead", null, el("tr", null, ["", "requests", "errors", "p50", "p95", "p99"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", null,
        side("legacy", legacy),
        side("native", native),
        el("tr.compared", null, el("th", { scope: "row" }, "native is"), el("td"), el("td"),
          ["p50_ms", "p95_ms", "p99_ms"].map((of) => el("td.figure", null, compared(legacy[of], native[of]))))))));
}

function side(name, { requests, errors, p50_ms, p95_ms, p99_ms }) {
  return el("tr", null,
    el("th", { scope: "row" }, el("span.variant", { class: name }, name)),
    el("td.figure", null, count(requests)),
    el("td.figure", null, errors === 0 ? "0" : `${count(errors)} (${share(errors / requests, 1)})`),
    [p50_ms, p95_ms, p99_ms].map((time) => el("td.figure", null, ms(time))));
}

function compared(legacy, native) {
  if (!legacy || !native) return "–";
  const times = legacy >= native ? legacy / native : native / legacy;
  if (times < 1.05) return "as fast";
  return `${times >= 10 ? times.toFixed(0) : times.toFixed(1)} × ${legacy > native ? "faster" : "slower"}`;
}
