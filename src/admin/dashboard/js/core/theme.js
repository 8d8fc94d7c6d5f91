// Light, dark, or as the system has it. early.js applies the choice before the first drawing.

const KEY = "cutover-theme";
const THEMES = ["auto", "light", "dark"];

/** The reader's choice. */
export function theme() {
  const kept = localStorage.getItem(KEY);
  return THEMES.includes(kept) ? kept : "auto";
}

/** The next choice, in force at once. */
export function nextTheme() {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  localStorage.setItem(KEY, next);
  if (next === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", next);
}
