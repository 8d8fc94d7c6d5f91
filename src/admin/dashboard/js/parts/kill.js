// The kill switch, with a dialog between it and a hasty hand.

import { put } from "../core/api.js";
import { ask } from "../core/dialog.js";
import { el } from "../core/dom.js";
import { change, state } from "../core/state.js";
import { reasonFields, remembering } from "./reason.js";

/** Engages or releases it, after a reason was given. */
export function killSwitchDialog(engage) {
  return ask({
    title: engage ? "Engage the kill switch?" : "Release the kill switch?",
    text: engage
      ? "Every request goes to legacy at once, whatever its route's mode. Running requests are finished. Nothing is forgotten: releasing it puts the modes back in force."
      : "The modes of the routes are in force again at once.",
    fields: reasonFields({ required: engage }),
    confirm: engage ? "Engage" : "Release",
    danger: engage,
    act: async ({ why, by }) => {
      remembering(by);
      const { kill_switch } = await put("PUT", "/api/kill-switch", { engaged: engage, why, by });
      change({ now: { ...state.now, kill_switch } });
    },
  });
}

/** The button that opens it. */
export function killSwitchButton(engaged) {
  return el("button", { type: "button", class: engaged ? "" : "danger", disabled: engaged === null, onclick: () => killSwitchDialog(!engaged) },
    engaged ? "Release the kill switch" : "Engage the kill switch");
}
