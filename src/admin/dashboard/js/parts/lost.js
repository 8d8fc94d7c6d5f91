// What the page says while the bridge does not answer. It lies over the page; the last numbers stay, greyed.

import { el } from "../core/dom.js";
import { clock } from "../core/format.js";
import { until } from "../core/ago.js";
import { retry } from "../core/events.js";
import { state } from "../core/state.js";

/** Its children; none while all is well. */
export function lost() {
  const away = state.connection === "lost" || state.connection === "reconnecting";
  if (!away) return [];
  return [
    el("p", null, el("b", null, "The bridge does not answer. "),
      state.heard ? `What you see is from ${clock(state.heard / 1000)}. ` : "Is it running? ",
      el("span", null, state.retryAt ? ["It is tried again ", until(state.retryAt / 1000), "."] : "Trying …")),
    el("button", { type: "button", onclick: retry }, "Try now"),
  ];
}
