// The event stream: read by fetch so that the token goes with it, opened again when it ends or falls silent.

import { Refused, send } from "./api.js";
import { readEvents } from "./sse.js";
import { change } from "./state.js";

const ALWAYS = ["overview", "changes"];
/** Longest silence, in milliseconds; there is an event every second. */
const SILENCE = 10_000;
const SHORTEST = 500;
const LONGEST = 15_000;

/** How long a page that nobody sees keeps its stream, in milliseconds. A browser has six connections to one address, for all tabs. */
const UNSEEN = 20_000;

let topics = ALWAYS;
let current = null;
let wake = () => {};
let hear = () => {};

/** Starts reading; `listener(kind, data)` gets every event. */
export function start(listener) {
  hear = listener;
  let timer = null;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(pause, UNSEEN);
    else wake();
  });
  // A page that the browser keeps for its back button must not keep a connection.
  window.addEventListener("pagehide", pause);
  window.addEventListener("pageshow", () => wake());
  run();
}

function pause() {
  current?.abort("unseen");
}

/** What the page wants to hear besides the overview and changes. */
export function want(more) {
  const wanted = [...ALWAYS, ...more];
  if (wanted.join() === topics.join()) return;
  topics = wanted;
  current?.abort("topics");
}

/** Tries again at once. */
export function retry() {
  wake();
}

async function run() {
  let wait = SHORTEST;
  for (;;) {
    const why = await once(() => { wait = SHORTEST; });
    if (why === "topics") continue;
    if (why === "unseen") {
      await new Promise((done) => { wake = done; });
      continue;
    }
    change({ connection: "lost", retryAt: Date.now() + wait });
    await sleep(wait);
    wait = Math.min(LONGEST, wait * 1.7);
    change({ connection: "reconnecting", retryAt: null });
  }
}

/** One connection, to its end; gives why it ended. */
async function once(opened) {
  const aborting = new AbortController();
  current = aborting;
  let watchdog = setTimeout(() => aborting.abort("silence"), SILENCE);
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => aborting.abort("silence"), SILENCE);
  };
  try {
    const answer = await send(`/api/events?topics=${topics.join()}`, { signal: aborting.signal });
    opened();
    change({ connection: "live", retryAt: null });
    await readEvents(answer.body, hear, alive);
    return "end";
  } catch (error) {
    if (aborting.signal.aborted) return aborting.signal.reason;
    return error instanceof Refused ? error.message : "broken";
  } finally {
    clearTimeout(watchdog);
    aborting.abort("over");
  }
}

function sleep(milliseconds) {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    wake = () => { clearTimeout(timer); done(); };
  });
}
