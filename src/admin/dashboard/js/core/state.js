// What every page shares: the last overview, the last second, the connection.

const hearers = new Set();

/** Read by all, written through `change`. */
export const state = {
  /** `connecting`, `live`, `reconnecting` or `lost`. */
  connection: "connecting",
  retryAt: null,
  /** When the bridge was last heard, in milliseconds since 1970. */
  heard: null,
  /** The last answer of /api/overview. */
  overview: null,
  /** Why there is none. */
  overviewError: null,
  /** The last event of the overview. */
  now: null,
};

/** Changes a part of it, and tells everyone who listens. */
export function change(part) {
  Object.assign(state, part);
  hearers.forEach((hearer) => hearer());
}

/** Calls after every change. */
export function onChange(hearer) {
  hearers.add(hearer);
}

/** Whether the kill switch is engaged; null while nobody knows. */
export function killed() {
  return state.now?.kill_switch ?? state.overview?.kill_switch ?? null;
}
