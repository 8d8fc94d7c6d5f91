// How fast both variants are.

import { histogramPair } from "../charts/histograms.js";
import { el } from "../core/dom.js";
import { many, ms, share } from "../core/format.js";

/** The distributions side by side, and their numbers. */
export function latency({ histogram, legacy, native }) {
  return el("div.latency", null,
    histogramPair(histogram, legacy, native),
    el("div.scroll", null, el("table", null,
      el("thead", null, el("tr", null, ["", "p50", "p95", "p99"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", null,
        side("legacy", legacy),
        side("native", native),
        el("tr.compared", null, el("th", { scope: "row" }, "native is"),
          ["p50_ms", "p95_ms", "p99_ms"].map((of) => el("td.figure", null, compared(legacy[of], native[of]))))))));
}

function side(name, { requests, errors, p50_ms, p95_ms, p99_ms }) {
  return el("tr", null,
    el("th", { scope: "row" }, el("span.variant", { class: name }, name),
      el("small", null, many(requests, "request")), el("small", null, errors === 0 ? "no errors" : `${many(errors, "error")} (${share(errors / requests)})`)),
    [p50_ms, p95_ms, p99_ms].map((time) => el("td.figure", null, ms(time))));
}

function compared(legacy, native) {
  if (!legacy || !native) return "–";
  const times = legacy >= native ? legacy / native : native / legacy;
  if (times < 1.05) return "as fast";
  return `${times >= 10 ? times.toFixed(0) : times.toFixed(1)} × ${legacy > native ? "faster" : "slower"}`;
}
