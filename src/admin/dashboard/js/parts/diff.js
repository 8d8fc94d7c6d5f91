// Two answers side by side, legacy's left and the handler's right, as the API aligned them.

import { el } from "../core/dom.js";
import { count } from "../core/format.js";
import { visible } from "./visible.js";

/** A table of both. On a narrow page the sides stand below each other. */
export function sides(caption, rows) {
  return el("table.sides", null,
    el("caption", null, caption),
    el("colgroup", null, el("col.number"), el("col"), el("col.number"), el("col")),
    el("thead", null, el("tr", null, el("th", { colspan: 2, scope: "col" }, "legacy (expected)"), el("th", { colspan: 2, scope: "col" }, "native (actual)"))),
    el("tbody", null, rows.map(row)));
}

function row({ kind, left, right, count: lines }) {
  if (kind === "fold" || kind === "cut") {
    return el("tr.fold", null, el("td", { colspan: 4 }, kind === "fold" ? `… ${count(lines)} equal lines …` : `… ${count(lines)} more rows are not shown`));
  }
  if (kind === "equal") {
    const text = el("td", null, left.pieces.map(([piece]) => visible(piece)));
    return el("tr.equal", null, number(left), text, number(right), text.cloneNode(true));
  }
  return el("tr", null, cell(left, "expected"), cell(right, "actual"));
}

function number(line, side = null) {
  return el("td.number", { class: side }, String(line.line));
}

function cell(line, side) {
  if (!line) return [el("td.number.none"), el("td.none")];
  // Marks on the whole line would say no more than its colour does.
  const whole = line.pieces.every(([text, differs]) => differs || text.trim() === "");
  const mark = side === "expected" ? "del" : "ins";
  return [number(line, side), el("td", { class: side }, line.pieces.map(([text, differs]) => (differs && !whole ? el(mark, null, visible(text)) : visible(text))))];
}
