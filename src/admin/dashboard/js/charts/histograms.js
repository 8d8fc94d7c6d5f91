// The latencies of both variants on one logarithmic axis: legacy above, native below, with the marks of p50 and p95.

import { el, svg } from "../core/dom.js";
import { count, ms } from "../core/format.js";

const HEIGHT = 60;

/** `histogram` as in the evidence (one more count than bounds); `legacy` and `native` are the sides' numbers. */
export function histogramPair(histogram, legacy, native) {
  const edges = bucketEdges(histogram.bounds_ms);
  const [first, last] = used([histogram.legacy, histogram.native]);
  const from = Math.log(edges[first]);
  const to = Math.log(edges[last + 1]);
  const x = (value) => Math.min(100, Math.max(0, (Math.log(value) - from) / (to - from) * 100));
  const row = (name, counts, side) => el("div.distribution", { class: name },
    el("span.side", null, name),
    el("div.plot", { role: "img", "aria-label": `${name}: ${count(side.requests)} requests, p50 ${ms(side.p50_ms)}, p95 ${ms(side.p95_ms)}` },
      bars(counts, edges, first, last, x),
      side.requests === 0 && el("span.none", null, "no requests yet"),
      ["p50", "p95"].map((mark) => Number.isFinite(side[`${mark}_ms`]) && el("span.quantile", {
        class: mark + edge(mark, x(side[`${mark}_ms`])), style: { left: `${x(side[`${mark}_ms`])}%` },
      }, el("b", null, mark), ` ${ms(side[`${mark}_ms`])}`))));
  return el("figure.histograms", null,
    row("legacy", histogram.legacy, legacy),
    row("native", histogram.native, native),
    el("div.axis", { "aria-hidden": "true" }, ticks(edges[first], edges[last + 1]).map((tick) =>
      el("span", { style: { left: `${x(tick)}%` } }, tickText(tick)))));
}

/** A label stands on the outer side of its mark, unless there is no room. */
function edge(mark, at) {
  return mark === "p95" && at > 82 ? " left" : mark === "p50" && at < 18 ? " right" : "";
}

/** The edges of all buckets. The first and the last have none of their own; a neighbour's width stands in. */
function bucketEdges(bounds) {
  const ratio = bounds.length > 1 ? bounds[1] / bounds[0] : 2;
  return [bounds[0] / ratio, ...bounds, bounds.at(-1) * ratio];
}

/** The first and last bucket that either side uses, and one more on both ends. */
function used(sides) {
  const all = sides[0].map((number, at) => number + sides[1][at]);
  const first = all.findIndex((number) => number > 0);
  const last = all.findLastIndex((number) => number > 0);
  if (first < 0) return [0, all.length - 1];
  return [Math.max(0, first - 1), Math.min(all.length - 1, Math.max(last + 1, first + 4))];
}

function bars(counts, edges, first, last, x) {
  // Each side by its own highest bucket: shapes are compared, not numbers of requests.
  const most = Math.max(1, ...counts);
  const shown = counts.slice(first, last + 1).map((number, place) => {
    if (number === 0) return "";
    const [left, right] = [x(edges[first + place]), x(edges[first + place + 1])];
    const height = Math.max(1, number / most * (HEIGHT - 8));
    return `M${(left + 0.12).toFixed(2)} ${HEIGHT}V${(HEIGHT - height).toFixed(2)}H${(right - 0.12).toFixed(2)}V${HEIGHT}Z`;
  });
  return svg("svg", { viewBox: `0 0 100 ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, svg("path", { d: shown.join("") }));
}

function ticks(from, to) {
  const wide = to / from > 300;
  const found = [];
  for (let power = -3; power <= 6; power += 1) {
    for (const step of wide ? [1] : [1, 3]) {
      const tick = step * 10 ** power;
      if (tick > from * 1.05 && tick < to / 1.05) found.push(tick);
    }
  }
  return found;
}

function tickText(milliseconds) {
  return milliseconds >= 1000 ? `${milliseconds / 1000} s` : `${Number(milliseconds.toPrecision(2))} ms`;
}
