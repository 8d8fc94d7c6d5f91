// Every change: who, what, why, on what evidence.

import { download, get, part } from "../core/api.js";
import { el } from "../core/dom.js";
import { fromQuery, setQuery } from "../core/navigate.js";
import { say } from "../core/toast.js";
import { entryItem } from "../parts/entries.js";
import { nothing, problem, waiting } from "../parts/states.js";

const PAGE = 50;

/** The page. */
export function journal(paint) {
  let route = fromQuery("route");
  let entries = null;
  let next = null;
  let error = null;
  let asked = 0;

  async function load(before) {
    const mine = ++asked;
    const query = `limit=${PAGE}${route ? `&route=${part(route)}` : ""}${before ? `&before=${before}` : ""}`;
    try {
      const answer = await get(`/api/journal?${query}`);
      // A slower answer to an older question is not wanted any more.
      if (mine !== asked) return;
      entries = before ? [...entries, ...answer.entries] : answer.entries;
      next = answer.next;
      error = null;
    } catch (failed) {
      if (mine === asked) error = failed;
    }
    paint();
  }

  function filter(event) {
    route = event.target.value.trim();
    setQuery({ route });
    load();
  }

  function body() {
    if (error && !entries) return problem(error, () => load());
    if (!entries) return waiting(14);
    if (entries.length === 0) {
      return route ? nothing(`Nothing was ever changed on a route named ${route}. The name has to be whole, as in tags_list.`)
        : nothing("Nothing was changed yet. Every change of a mode, by whomever, is written here with its reason.");
    }
    return el("ul.entries.card", null, entries.map((entry) => entryItem(entry, { evidence: true })));
  }

  return {
    title: "Journal",
    busy: () => entries === null,
    enter: () => load(),
    back: () => load(),
    hear(kind, entry) {
      if (kind !== "change" || !entries || (route && entry.route !== route) || entries.some((known) => known.id === entry.id)) return;
      entries = [entry, ...entries];
      paint();
    },
    view: () => [
      el("h1", null, "Journal"),
      el("p.lead", null, "Every change of a mode: who, what, why, and on what evidence."),
      el("div.tools", null,
        el("input", { type: "search", placeholder: "A route's name", "aria-label": "Route", value: route, onchange: filter, onsearch: filter }),
        el("span.found", { role: "status" }, entries ? `${entries.length}${next ? "+" : ""} entries` : ""),
        el("button", { type: "button", onclick: () => download("/api/journal.jsonl", "cutover-journal.jsonl").catch((failed) => say(failed.message, { tone: "bad" })) }, "Export all")),
      body(),
      next !== null && el("p.more", null, el("button", { type: "button", onclick: () => load(next) }, "Older entries")),
    ],
  };
}
