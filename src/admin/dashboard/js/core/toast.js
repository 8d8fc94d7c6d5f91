// Short messages in the corner, read out to those who do not see them. They lie over the page and move nothing.

import { el } from "./dom.js";

const SHOWN = 8000;
const MOST = 3;

/** Says it. `tone`: `good`, `bad` or none. */
export function say(text, { tone = "", link = null } = {}) {
  const box = document.getElementById("said");
  const close = el("button.plain", { type: "button", "aria-label": "Dismiss", onclick: () => shown.remove() }, "×");
  const shown = el("div.toast", { class: tone }, el("p", null, text, link && [" ", link]), close);
  box.append(shown);
  while (box.children.length > MOST) box.firstChild.remove();
  setTimeout(() => shown.remove(), SHOWN);
}
