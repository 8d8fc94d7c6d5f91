"use strict";
// Everything can be read without this: it filters, copies, and opens what a link leads to.
(() => {
  const tools = document.querySelector(".tools");
  const cases = [...document.querySelectorAll("[data-verdict]")];

  if (tools) {
    const box = tools.querySelector("input");
    const words = [...tools.querySelectorAll("[data-word]")];
    const found = tools.querySelector(".found");
    const all = tools.querySelector("[data-all]");
    const texts = cases.map((shown) =>
      [shown.querySelector("summary") ?? shown, ...shown.querySelectorAll(".differences")]
        .map((part) => part.textContent.toLowerCase()).join(" "));
    const filter = () => {
      const text = box.value.trim().toLowerCase();
      const chosen = words.filter((word) => word.getAttribute("aria-pressed") === "true").map((word) => word.dataset.word);
      let count = 0;
      cases.forEach((shown, place) => {
        const fits = texts[place].includes(text) && (chosen.length === 0 || chosen.includes(shown.dataset.verdict));
        shown.hidden = !fits;
        count += fits ? 1 : 0;
      });
      found.textContent = count === cases.length ? "" : `${count} of ${cases.length} cases`;
    };
    box.addEventListener("input", filter);
    words.forEach((word) => word.addEventListener("click", () => {
      word.setAttribute("aria-pressed", String(word.getAttribute("aria-pressed") !== "true"));
      filter();
    }));
    all.addEventListener("click", () => {
      const open = all.textContent === "Open all";
      cases.filter((shown) => !shown.hidden).forEach((shown) => { shown.open = open; });
      all.textContent = open ? "Close all" : "Open all";
    });
    tools.hidden = false;
  }

  document.querySelectorAll(".curl").forEach((curl) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const pre = curl.querySelector("pre");
      try {
        await navigator.clipboard.writeText(pre.textContent);
        button.textContent = "Copied";
      } catch {
        // Without the right to copy, it is selected for the keyboard.
        getSelection().selectAllChildren(pre);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    curl.querySelector(".label").append(button);
  });

  const follow = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && target.matches("details")) {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", follow);
  follow();
})();
