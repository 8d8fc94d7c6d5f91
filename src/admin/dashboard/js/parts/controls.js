// What one can do with a route.

import { el } from "../core/dom.js";
import { actionButton, setMode } from "./actions.js";
import { MEANING, MODES } from "./modes.js";

/** The buttons, and the form that sets any mode. `done(route)` is called after a change. */
export function controls(route, done) {
  const { ladder, mode } = route;
  const button = (action, more) => actionButton(route, action, done, more);
  return el("div.controls", null,
    el("div.buttons", { role: "group", "aria-label": "Change" },
      ladder?.next && button("promote", { primary: ladder.progress?.verdict === "pass" && !route.hold && !route.tripped }),
      ladder && mode !== "legacy" && button("step_back"),
      mode !== "legacy" && button("rollback"),
      // Resume and re-arm stand in the notice that says why.
      !route.hold && button("hold"),
      route.overridden && button("reset")),
    form(route, done));
}

function form(route, done) {
  const submit = async (event) => {
    event.preventDefault();
    const { mode, percent } = Object.fromEntries(new FormData(event.currentTarget));
    const changed = await setMode(route, mode, Number(percent));
    if (changed) done(changed);
  };
  // The percentage is of a canary alone.
  const choose = (event) => { event.currentTarget.form.elements.percent.disabled = event.currentTarget.value !== "canary"; };
  return el("form.set", { "data-own": "", onsubmit: submit, "aria-label": "Set a mode" },
    el("label", null, "Mode ", el("select", { name: "mode", onchange: choose }, MODES.map((mode) =>
      el("option", { value: mode, title: MEANING[mode], selected: mode === "canary" }, mode)))),
    el("label", null, el("input", { name: "percent", type: "number", min: 0, max: 100, step: 0.01, value: 10, required: true, "aria-label": "Percent" }), " %"),
    el("button", { type: "submit" }, "Set …"));
}
