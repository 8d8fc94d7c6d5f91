// The websocket: who listens, and how far behind each of them is.

import { ago } from "../core/ago.js";
import { el } from "../core/dom.js";
import { bytes, count } from "../core/format.js";
import { resource } from "../core/resource.js";
import { card, nothing, shown } from "../parts/states.js";

/** The page. */
export function notifier(paint) {
  const held = resource(() => "/api/notifier", paint);
  let timer = null;
  return {
    title: "Notifier",
    busy: () => held.data === null,
    enter() {
      held.load();
      timer = setInterval(held.load, 2000);
    },
    leave: () => clearInterval(timer),
    back: held.load,
    view: () => [
      el("h1", null, "Notifier"),
      el("p.lead", null, held.data?.mode === "bridge"
        ? "The bridge has one subscription to legacy and serves the clients itself; they stay connected while legacy restarts."
        : "Each client's websocket is tunnelled to legacy. With ws.mode = \"bridge\" the bridge serves them itself."),
      shown(held, draw, 12),
    ],
  };
}

function draw(data) {
  const { tunnels, counts } = data;
  return el("div", null,
    el("ul.figures", null,
      figure(count(data.clients), "clients", `mode ${data.mode}`),
      figure(data.subscription, "subscription to legacy", `${count(counts?.subscriptions)} made so far`),
      figure(count(data.kept), "messages kept", `${count(data.kept_lost)} lost`),
      figure(`${count(tunnels?.max - tunnels?.free)} of ${count(tunnels?.max)}`, "tunnels taken", `${count(tunnels?.free)} free`)),
    card("Queues", { aside: el("span.note", null, "what each client has yet to take") }, queues(data.queues)),
    el("div.pair", null,
      card("Messages", { aside: el("span.note", null, "from legacy, by type") }, numbers(counts?.messages, "No message has come from legacy yet.")),
      card("Counts", { aside: el("span.note", null, "since the start") }, numbers(flat(counts), "Nothing was counted yet."))));
}

function queues(all) {
  if (!all || all.length === 0) return nothing("No client is connected.");
  const most = Math.max(10, ...all.map((one) => one.messages));
  return el("div.scroll", null, el("table.queues", null,
    el("thead", null, el("tr", null, ["Client", "Connected", "Waiting", "", "Bytes", "Sent"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", null, all.map((one) => el("tr", { "data-key": one.id },
      el("td", null, `${one.address} `, el("span.note", null, `#${one.id}`)),
      el("td", null, ago(one.since)),
      el("td.figure", null, count(one.messages)),
      el("td.depth", null, el("div.bar", { "aria-hidden": "true" },
        one.messages > 0 && el("span", { class: one.messages === most ? "canary" : "verify", style: { "flex-grow": String(one.messages) } }),
        el("span.rest", { style: { "flex-grow": String(most - one.messages) } }))),
      el("td.figure", null, bytes(one.bytes)),
      el("td.figure", null, count(one.sent)))))));
}

function flat(counts) {
  return Object.fromEntries(Object.entries(counts ?? {}).flatMap(([name, value]) =>
    name === "messages" ? [] : typeof value === "number" ? [[name, value]]
      : Object.entries(value ?? {}).map(([more, number]) => [`${name}: ${more}`, number])));
}

function numbers(counts, none) {
  const all = Object.entries(counts ?? {});
  if (all.length === 0) return nothing(none);
  return el("dl.numbered", null, all.map(([name, number]) => el("div", { "data-key": name }, el("dt", null, name), el("dd", null, count(number)))));
}

function figure(number, what, more) {
  return el("li.rate", null, el("b", null, number), el("span", null, what), el("small", null, more));
}
