// The last ten minutes of a route in the size of a word: native below, legacy above it.

import { svg } from "../core/dom.js";
import { area } from "./scale.js";

const HEIGHT = 22;

/** `traffic`: as in the API. The slot that is still running is left out. */
export function spark(traffic) {
  const native = traffic.native.slice(0, -1);
  const both = native.map((number, at) => number + traffic.legacy[at]);
  const most = Math.max(2, ...both);
  const y = (value) => HEIGHT - 1 - value / most * (HEIGHT - 2);
  const ground = native.map(() => 0);
  const quiet = both.every((number) => number === 0);
  return svg("svg.spark", { viewBox: `0 0 ${Math.max(1, native.length - 1)} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("path.ground", { d: `M0 ${HEIGHT - 0.5}H${native.length}` }),
    !quiet && svg("path.legacy", { d: area(both, native, y) }),
    !quiet && native.some((number) => number > 0) && svg("path.native", { d: area(native, ground, y) }));
}
