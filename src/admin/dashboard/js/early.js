// Runs before anything is drawn, so that no page flashes in the wrong theme. The rest is in core/theme.js.
"use strict";
(() => {
  const kept = localStorage.getItem("cutover-theme");
  if (kept === "light" || kept === "dark") document.documentElement.setAttribute("data-theme", kept);
})();
