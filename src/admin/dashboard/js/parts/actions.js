// Changes of a route: what is asked before one, and how a refusal is answered.

import { part, put } from "../core/api.js";
import { ask } from "../core/dialog.js";
import { el } from "../core/dom.js";
import { modeText } from "./modes.js";
import { reasonFields, remembering } from "./reason.js";
import { rungText } from "./rungs.js";

/** Title, text and button of each action. */
const ACTIONS = {
  promote: (route) => ["Promote", `${route.name} goes from ${modeText(route)} to ${rungText(route.ladder?.next)}. Its evidence is counted anew.`],
  step_back: (route) => ["Step back", `${route.name} goes back one step of its ladder. Its evidence is counted anew.`],
  rollback: (route) => ["Roll back to legacy", `Legacy answers ${route.name} from now on.`],
  hold: (route) => ["Hold", `${route.name} stays where it is: nothing promotes it until it is resumed. Guardrails still roll it back.`],
  resume: (route) => ["Resume", `${route.name} may be promoted again.`],
  rearm: (route) => ["Re-arm", `${route.name} was rolled back by a guardrail. Re-arming says that the cause is mended; it may be promoted again at once.`],
  reset: (route) => ["Back to routes.toml", `${route.name} goes back to ${modeText(route.configured)}, as it is configured.`],
};

/** Asks for an action's reason, and does it. Resolves to the new route, or null. */
export function act(route, action) {
  const [confirm, text] = ACTIONS[action](route);
  return change(route, { title: `${confirm}: ${route.name}?`, text, confirm, body: { action }, danger: action === "rollback" });
}

/** Asks for the reason of a mode, and sets it. */
export function setMode(route, mode, percent) {
  const to = modeText({ mode, percent });
  const body = mode === "canary" ? { mode, percent } : { mode };
  return change(route, { title: `Set ${route.name} to ${to}?`, text: `It is ${modeText(route)} now. Its evidence is counted anew.`, confirm: `Set ${to}`, body });
}

async function change(route, { title, text, confirm, body, danger }) {
  let answer = null;
  const fields = reasonFields();
  const why = fields[0].querySelector("input");
  await ask({
    title, text, fields, confirm, danger,
    act: async ({ why: reason, by, chosen }) => {
      const force = chosen === "again";
      if (force && !reason.trim()) throw new Wanting();
      remembering(by);
      answer = await put("PATCH", `/api/routes/${part(route.name)}`, { ...body, why: reason, by, ...(force ? { force } : {}) });
    },
    again: (error) => {
      const may = error.status === 409 || error instanceof Wanting;
      if (may) why.required = true;
      return may && overridable(body) ? "Do it anyway" : null;
    },
  });
  return answer?.route ?? null;
}

/** `force` overrides missing evidence and a cool-down; a hold or a release has nothing to override. */
function overridable(body) {
  return "mode" in body || body.action === "promote";
}

class Wanting extends Error {
  constructor() {
    super("Doing it anyway needs a reason: say why above. It is written into the journal.");
  }
}

/** A button of an action. */
export function actionButton(route, action, done, { primary = false } = {}) {
  const [name] = ACTIONS[action](route);
  const onclick = async () => {
    const changed = await act(route, action);
    if (changed) done(changed);
  };
  return el("button", { type: "button", "data-key": action, "data-action": action, class: primary ? "primary" : action === "rollback" ? "danger" : "", onclick }, name);
}
