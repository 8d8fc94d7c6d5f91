// The traffic split of the last hour at most, as stacked areas: native from the ground, legacy above it, errors in a strip below.

import { el, svg } from "../core/dom.js";
import { clock, count, lasting, share } from "../core/format.js";
import { area, line, roundUp, smooth } from "./scale.js";

const HEIGHT = 100;
/** What is shown, in seconds: the shortest that holds all since the start. Minutes after it, an hour would be an empty chart. */
const SPANS = [600, 1800, 3600];
/** In how many parts the axis of each divides it. */
const PARTS = { 600: 10, 1800: 6, 3600: 4 };

/** `traffic` and `at`: as in the overview. `marks`: moments to point at. `reading`: the slot that is pointed at, or null; `point(slot)` chooses it. */
export function trafficChart({ traffic: all, at, marks = [], reading, point }) {
  const traffic = lately(all, at);
  const slots = traffic.legacy.length;
  // The last slot is still filling; drawn, it would look like a fall.
  const per = (counts) => smooth(counts.slice(0, -1).map((number) => number / traffic.slot_seconds));
  const native = per(traffic.native);
  const legacy = per(traffic.legacy);
  const both = native.map((number, slot) => number + legacy[slot]);
  const top = roundUp(Math.max(0.2, ...both));
  const y = (value) => HEIGHT - value / top * HEIGHT;
  const last = both.length - 1;
  const span = slots * traffic.slot_seconds;
  const left = (slot) => `${slot / last * 100}%`;
  const started = last - (at - traffic.started) / traffic.slot_seconds;

  const move = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    point(Math.round(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * last));
  };
  const step = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -30, PageDown: 30 }[event.key];
    if (event.key === "Escape") point(null);
    if (!by) return;
    event.preventDefault();
    point(Math.min(last, Math.max(0, (reading ?? last) + by)));
  };

  return el("figure.traffic", null,
    el("figcaption", null,
      el("span.key.native", null, "native"), el("span.key.legacy", null, "legacy"), el("span.key.errors", null, "errors"),
      el("output", null, read(traffic, at, reading, span))),
    el("div.plot", { tabindex: 0, role: "img", "aria-label": told(traffic, span), onpointermove: move, onpointerleave: () => point(null), onkeydown: step },
      [1, 0.5].map((part) => el("span.level", { style: { top: `${(1 - part) * 100}%` } }, `${round(top * part)}/s`)),
      svg("svg", { viewBox: `0 0 ${last} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("path.grid", { d: `M0 0H${last}M0 50H${last}` }),
        svg("path.area.legacy", { d: area(both, native, y) }),
        svg("path.area.native", { d: area(native, native.map(() => 0), y) }),
        svg("path.edge.native", { d: line(native, y) }),
        svg("path.edge.legacy", { d: line(both, y) })),
      both.every((number) => number === 0) && el("span.silent", null, `No requests in the last ${lasting(span)}. Is the client asking the bridge?`),
      started > 0 && el("span.before", { style: { width: left(Math.min(last, started)) } }, started > last / 5 && "not started yet"),
      marks.filter((mark) => mark.at > at - span).map((mark) =>
        // A change may be newer than the last reading: it stands at the edge.
        el("span.mark", { class: mark.tone, title: mark.text, style: { left: left(Math.max(0, Math.min(last, last - (at - mark.at) / traffic.slot_seconds))) } })),
      reading !== null && el("span.cursor", { style: { left: left(Math.min(last, reading)) } })),
    errors(traffic.errors.slice(0, -1), last),
    el("div.times", { "aria-hidden": "true" }, Array.from({ length: PARTS[span] + 1 }, (_, part) =>
      el("span", null, part === PARTS[span] ? "now" : clock(at - span + part / PARTS[span] * span, { hour: "2-digit", minute: "2-digit" })))));
}

function lately(traffic, at) {
  const since = at - traffic.started;
  const span = SPANS.find((one) => one >= since) ?? SPANS.at(-1);
  const cut = (counts) => counts.slice(-Math.round(span / traffic.slot_seconds));
  return { ...traffic, legacy: cut(traffic.legacy), native: cut(traffic.native), errors: cut(traffic.errors) };
}

function errors(counts, last) {
  const most = Math.max(5, ...counts);
  return svg("svg.failures", { viewBox: `0 0 ${last + 1} 14`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("path.ground", { d: `M0 13.5H${last + 1}` }),
    svg("path.bars", { d: counts.map((number, slot) => number > 0 ? `M${slot + 0.5} 14V${(13 - number / most * 12).toFixed(1)}` : "").join("") }));
}

function read(traffic, at, slot, span) {
  // The pointer may be where the chart was longer a moment ago.
  if (slot === null || slot >= traffic.legacy.length) return `requests each second, over the last ${lasting(span)}`;
  const [legacy, native, failed] = [traffic.legacy, traffic.native, traffic.errors].map((counts) => counts[slot] ?? 0);
  const from = at - (traffic.legacy.length - slot) * traffic.slot_seconds;
  return `${clock(from)}: ${count(native)} native, ${count(legacy)} legacy (${share(native / (native + legacy))} native), ${count(failed)} errors`;
}

function told(traffic, span) {
  const sum = (counts) => counts.reduce((all, number) => all + number, 0);
  const [legacy, native, failed] = [traffic.legacy, traffic.native, traffic.errors].map(sum);
  return `Traffic of the last ${lasting(span)}: ${count(native)} requests answered natively, ${count(legacy)} by legacy, ${count(failed)} errors. Arrow keys read single moments.`;
}

function round(number) {
  return number >= 10 ? number.toFixed(0) : Number(number.toFixed(1));
}
