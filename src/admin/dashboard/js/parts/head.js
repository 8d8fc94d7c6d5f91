// The header: where one can go, and how the bridge is.

import { el, svg } from "../core/dom.js";
import { isHere } from "../core/navigate.js";
import { killed, state } from "../core/state.js";
import { nextTheme, theme } from "../core/theme.js";
import { PLACES } from "./places.js";
import { killSwitchDialog } from "./kill.js";

/** Its children. */
export function head() {
  return [
    el("div.row", null,
      el("a.brand", { href: "/" }, logo(), el("b", null, "cutover"), el("span.version", null, state.overview ? `v${state.overview.version}` : "")),
      connection(),
      themeSwitch()),
    el("nav", { "aria-label": "Pages" }, el("ul", null, PLACES.map(([path, name]) =>
      el("li", null, el("a", { href: path, "aria-current": isHere(path) ? "page" : null }, name, name === "Overview" && attention()))))),
    strip(),
  ];
}

function logo() {
  return svg("svg", { viewBox: "0 0 24 24", width: 22, height: 22, "aria-hidden": "true" },
    [["legacy", 1, 17], ["shadow", 7, 12], ["canary", 13, 7], ["native", 19, 1]].map(([mode, x, y]) =>
      svg("rect", { class: `on ${mode}`, x, y, width: 4.5, height: 23 - y, rx: 1 })));
}

const WORDS = { connecting: "connecting", live: "live", reconnecting: "reconnecting", lost: "no answer" };

function connection() {
  return el("span.connection", { class: `is-${state.connection}`, role: "status" }, el("i", { "aria-hidden": "true" }), WORDS[state.connection]);
}

function themeSwitch() {
  const name = { auto: "◐ auto", light: "☀ light", dark: "☾ dark" }[theme()];
  const onclick = (event) => {
    nextTheme();
    const fresh = themeSwitch();
    event.currentTarget.textContent = fresh.textContent;
    event.currentTarget.setAttribute("aria-label", fresh.getAttribute("aria-label"));
  };
  return el("button.plain.theme", { type: "button", "aria-label": `Theme: ${theme()}`, title: "Theme: auto, light or dark", onclick }, name);
}

function attention() {
  const urgent = state.now?.attention ?? state.overview?.attention.length ?? 0;
  // Its place is kept, so that the names beside it stay where they are.
  return el("span.number", { title: "What needs attention", class: urgent > 0 ? "" : "empty" }, String(urgent));
}

/** Lies over the page's upper margin, which is kept free for it. */
function strip() {
  return el("div.strip", { role: "status" }, killed() === true && [
    el("b", null, "Kill switch engaged."), " Legacy answers every request. ",
    el("button", { type: "button", onclick: () => killSwitchDialog(false) }, "Release"),
  ]);
}
