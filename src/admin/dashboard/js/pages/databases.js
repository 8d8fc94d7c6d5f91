// The bridge's own connections to legacy's databases: how many, how long they wait, how large the logs are.

import { el } from "../core/dom.js";
import { bytes, count, many, ms } from "../core/format.js";
import { resource } from "../core/resource.js";
import { card, nothing, shown } from "../parts/states.js";

const NAMES = { user: "the user's database", global: "global.db", transient: "the user's transient database" };

/** The page. */
export function databases(paint) {
  const held = resource(() => "/api/databases", paint);
  let timer = null;
  return {
    title: "Databases",
    busy: () => held.data === null,
    enter() {
      held.load();
      timer = setInterval(held.load, 3000);
    },
    leave: () => clearInterval(timer),
    back: held.load,
    view: () => [
      el("h1", null, "Databases"),
      el("p.lead", null, "Native handlers read and write legacy's own files, on connections of the bridge's."),
      shown(held, draw, 10),
    ],
  };
}

function draw(data) {
  const open = Object.entries(data).filter(([, one]) => one && typeof one === "object");
  if (!data.directory) return nothing("The bridge knows no data directory, so handlers that need a database decline. Start it with --data-dir, or set data.directory.");
  if (open.length === 0) return nothing("No database is open. The user's is opened when a user logs in through the bridge, global.db when a route first needs it.");
  return el("div.pair", null, open.map(([word, one]) => database(word, one)));
}

function database(word, one) {
  return card(word, { "data-key": word, aside: el("span.note", null, NAMES[word] ?? "") },
    el("ul.tiles.plain", null,
      tile(count(one.open_connections), "connections open", one.replaced_connections > 0 && `${count(one.replaced_connections)} replaced`),
      tile(bytes(one.wal_bytes), "write-ahead log", many(one.checkpoints, "checkpoint")),
      tile(count(one.lock_waits), "waits for a lock", many(one.retries, "retry", "retries"))),
    jobs(one.reads ?? one, one.writes ?? {}));
}

const micros = (time) => ms(typeof time === "number" ? time / 1000 : Number.NaN);
const ROWS = [
  ["done", (of) => count(of.finished)],
  ["failed", (of) => count(of.failed)],
  ["interrupted", (of) => count(of.interrupted)],
  ["refused", (of) => count(of.refused)],
  ["in the queue, p50", (of) => micros(of.queue_micros?.p50)],
  ["in the queue, p99", (of) => micros(of.queue_micros?.p99)],
  ["running, p50", (of) => micros(of.execution_micros?.p50)],
  ["running, p99", (of) => micros(of.execution_micros?.p99)],
];

function jobs(reads, writes) {
  return el("table.jobs", null,
    el("thead", null, el("tr", null, ["", "reads", "writes"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", null, ROWS.map(([name, of]) => el("tr", null, el("th", { scope: "row" }, name), el("td.figure", null, of(reads)), el("td.figure", null, of(writes))))));
}

function tile(number, what, more) {
  return el("li", null, el("b", null, number), el("span", null, what), el("small", null, more || "\u00a0"));
}
