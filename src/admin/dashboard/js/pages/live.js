// The last requests as they come.

import { clock, count, ms } from "../core/format.js";
import { el } from "../core/dom.js";
import { fromQuery, setQuery } from "../core/navigate.js";
import { part } from "../core/api.js";

const KEPT = 200;
/** Shortest time between two drawings, in milliseconds: faster than that nobody reads. */
const PAUSE = 250;

/** The page. */
export function live(paint) {
  let requests = [];
  let paused = false;
  let missed = 0;
  let dropped = 0;
  let number = 0;
  let drawn = 0;
  let timer = null;
  const wanted = { text: fromQuery("q"), variant: fromQuery("variant"), status: fromQuery("status") };
  let held = [];

  const set = (name) => (event) => {
    wanted[name] = event.target.value;
    setQuery({ [name === "text" ? "q" : name]: wanted[name] });
    paint();
  };

  function pause() {
    paused = !paused;
    if (!paused) {
      requests = [...held, ...requests].slice(0, KEPT);
      held = [];
      missed = 0;
    }
    paint();
  }

  function soon() {
    timer ??= setTimeout(() => {
      timer = null;
      drawn = performance.now();
      paint();
    }, Math.max(0, PAUSE - (performance.now() - drawn)));
  }

  const fits = (request) => (!wanted.variant || request.variant === wanted.variant)
    && (!wanted.status || String(request.status).startsWith(wanted.status))
    && (!wanted.text || `${request.method} ${request.path} ${request.route ?? ""} ${request.reason}`.toLowerCase().includes(wanted.text.toLowerCase()));

  return {
    title: "Live",
    topics: ["requests"],
    leave: () => clearTimeout(timer),
    hear(kind, data) {
      if (kind === "dropped") dropped += data.dropped;
      if (kind !== "request") return;
      const request = { ...data, number: number += 1 };
      if (paused) {
        held = [request, ...held].slice(0, KEPT);
        missed += 1;
      } else {
        requests = [request, ...requests].slice(0, KEPT);
      }
      soon();
    },
    key(event) {
      if (event.key !== " " || event.target.closest("button, a, summary")) return;
      event.preventDefault();
      pause();
    },
    view() {
      const shown = requests.filter(fits);
      return [
        el("h1", null, "Live"),
        el("p.lead", null, "The last requests, newest first. What they carried is not shown. Space holds the list still."),
        el("div.tools", null,
          el("input", { type: "search", placeholder: "Path, route or reason", "aria-label": "Filter", value: wanted.text, oninput: set("text") }),
          choice("variant", wanted.variant, [["", "both variants"], ["legacy", "legacy"], ["native", "native"]], set("variant")),
          choice("status", wanted.status, [["", "any status"], ["2", "2xx"], ["3", "3xx"], ["4", "4xx"], ["5", "5xx"]], set("status")),
          el("button.pause", { type: "button", "aria-pressed": String(paused), onclick: pause }, paused ? `Go on (${count(missed)} new)` : "Pause"),
          el("span.found", null, dropped > 0 ? `${count(dropped)} not shown: more than 200 a second` : "")),
        el("div.card.flush", null,
          el("table.stream", null,
            el("thead", null, el("tr", null, ["Time", "Request", "Variant", "Reason", "Status", "Took"].map((name) => el("th", { scope: "col" }, name)))),
            el("tbody", { "data-own": "" })),
          shown.length === 0 && el("p.nothing.inside", null, requests.length === 0
            ? "No request yet. They appear here as clients send them to the bridge."
            : "None of the last requests fits the filter.")),
      ];
    },
    lists: () => [["table.stream tbody", requests.filter(fits), (request) => request.number, row]],
  };
}

function choice(name, value, options, onchange) {
  return el("select", { "aria-label": name, onchange }, options.map(([of, text]) => el("option", { value: of, selected: of === value }, text)));
}

function row(request) {
  return el("tr", { "data-key": request.number, class: request.status >= 500 ? "failed" : "" },
    el("td.at", null, clock(request.at)),
    el("td.request", null,
      el("span.method", null, request.method), " ",
      request.route ? el("a", { href: `/routes/${part(request.route)}` }, request.path) : el("span", null, request.path),
      request.why && el("span.why", null, request.why)),
    el("td.answered", null, el("span.variant", { class: request.variant }, request.variant)),
    el("td.reason", null, request.reason),
    el("td.code", { class: `s${Math.floor(request.status / 100)}` }, String(request.status)),
    el("td.figure", null, ms(request.latency_ms)));
}
