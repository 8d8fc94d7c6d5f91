// Numbers and moments as text. What is not known is a dash.

const DASH = "–";
const NARROW = "\u00a0";

/** `12,345`. */
export function count(number) {
  return Number.isFinite(number) ? Math.round(number).toLocaleString("en-GB") : DASH;
}

/** `12.3k`, for narrow places. */
export function short(number) {
  if (!Number.isFinite(number)) return DASH;
  if (number < 10_000) return count(number);
  return number < 1e6 ? `${(number / 1e3).toFixed(number < 1e5 ? 1 : 0)}k` : `${(number / 1e6).toFixed(1)}M`;
}

/** A share of one as per cent. Only what is whole is shown as 100, only what is nothing as 0. */
export function share(part, digits = 1) {
  if (!Number.isFinite(part)) return DASH;
  const per = part * 100;
  if (part > 0 && part < 1) {
    for (let more = digits; more <= 4; more += 1) {
      const text = per.toFixed(more);
      if (Number(text) > 0 && Number(text) < 100) return `${text}${NARROW}%`;
    }
    return part > 0.5 ? `>${NARROW}99.99${NARROW}%` : `<${NARROW}0.01${NARROW}%`;
  }
  return `${per.toFixed(0)}${NARROW}%`;
}

/** A percentage of a canary, which has at most two decimals. */
export function percent(number) {
  return `${Number(number.toFixed(2))}${NARROW}%`;
}

/** Milliseconds as `0.42 ms`, `12 ms` or `1.2 s`. */
export function ms(milliseconds) {
  if (!Number.isFinite(milliseconds)) return DASH;
  if (milliseconds >= 10_000) return `${(milliseconds / 1000).toFixed(0)}${NARROW}s`;
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)}${NARROW}s`;
  if (milliseconds >= 100) return `${milliseconds.toFixed(0)}${NARROW}ms`;
  return `${milliseconds.toFixed(milliseconds < 1 ? 2 : 1)}${NARROW}ms`;
}

/** Bytes as `4.1 MB`. */
export function bytes(number) {
  if (!Number.isFinite(number)) return DASH;
  if (number < 1000) return `${number}${NARROW}B`;
  for (const [size, unit] of [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]) {
    if (number >= size) return `${(number / size).toFixed(1)}${NARROW}${unit}`;
  }
  return DASH;
}

/** Seconds as `45 s`, `3 min`, `2 h 5 min`, `4 d`. */
export function lasting(seconds) {
  if (!Number.isFinite(seconds)) return DASH;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return `${whole}${NARROW}s`;
  if (whole < 5400) return `${Math.round(whole / 60)}${NARROW}min`;
  if (whole < 36 * 3600) {
    const minutes = Math.round(whole / 60);
    const rest = minutes % 60;
    return `${Math.floor(minutes / 60)}${NARROW}h${rest && minutes < 600 ? ` ${rest}${NARROW}min` : ""}`;
  }
  return `${Math.round(whole / 86400)}${NARROW}d`;
}

/** `14:02:07`, here and now. */
export function clock(seconds, parts = { hour: "2-digit", minute: "2-digit", second: "2-digit" }) {
  return new Date(seconds * 1000).toLocaleTimeString("en-GB", parts);
}

/** `22 Nov 2026, 14:02:07`. */
export function moment(seconds) {
  const date = new Date(seconds * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
  return `${date}, ${clock(seconds)}`;
}

/** Seconds since 1970 of either form the API has: a number, or a text as in RFC 3339. */
export function seconds(at) {
  return typeof at === "number" ? at : Date.parse(at) / 1000;
}

/** `one request`, `12 requests`. */
export function many(number, one, more = `${one}s`) {
  return `${number === 1 ? "one" : count(number)} ${number === 1 ? one : more}`;
}
