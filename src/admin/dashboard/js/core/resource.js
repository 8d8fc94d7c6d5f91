// Something that is read from the API, again and again: the last good data stay when a reading fails.

import { get } from "./api.js";

/** `path()` says where; `changed()` is called after every reading. */
export function resource(path, changed) {
  const held = { data: null, error: null, load };
  let running = null;
  let again = false;

  /** Reads it. Whoever asks while it is being read gets one more reading, not many. */
  function load() {
    if (running) {
      again = true;
      return running;
    }
    running = read().finally(() => {
      running = null;
      if (again) {
        again = false;
        load();
      }
    });
    return running;
  }

  async function read() {
    try {
      held.data = await get(path());
      held.error = null;
    } catch (error) {
      held.error = error;
    }
    changed();
  }

  return held;
}
