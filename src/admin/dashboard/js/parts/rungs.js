// Rungs of a ladder as routes.toml writes them: `shadow 1000`, `canary 10% 5m`, `native`.

import { count, percent } from "../core/format.js";

const UNITS = { s: "second", m: "minute", h: "hour", d: "day" };

/** Mode, percentage and what a rung asks for before the next one, each in words. */
export function parseRung(rung) {
  const [mode, ...rest] = rung.trim().split(/\s+/);
  const of = rest[0]?.endsWith("%") ? Number.parseFloat(rest.shift()) : null;
  return { mode, percent: of, needs: rest.map(need).filter(Boolean).join(", ") };
}

function need(text) {
  if (/^\d+$/.test(text)) return `${count(Number(text))} requests`;
  const time = /^(\d+)([smhd])$/.exec(text);
  if (!time) return text;
  return `${time[1]} ${UNITS[time[2]]}${time[1] === "1" ? "" : "s"}`;
}

/** `canary 10 %`. */
export function rungText(rung) {
  if (!rung) return "the next step";
  const { mode, percent: of } = parseRung(rung);
  return of === null ? mode : `${mode} ${percent(of)}`;
}
