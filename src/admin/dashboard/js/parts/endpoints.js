// The table of all endpoints: what a column holds, how it is sorted, how a row looks.

import { spark } from "../charts/spark.js";
import { part } from "../core/api.js";
import { el } from "../core/dom.js";
import { ms, share, short } from "../core/format.js";
import { MODES, modeBadge } from "./modes.js";

const sum = (counts) => counts.reduce((all, number) => all + number, 0);
const known = (number) => number ?? -1;

/** Name, title and value of each column; `up`: whether it is first sorted upwards. */
export const COLUMNS = [
  { name: "path", title: "Endpoint", up: true, value: (one) => one.path },
  { name: "mode", title: "Mode", value: (one) => MODES.indexOf(one.mode) * 1000 + (one.percent ?? 0) },
  { name: "traffic", title: "10 minutes", value: (one) => sum(one.traffic.legacy) + sum(one.traffic.native) },
  { name: "p95_legacy", title: "p95 legacy", value: (one) => known(one.legacy.p95_ms) },
  { name: "p95_native", title: "p95 native", value: (one) => known(one.native.p95_ms) },
  { name: "match", title: "Match rate", up: true, value: (one) => one.match_rate ?? 2 },
];

/** Which endpoint it is. */
export function keyOf(one) {
  return `${one.method} ${one.path}`;
}

/** Sorted by a column; what is equal there stands by its path. */
export function sorted(all, name, up) {
  const column = COLUMNS.find((one) => one.name === name) ?? COLUMNS[0];
  const turn = up ? 1 : -1;
  const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
  return [...all].sort((one, other) => turn * compare(column.value(one), column.value(other))
    || compare(one.path, other.path) || compare(one.method, other.method));
}

/** Whether a text and a choice of modes leave it in. */
export function fits(one, text, modes) {
  if (modes.size > 0 && !modes.has(one.mode ?? "none")) return false;
  if (text === "") return true;
  const all = `${one.method} ${one.path} ${one.route ?? ""} ${one.access ?? ""} ${flags(one).join(" ")}`.toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => all.includes(word));
}

/** What a newer Route says, put into the endpoint it is of. */
export function renewed(one, route) {
  const { mode, percent, overridden, match_rate, legacy, native, traffic, verdicts } = route;
  const ladder = route.ladder && { at: route.ladder.at, rungs: route.ladder.rungs };
  const judged = ["matched", "ignored", "mismatched", "handler failed"].reduce((all, word) => all + (verdicts[word] ?? 0), 0);
  return { ...one, mode, percent, overridden, match_rate, legacy, native, traffic, ladder, verdicts_judged: judged,
    hold: Boolean(route.hold), tripped: Boolean(route.tripped), breaker: route.breaker.state };
}

function flags(one) {
  return [one.tripped && "tripped", one.hold && "held", one.breaker && one.breaker !== "closed" && `breaker ${one.breaker}`].filter(Boolean);
}

/** Its row. */
export function row(one) {
  const link = el("span.path", null, el("span.method", { class: one.method.toLowerCase() }, one.method), " ", one.path);
  return el("tr", { "data-key": keyOf(one), "data-route": one.route, class: one.route ? "" : "quiet" },
    el("td.endpoint", null,
      one.route ? el("a", { href: `/routes/${part(one.route)}` }, link) : link,
      el("span.under", null, one.route ?? "not migrated", one.access === "writes" && " · writes", flags(one).map((flag) => el("span.flag", { class: flag.split(" ")[0] }, flag)))),
    el("td.step", null, one.mode ? [modeBadge(one), rung(one)] : el("span.note", null, "–")),
    el("td.traffic", null, spark(one.traffic), el("span.figure", null, short(sum(one.traffic.legacy) + sum(one.traffic.native)))),
    el("td.figure.p95", { "data-side": "legacy" }, ms(one.legacy.p95_ms)),
    el("td.figure.p95", { "data-side": "native", class: slower(one) ? "slower" : "" }, ms(one.native.p95_ms)),
    el("td.figure.match", { class: one.match_rate !== null && one.match_rate < 1 ? "bad" : "" }, one.match_rate !== null && one.match_rate < 1 && "≠ ", share(one.match_rate, 2)));
}

function slower(one) {
  return one.native.p95_ms !== null && one.legacy.p95_ms !== null && one.native.p95_ms > one.legacy.p95_ms;
}

function rung(one) {
  if (!one.ladder) return null;
  const at = one.ladder.at === null ? 0 : one.ladder.at + 1;
  return el("span.note", { title: one.ladder.rungs.join(", ") }, `${at}/${one.ladder.rungs.length}`);
}
