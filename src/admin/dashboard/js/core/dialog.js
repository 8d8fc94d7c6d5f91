// One small dialog: a title, a text, fields, two or three buttons.

import { el } from "./dom.js";

/**
 * Asks, and gives the fields by name (with `chosen`, the button's word), or null if it was cancelled.
 * `act(values)` may do the work while the dialog is open: what it throws is shown in it, and it stays.
 * `again(error)` may then name a second button, as in "Do it anyway"; `act` is called with its word as `chosen`.
 */
export function ask({ title, text, fields = [], confirm, danger = false, act = async () => {}, again = () => null }) {
  return new Promise((done) => {
    let result = null;
    const refusal = el("p.refusal", { role: "alert", hidden: true });
    const second = el("button.danger", { type: "submit", value: "again", hidden: true });
    const first = el(danger ? "button.danger" : "button.primary", { type: "submit", value: "first" }, confirm);
    const cancel = el("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
    const form = el("form", { method: "dialog", onsubmit: submit },
      el("h2", { id: "dialog-title" }, title),
      text && el("p", null, text),
      fields, refusal,
      el("div.buttons", null, cancel, second, first));
    const dialog = el("dialog.ask", { "aria-labelledby": "dialog-title" }, form);

    async function submit(event) {
      event.preventDefault();
      const chosen = event.submitter?.value ?? "first";
      const values = { ...Object.fromEntries(new FormData(form)), chosen };
      form.inert = true;
      try {
        await act(values);
        result = values;
        dialog.close();
      } catch (error) {
        form.inert = false;
        refusal.textContent = error.message;
        refusal.hidden = false;
        const word = again(error);
        second.hidden = !word;
        if (word) second.textContent = word;
        (word ? second : first).focus();
      }
    }

    dialog.addEventListener("close", () => {
      dialog.remove();
      done(result);
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("input, textarea, select")?.focus();
  });
}
