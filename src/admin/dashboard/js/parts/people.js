// Who changed something.

const WORDS = { person: "somebody", ladder: "the ladder", guardrail: "a guardrail", file: "routes.toml", signal: "a signal", start: "the start" };

/** `ann`, `the guardrail errors`, `routes.toml`. */
export function whoText(who) {
  if (!who) return "nobody";
  if (who.name && who.kind === "guardrail") return `the guardrail ${who.name}`;
  if (who.name && who.kind === "signal") return `the signal ${who.name}`;
  return who.name || WORDS[who.kind] || who.kind;
}

const KEY = "cutover-who";

/** Whom this browser last wrote as the one who changes things. */
export function rememberedName() {
  return localStorage.getItem(KEY) ?? "";
}

/** Remembers it. */
export function rememberName(name) {
  localStorage.setItem(KEY, name);
}
