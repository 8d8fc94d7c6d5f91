// How far is it? What needs me? What happened last?

import { trafficChart } from "../charts/traffic.js";
import { ago } from "../core/ago.js";
import { el } from "../core/dom.js";
import { count, lasting, seconds, share } from "../core/format.js";
import { killed, state } from "../core/state.js";
import { attentionCard } from "../parts/attention.js";
import { entryItem, entryText } from "../parts/entries.js";
import { killSwitchButton } from "../parts/kill.js";
import { progress } from "../parts/progress.js";
import { card, nothing, problem, waiting } from "../parts/states.js";
import { judged } from "../parts/verdicts.js";

/** The page. */
export function overview(paint) {
  let reading = null;
  const point = (slot) => {
    reading = slot;
    paint();
  };

  return {
    title: "Overview",
    busy: () => state.overview === null,
    view() {
      const now = state.overview;
      if (!now && state.overviewError) return [el("h1", null, "Overview"), problem(state.overviewError)];
      return [
        el("h1.hidden", null, "Overview"),
        progress(now?.endpoints),
        figures(now, state.now),
        el("div.columns", null,
          card("Traffic", { class: "over-time" }, now ? trafficChart({ traffic: now.traffic, at: now.at, marks: marks(now.changes), reading, point }) : waiting(8)),
          attentionCard(now?.attention)),
        el("div.columns", null,
          changes(now?.changes),
          bridge(now)),
      ];
    },
  };
}

/** Only what is about answers is pointed at in the chart: a route that moved, the kill switch. */
function marks(entries) {
  return entries
    .filter((entry) => ["set", "promote", "rollback", "step_back", "kill", "release"].includes(entry.action))
    .map((entry) => ({ at: seconds(entry.at), text: entryText(entry), tone: entry.reason === "GUARDRAIL" || entry.action === "kill" ? "bad" : "" }));
}

function figures(overview, now) {
  const share_native = now?.share_native ?? overview?.share_native ?? null;
  const compared = judged(overview?.verdicts);
  const away = now ? now.legacy_away_seconds : overview?.legacy.away_seconds;
  return el("ul.figures", null,
    figure(share_native === null ? "rate" : "native", share(share_native), "of the requests are answered natively", "last 10 minutes"),
    figure("rate", now ? count(now.requests_per_second) : "–", "requests a second", now ? `${count(now.legacy)} legacy, ${count(now.native)} native` : "\u00a0"),
    figure(overview?.match_rate === 1 ? "matched" : overview?.match_rate ? "mismatched" : "rate", share(overview?.match_rate ?? null, 2), "of the comparisons match",
      overview ? `${count(compared)} since the last changes` : "\u00a0"),
    figure(away ? "mismatched" : "rate", away === undefined ? "–" : away === null ? "reachable" : "away", "legacy",
      away ? `for ${lasting(away)}` : overview?.legacy.url ?? "\u00a0"));
}

function figure(tone, number, what, more) {
  return el("li", { class: tone }, el("b", null, number), el("span", null, what), el("small", null, more));
}

/** As many as stand beside the facts of the bridge; the journal has all. */
const SHOWN = 6;

function changes(entries) {
  const body = !entries ? waiting(8)
    : entries.length === 0 ? nothing("Nothing was changed yet. Modes come from routes.toml; a change made here is written into the journal.")
      : el("ul.entries", null, entries.slice(0, SHOWN).map((entry) => entryItem(entry)));
  return card("Last changes", { aside: el("a", { href: "/journal" }, "Journal") }, body);
}

const SESSIONS = { user: "a user is logged in", "user without key": "a user is logged in, key unknown", nobody: "nobody is logged in", unknown: "not known yet" };
const WRITES = { off: "forwarded to legacy", guarded: "native while the package is attached", always: "native" };

function bridge(now) {
  const facts = now ? [
    ["Legacy", now.legacy.url],
    ["Started", ago(Date.now() / 1000 - now.uptime_seconds)],
    ["Session", SESSIONS[now.session] ?? now.session],
    ["Package in legacy", now.package.attached ? "attached" : "not attached"],
    ["Writes", WRITES[now.native_writes] ?? now.native_writes],
    ["All routes", now.all ? `set to ${now.all}` : "each by its own mode"],
  ] : [];
  return card("Bridge", { class: "bridge" },
    now ? el("dl.facts", null, facts.map(([name, value]) => el("div", null, el("dt", null, name), el("dd", null, value)))) : waiting(5),
    el("div.kill", null,
      el("p.note", null, killed() ? "The kill switch is engaged: legacy answers every request." : "Something looks wrong? The kill switch sends every request to legacy, at once."),
      killSwitchButton(killed())));
}
