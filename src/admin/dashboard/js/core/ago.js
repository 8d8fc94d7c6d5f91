// Moments that say how long ago they were, and go on saying it.

import { el } from "./dom.js";
import { lasting, moment, seconds } from "./format.js";

/** `3 min ago`, with the moment itself for a mouse and for machines. */
export function ago(at) {
  if (at === null || at === undefined) return el("span", null, "–");
  const of = seconds(at);
  return el("time", { "data-at": of, datetime: new Date(of * 1000).toISOString(), title: moment(of) }, words(of));
}

/** `in 3 min`, likewise. */
export function until(at) {
  return el("time", { "data-at": at, datetime: new Date(at * 1000).toISOString(), title: moment(at) }, words(at));
}

function words(at) {
  const past = Date.now() / 1000 - at;
  if (past < 0) return `in ${lasting(-past)}`;
  return past < 2 ? "now" : `${lasting(past)} ago`;
}

setInterval(() => {
  for (const shown of document.querySelectorAll("time[data-at]")) {
    const text = words(Number(shown.dataset.at));
    if (shown.textContent !== text) shown.textContent = text;
  }
}, 1000);
