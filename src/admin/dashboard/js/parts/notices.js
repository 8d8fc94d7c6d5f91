// What is special about a route now: rolled back, held, broken, declined.

import { ago, until } from "../core/ago.js";
import { el } from "../core/dom.js";
import { killed } from "../core/state.js";
import { actionButton } from "./actions.js";
import { modeText } from "./modes.js";
import { whoText } from "./people.js";

/** Notices, or nothing. `done(route)` is called after a change. */
export function notices(route, done) {
  if (!route) return null;
  const { tripped, hold, breaker } = route;
  const all = [
    killed() === true && notice("bad", "■", "The kill switch is engaged: legacy answers this route too, whatever its mode."),
    tripped && notice("bad", "↓", [el("b", null, `Rolled back by the guardrail ${tripped.guardrail} `), ago(tripped.at), `, from ${modeText(tripped.from)}: ${tripped.why}. `,
      tripped.until > Date.now() / 1000 ? ["Its cool-down ends ", until(tripped.until), ". "] : "Its cool-down is over. ", "Nothing promotes it before it is re-armed."], actionButton(route, "rearm", done)),
    breaker.state !== "closed" && notice("bad", "⚡", [el("b", null, `The breaker is ${breaker.state}`), `: the handler failed ${breaker.failures} times in a row. Legacy answers`,
      breaker.until ? ["; it is tried again ", until(breaker.until), "."] : "."]),
    hold && notice("quiet", "‖", [el("b", null, `Held by ${whoText(hold.by)} `), ago(hold.since), hold.why && `: ${hold.why}`], actionButton(route, "resume", done)),
    route.declined && notice("warn", "!", [el("b", null, "All its requests are declined: "), route.declined]),
    route.forwarded && notice("warn", "!", [el("b", null, "It is forwarded whatever its mode: "), route.forwarded]),
  ].filter(Boolean);
  return all.length > 0 ? el("ul.notices", null, all) : null;
}

function notice(tone, sign, text, button) {
  return el("li", { class: tone }, el("i.sign", { "aria-hidden": "true" }, sign), el("p", null, text), button);
}
