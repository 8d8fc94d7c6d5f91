// The admin token: asked for once, kept as long as the tab, sent with every request. No cookies.

import { ask } from "./dialog.js";
import { el } from "./dom.js";

const KEY = "cutover-token";
let asking = null;

/** The headers that carry the token, if there is one. */
export function credentials() {
  const token = sessionStorage.getItem(KEY);
  return token ? { authorization: `Bearer ${token}` } : {};
}

/** Asks for the token; whoever asks meanwhile shares the one dialog. Resolves to whether one was given. */
export function askForToken() {
  asking ??= dialog().finally(() => { asking = null; });
  return asking;
}

async function dialog() {
  const refused = sessionStorage.getItem(KEY) !== null;
  const given = await ask({
    title: "This bridge wants its admin token",
    text: refused
      ? "The token was refused. It may have been changed since."
      : "It is in the file that admin.token_file names. It is kept until this tab is closed.",
    fields: [el("label", null, "Token", el("input", { name: "token", type: "password", required: true, autocomplete: "off" }))],
    confirm: "Use it",
  });
  if (!given) return false;
  sessionStorage.setItem(KEY, given.token.trim());
  return true;
}
