// The modes as steps: never by colour alone, but by height and word too.

import { el, svg } from "../core/dom.js";
import { percent } from "../core/format.js";

/** From the ground up. */
export const MODES = ["legacy", "shadow", "canary", "verify", "native"];

/** What a mode does, in a sentence. */
export const MEANING = {
  legacy: "legacy answers",
  shadow: "legacy answers; the handler runs beside it and is compared",
  canary: "the handler answers a share of the requests, legacy the rest",
  verify: "the handler answers; legacy is asked beside it and compared",
  native: "the handler answers",
};

/** Five bars, filled up to the mode. Decoration: the word stands beside it. */
export function steps(mode) {
  const level = MODES.indexOf(mode);
  return svg("svg.steps", { viewBox: "0 0 22 14", width: 22, height: 14, "aria-hidden": "true", class: mode ?? "none" },
    MODES.map((_, step) => svg("rect", {
      x: step * 4.5, y: 10 - step * 2.5, width: 3.5, height: 4 + step * 2.5, rx: 1, class: step <= level ? "on" : "off",
    })));
}

/** A mode with its percentage, as in `canary 10 %`. */
export function modeText({ mode, percent: of }) {
  return mode === "canary" && Number.isFinite(of) ? `canary ${percent(of)}` : mode;
}

/** A mode as a badge. */
export function modeBadge(set) {
  return el("span.mode", { class: set.mode, title: MEANING[set.mode] }, steps(set.mode), el("span", null, modeText(set)));
}
