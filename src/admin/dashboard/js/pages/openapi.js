// What the native routes and the admin API take and give: their OpenAPI documents, to be read.

import { download } from "../core/api.js";
import { el } from "../core/dom.js";
import { many } from "../core/format.js";
import { fromQuery, setQuery } from "../core/navigate.js";
import { resource } from "../core/resource.js";
import { MODES, steps } from "../parts/modes.js";
import { fits, keyOf, operations, row, withHeadings } from "../parts/operations.js";
import { problem } from "../parts/states.js";

const DOCUMENTS = {
  native: { name: "Native routes", path: "/openapi/native.json" },
  admin: { name: "Admin API", path: "/openapi.json" },
};

/** The page. */
export function openapi(paint) {
  let of = fromQuery("of") === "admin" ? "admin" : "native";
  let text = fromQuery("q");
  const modes = new Set(fromQuery("mode").split(",").filter((mode) => MODES.includes(mode)));
  const held = resource(() => DOCUMENTS[of].path, arrived);
  const routes = resource(() => "/api/endpoints", arrived);
  let all = [];
  let items = [];
  let timer = null;

  function arrived() {
    all = held.data ? operations(held.data, of === "native" ? routes.data?.endpoints ?? [] : [], all) : [];
    choose();
  }

  function choose() {
    items = withHeadings(all.filter((one) => fits(one, text, modes)));
    paint();
  }

  function changed() {
    setQuery({ of: of === "native" ? null : of, q: text, mode: [...modes].join(",") });
    choose();
  }

  function turn(to) {
    if (to === of) return;
    of = to;
    held.data = null;
    all = [];
    modes.clear();
    changed();
    held.load();
  }

  function toggle(mode) {
    if (!modes.delete(mode)) modes.add(mode);
    changed();
  }

  function tools() {
    const found = items.filter((one) => !one.heading).length;
    return el("div.tools", null,
      el("input", { type: "search", placeholder: "Path, name or argument ( / )", "aria-label": "Filter", value: text, oninput: (event) => { text = event.target.value; changed(); } }),
      el("div.words", { role: "group", "aria-label": "Document" }, Object.entries(DOCUMENTS).map(([word, { name }]) =>
        el("button.chip", { type: "button", "data-of": word, "aria-pressed": String(word === of), onclick: () => turn(word) }, name))),
      of === "native" && el("div.words", { role: "group", "aria-label": "Modes" }, MODES.map((mode) =>
        el("button.chip", { type: "button", "data-mode": mode, class: mode, "aria-pressed": String(modes.has(mode)), onclick: () => toggle(mode) }, steps(mode), mode))),
      el("span.found", { role: "status" }, all.length === 0 ? "" : found === all.length ? many(found, "operation") : `${found} of ${many(all.length, "operation")}`));
  }

  return {
    title: "API",
    busy: () => held.data === null,
    enter() {
      held.load();
      routes.load();
      // How far each route is.
      timer = setInterval(routes.load, 20_000);
    },
    leave: () => clearInterval(timer),
    back: () => { held.load(); routes.load(); },
    view: () => [
      el("h1", null, "API"),
      el("p.lead", null, of === "native"
        ? "What the routes take and give when they are answered natively, as their handlers declare it. Every answer is an object with result and message. "
        : "What this listener takes and gives. ",
      el("button.plain", { type: "button", onclick: () => download(DOCUMENTS[of].path, `cutover-${of}.openapi.json`) }, "Download the OpenAPI document")),
      tools(),
      held.error && held.data === null && problem(held.error, held.load),
      el("div.operations", { "data-own": "" }),
      held.data === null && !held.error && el("div.waiting.rows", { "aria-label": "Loading" }, Array.from({ length: 16 }, () => el("span"))),
      all.length > 0 && items.length === 0 && el("p.nothing", null, "No operation fits this filter."),
    ].filter(Boolean),
    lists: () => [["div.operations", items, keyOf, row]],
  };
}
