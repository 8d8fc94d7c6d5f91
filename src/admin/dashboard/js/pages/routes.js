// All endpoints of the backend, native or not.

import { el } from "../core/dom.js";
import { fromQuery, setQuery } from "../core/navigate.js";
import { resource } from "../core/resource.js";
import { COLUMNS, fits, keyOf, renewed, row, sorted } from "../parts/endpoints.js";
import { MODES, steps } from "../parts/modes.js";
import { many } from "../core/format.js";
import { problem } from "../parts/states.js";

const ALL = [...MODES, "none"];

/** The page. */
export function routes(paint) {
  const held = resource(() => "/api/endpoints", arrived);
  let text = fromQuery("q");
  const modes = new Set(fromQuery("mode").split(",").filter((mode) => ALL.includes(mode)));
  let [by, way] = fromQuery("sort").split(":");
  by = COLUMNS.some((column) => column.name === by) ? by : "path";
  let up = way ? way === "up" : COLUMNS.find((column) => column.name === by).up === true;
  let endpoints = new Map();
  let order = [];
  let timer = null;

  function arrived() {
    if (held.data && !held.error) {
      const fresh = new Map(held.data.endpoints.map((one) => [keyOf(one), one]));
      // New numbers do not move rows under the reader's hand; sorting does.
      const same = fresh.size === endpoints.size && [...fresh.keys()].every((key) => endpoints.has(key));
      endpoints = fresh;
      if (!same) sort();
    }
    paint();
  }

  function sort() {
    order = sorted(endpoints.values(), by, up).map(keyOf);
  }

  function choose(name) {
    up = by === name ? !up : COLUMNS.find((column) => column.name === name).up === true;
    by = name;
    changed();
  }

  function changed() {
    sort();
    setQuery({ q: text, mode: [...modes].join(","), sort: by === "path" && up ? null : `${by}:${up ? "up" : "down"}` });
    paint();
  }

  function toggle(mode) {
    if (!modes.delete(mode)) modes.add(mode);
    changed();
  }

  const shown = () => order.map((key) => endpoints.get(key)).filter((one) => fits(one, text, modes));

  function tools(found) {
    const counts = new Map(ALL.map((mode) => [mode, 0]));
    for (const one of endpoints.values()) counts.set(one.mode ?? "none", counts.get(one.mode ?? "none") + 1);
    return el("div.tools", null,
      el("input", { type: "search", placeholder: "Path, name or flag ( / )", "aria-label": "Filter", value: text, oninput: (event) => { text = event.target.value; changed(); } }),
      el("div.words", { role: "group", "aria-label": "Modes" }, ALL.map((mode) =>
        el("button.chip", { type: "button", "data-mode": mode, class: mode, "aria-pressed": String(modes.has(mode)), onclick: () => toggle(mode) },
          mode === "none" ? "not migrated" : [steps(mode), mode], el("span.number", null, endpoints.size > 0 ? String(counts.get(mode)) : "–")))),
      el("label.sorting", null, "Sort by ", el("select", { onchange: (event) => choose(event.target.value) },
        COLUMNS.map((column) => el("option", { value: column.name, selected: column.name === by }, column.title)))),
      el("span.found", { role: "status" }, endpoints.size === 0 ? "" : found === endpoints.size ? many(found, "endpoint") : `${found} of ${many(endpoints.size, "endpoint")}`));
  }

  function header() {
    return el("thead", null, el("tr", null, COLUMNS.map(({ name, title }) =>
      el("th", { scope: "col", class: name, "aria-sort": by === name ? (up ? "ascending" : "descending") : null },
        el("button.plain", { type: "button", "data-sort": name, onclick: () => choose(name) }, title, el("i", { "aria-hidden": "true" }, by === name ? (up ? "▲" : "▼") : ""))))));
  }

  return {
    title: "Routes",
    topics: ["routes"],
    busy: () => endpoints.size === 0,
    enter() {
      held.load();
      // Endpoints that are not migrated send no events of their own.
      timer = setInterval(held.load, 20_000);
    },
    leave: () => clearInterval(timer),
    back: held.load,
    hear(kind, data) {
      if (kind !== "routes") return;
      for (const route of data.routes) {
        const key = keyOf(route);
        if (endpoints.has(key)) endpoints.set(key, renewed(endpoints.get(key), route));
      }
      paint();
    },
    view() {
      const found = shown();
      const other = held.data?.other.requests ?? 0;
      return [
        el("h1", null, "Routes"),
        el("p.lead", null, "Every endpoint of the backend. A route moves up the ladder from legacy to native; open one for its evidence."),
        tools(found.length),
        held.error && endpoints.size === 0 && problem(held.error, held.load),
        el("div.card.flush", null,
          el("table.endpoints", null, header(), el("tbody", { "data-own": "" })),
          endpoints.size === 0 && !held.error && el("div.waiting.rows", { "aria-label": "Loading" }, Array.from({ length: 16 }, () => el("span"))),
          endpoints.size > 0 && found.length === 0 && el("p.nothing.inside", null, "No endpoint fits this filter. ",
            el("button", { type: "button", onclick: () => { text = ""; modes.clear(); document.querySelector("input[type=search]").value = ""; changed(); } }, "Show all"))),
        el("p.note", null, other > 0 ? `${many(other, "request")} went to no endpoint that is known; they were forwarded.` : "\u00a0"),
      ].filter(Boolean);
    },
    lists: () => [["table.endpoints tbody", shown(), keyOf, row]],
  };
}
