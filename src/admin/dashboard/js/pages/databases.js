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
    el("div.scroll", null, el("table", null,
      el("thead", null, el("tr", null, ["", "done", "failed", "interrupted", "refused", "queue p50", "p99", "run p50", "p99"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", null, jobs("reads", one.reads ?? one), one.writes && jobs("writes", one.writes)))));
}

function jobs(name, of) {
  const micros = (time) => ms(time === null || time === undefined ? Number.NaN : time / 1000);
  return el("tr", null, el("th", { scope: "row" }, name),
    [count(of.finished), count(of.failed), count(of.interrupted), count(of.refused),
      micros(of.queue_micros?.p50), micros(of.queue_micros?.p99), micros(of.execution_micros?.p50), micros(of.execution_micros?.p99),
    ].map((text) => el("td.figure", null, text)));
}

function tile(number, what, more) {
  return el("li", null, el("b", null, number), el("span", null, what), el("small", null, more || "\u00a0"));
}
