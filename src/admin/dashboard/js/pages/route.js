// One route: where it stands, the evidence, and what one can do.

import { spark } from "../charts/spark.js";
import { part } from "../core/api.js";
import { el } from "../core/dom.js";
import { share } from "../core/format.js";
import { resource } from "../core/resource.js";
import { controls } from "../parts/controls.js";
import { entryItem } from "../parts/entries.js";
import { guardrails } from "../parts/guardrails.js";
import { ladder, stepProgress } from "../parts/ladder.js";
import { latency } from "../parts/latency.js";
import { mismatches } from "../parts/mismatches.js";
import { modeBadge } from "../parts/modes.js";
import { notices } from "../parts/notices.js";
import { reasons, rules } from "../parts/reasons.js";
import { card, nothing, problem, shown, waiting } from "../parts/states.js";
import { judged, verdictBar, verdictTiles } from "../parts/verdicts.js";
import { ago } from "../core/ago.js";

/** The page. */
export function route(paint, name) {
  const held = resource(() => `/api/routes/${part(name)}`, paint);
  const evidence = resource(() => `/api/evidence/${part(name)}`, paint);
  const journal = resource(() => `/api/journal?route=${part(name)}&limit=8`, paint);
  const samples = resource(() => `/api/samples?route=${part(name)}`, paint);
  let timer = null;
  let moved = false;

  const loadAll = () => [held, evidence, journal, samples].forEach((one) => one.load());
  const changed = (fresh) => {
    held.data = { ...held.data, ...fresh };
    loadAll();
    paint();
  };

  return {
    title: name,
    topics: ["routes"],
    busy: () => held.data === null,
    enter() {
      loadAll();
      timer = setInterval(() => {
        if (!moved) return;
        moved = false;
        [held, evidence, samples].forEach((one) => one.load());
      }, 4000);
    },
    leave: () => clearInterval(timer),
    back: loadAll,
    hear(kind, data) {
      if (kind === "change" && (data.route === name || data.route === null)) loadAll();
      const fresh = kind === "routes" && data.routes.find((one) => one.name === name);
      if (fresh && held.data) {
        held.data = { ...held.data, ...fresh };
        moved = true;
        paint();
      }
    },
    view() {
      const now = held.data;
      if (!now && held.error) {
        return [crumbs(), el("h1", null, name), held.error.status === 404
          ? nothing("There is no route of this name. Endpoints that are not migrated have no page: legacy answers them, and there is nothing to move.")
          : problem(held.error, loadAll)];
      }
      return [
        crumbs(),
        title(name, now),
        notices(now, changed),
        card("Ladder", { class: "stands", aside: now && el("span.note", null, "changed ", ago(now.since), now.why && `: ${now.why}`) },
          now ? [ladder(now), stepProgress(now), controls(now, changed)] : waiting(8)),
        el("div.columns.even", null,
          card("Guardrails", { aside: el("span.note", null, "crossing one rolls the route back") }, now ? guardrails(now.guardrails ?? []) : waiting(7)),
          card("Comparisons", { aside: el("span.note", null, "since the last change") }, comparisons(now))),
        card("Latency", { aside: el("span.note", null, "since the last change") }, shown(evidence, latency, 7)),
        card("Mismatches", { class: "mismatches" }, shown(evidence, (of) => (now ? mismatches(of.places, now, new Map((samples.data ?? []).map((one) => [one.id, one]))) : waiting(3)))),
        el("div.columns.even", null,
          card("Not answered natively", null, shown(evidence, (of) => el("div", null, reasons(of), rules(of.rules)))),
          card("Journal", { aside: el("a", { href: `/journal?route=${part(name)}` }, "All of it") }, shown(journal, history))),
      ].filter(Boolean);
    },
  };
}

function crumbs() {
  return el("p.crumbs", null, el("a", { href: "/routes" }, "Routes"), " /");
}

function title(name, now) {
  return el("div.route-title", null,
    el("div", null,
      el("h1", null, name),
      el("p.request", null, now ? [el("span.method", null, now.method), ` ${now.path}`] : "\u00a0"),
      el("p.note", null, now ? `${now.access}, a canary is sticky to ${now.sticky}${now.handler !== name ? `, handler ${now.handler}` : ""}. ` : "\u00a0",
        now && el("a", { href: `/openapi?q=${part(now.handler)}` }, "What it takes and gives"))),
    now ? modeBadge(now) : el("span.mode", null, "…"));
}

function comparisons(now) {
  if (!now) return waiting(7);
  const compared = judged(now.verdicts);
  return el("div", null,
    el("p.rate", { class: now.match_rate === null ? "" : now.match_rate < 1 ? "bad" : "good" }, el("b", null, share(now.match_rate, 2)),
      el("span", null, compared === 0 ? "no comparisons yet" : ` of ${compared.toLocaleString("en-GB")} comparisons match`)),
    verdictBar(now.verdicts),
    verdictTiles(now.verdicts),
    el("div.recent", null, "Requests of the last 10 minutes: ", el("span.key.native", null, "native"), " ", el("span.key.legacy", null, "legacy"), spark(now.traffic)),
    compared === 0 && nothing(now.access === "writes" ? "A route that writes is not compared: a write can not be done twice."
      : "A route is compared in mode shadow, canary or verify."));
}

function history({ entries }) {
  if (entries.length === 0) return nothing("This route was never changed. Its mode comes from routes.toml.");
  return el("ul.entries", null, entries.map((entry) => entryItem(entry, { named: false, evidence: true })));
}
