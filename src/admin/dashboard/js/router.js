// Which page a path is. The server answers each of them with the same shell.

import { live } from "./pages/live.js";
import { databases } from "./pages/databases.js";
import { journal } from "./pages/journal.js";
import { notifier } from "./pages/notifier.js";
import { openapi } from "./pages/openapi.js";
import { overview } from "./pages/overview.js";
import { route } from "./pages/route.js";
import { routes } from "./pages/routes.js";
import { unknown } from "./pages/unknown.js";

/** The pages at fixed paths. */
const PAGES = [
  ["/", overview],
  ["/routes", routes],
  ["/live", live],
  ["/journal", journal],
  ["/notifier", notifier],
  ["/databases", databases],
  ["/openapi", openapi],
];

/** The page at the current path: its maker, called. */
export function pageHere(paint) {
  const path = location.pathname.replace(/\/+$/, "") || "/";
  const found = PAGES.find(([at]) => at === path);
  if (found) return found[1](paint);
  const one = /^\/routes\/([^/]+)$/.exec(path);
  if (one) {
    try {
      return route(paint, decodeURIComponent(one[1]));
    } catch (error) {
      if (!(error instanceof URIError)) throw error;
    }
  }
  return unknown(paint);
}
