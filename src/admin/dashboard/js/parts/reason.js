// The two questions of every dialog that changes something: why, and who.

import { el } from "../core/dom.js";
import { rememberName, rememberedName } from "./people.js";

/** The fields `why` and `by`. */
export function reasonFields({ required = false } = {}) {
  return [
    el("label", null, required ? "Why" : "Why (if you like)",
      el("input", { name: "why", required, maxlength: 500, autocomplete: "off", placeholder: "It is written into the journal" })),
    el("label", null, "Who", el("input", { name: "by", value: rememberedName(), maxlength: 100, autocomplete: "username", placeholder: "Your name" })),
  ];
}

/** Keeps the name for the next dialog. */
export function remembering(by) {
  if (by?.trim()) rememberName(by.trim());
}
