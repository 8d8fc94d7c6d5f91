// Starts the dashboard: one page at a time, one event stream, one header.

import { get } from "./core/api.js";
import { start, want } from "./core/events.js";
import { list } from "./core/lists.js";
import { morph } from "./core/morph.js";
import { follow } from "./core/navigate.js";
import { change, killed, onChange, state } from "./core/state.js";
import { announce } from "./parts/announce.js";
import { head } from "./parts/head.js";
import { lost } from "./parts/lost.js";
import { pageHere } from "./router.js";

const main = document.getElementById("main");
let page = null;
let drawing = false;

/** Draws what changed, once per frame at most. */
function paint() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    morph(document.getElementById("head"), head());
    morph(document.getElementById("lost"), lost());
    document.documentElement.classList.toggle("killed", killed() === true);
    main.classList.toggle("stale", state.connection === "lost" || state.connection === "reconnecting");
    main.setAttribute("aria-busy", String(page.busy?.() ?? false));
    morph(main, page.view());
    for (const [selector, items, key, row] of page.lists?.() ?? []) {
      const body = main.querySelector(selector);
      if (body) list(body, items, key, row);
    }
    document.title = `${killed() ? "■ kill switch · " : ""}${page.title} · cutover`;
  });
}

function show(focus) {
  page?.leave?.();
  page = pageHere(paint);
  main.replaceChildren();
  want(page.topics ?? []);
  page.enter?.();
  paint();
  if (focus) {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }
}

async function refresh() {
  try {
    change({ overview: await get("/api/overview"), overviewError: null, heard: Date.now() });
  } catch (error) {
    change({ overviewError: error });
  }
}

let soon = null;
/** Changes come in bursts; one reading after them is enough. */
function refreshSoon() {
  soon ??= setTimeout(() => { soon = null; refresh(); }, 250);
}

function hear(kind, data) {
  if (kind === "overview") {
    change({ now: data, heard: Date.now() });
  } else if (kind === "change") {
    announce(data);
    refreshSoon();
  }
  page.hear?.(kind, data);
}

onChange(paint);
follow(() => show(true));
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, dialog");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const box = document.querySelector("input[type=search]");
    if (box) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  } else if (!typing) {
    page.key?.(event);
  }
});
show(false);
refresh();
start(hear);
setInterval(() => { if (!document.hidden) refresh(); }, 10_000);
let before = state.connection;
onChange(() => {
  // Back again: what was missed is read at once.
  if (state.connection === "live" && before !== "live") {
    refreshSoon();
    page.back?.();
  }
  before = state.connection;
});
