// Mismatches grouped by where they are; each opens to its samples, each sample to its diff.

import { ago } from "../core/ago.js";
import { get, part } from "../core/api.js";
import { el } from "../core/dom.js";
import { many } from "../core/format.js";
import { sampleBody } from "./sample.js";
import { nothing, problem, waiting } from "./states.js";
import { verdictClass } from "./verdicts.js";
import { visible } from "./visible.js";

/** The places. `known`: what the list of samples says of each, by id. */
export function mismatches(places, route, known) {
  if (places.length === 0) {
    const compares = ["shadow", "canary", "verify"].includes(route.mode);
    return route.access === "writes" ? nothing("A route that writes is not compared: a write can not be done twice.")
      : compares ? nothing("No mismatch so far.")
        : nothing("No comparisons yet: a route is compared in mode shadow, canary or verify.");
  }
  return el("div.places", null, places.map((place) => el("details.place", { "data-key": `${place.verdict} ${place.kind} ${place.path}`, "data-path": place.path },
    el("summary", null,
      el("span.badge", { class: verdictClass(place.verdict) }, place.verdict),
      // A handler that failed did so nowhere in an answer.
      place.kind !== place.verdict && [el("span.badge", { class: place.kind }, place.kind), el("code.where", null, visible(place.path || "/"))],
      el("span.times", null, many(place.count, "time"), ", last ", ago(place.last))),
    place.samples.length === 0 ? nothing("Its samples are not kept any more; the next one will be.")
      : el("div.samples", null, place.samples.map((id) => sample(id, known.get(id)))))));
}

function sample(id, about) {
  return el("details.case", { "data-key": id, "data-sample": id, ontoggle: (event) => event.currentTarget.open && open(event.currentTarget, id) },
    el("summary", null,
      about ? [el("span.request", null, el("b", null, about.method), " ", visible(about.target)), el("span.aside", null, about.mode, ", ", ago(about.at))]
        : el("span.request", null, `Sample ${id}`)),
    el("div.slot", { "data-own": "" }));
}

/** Read once, when it is first opened. */
async function open(details, id) {
  const slot = details.querySelector(".slot");
  if (slot.childElementCount > 0) return;
  slot.replaceChildren(waiting(6));
  try {
    slot.replaceChildren(sampleBody(await get(`/api/samples/${part(id)}`)));
  } catch (error) {
    slot.replaceChildren(problem(error, () => {
      slot.replaceChildren();
      open(details, id);
    }));
  }
}
