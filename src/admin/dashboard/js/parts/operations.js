// The operations of an OpenAPI document: a line each, and what is below it once it is opened.

import { part } from "../core/api.js";
import { el } from "../core/dom.js";
import { modeBadge } from "./modes.js";
import { resolved, schemaTree, typeOf } from "./schema.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

/** All of a document, by path, with the modes of `endpoints`. What is as it was stays the same object. */
export function operations(document, endpoints, before) {
  const set = new Map(endpoints.filter((one) => one.route).map((one) => [`${one.method.toLowerCase()} ${one.path.replaceAll(":int}", "}")}`, one]));
  const old = new Map(before.map((one) => [keyOf(one), one]));
  const all = [];
  for (const path of Object.keys(document.paths).sort()) {
    for (const method of METHODS.filter((one) => document.paths[path][one])) {
      const operation = document.paths[path][method];
      const { route = null, mode = null, percent = null } = set.get(`${method} ${path}`) ?? {};
      const known = old.get(`${method} ${path}`);
      const same = known && known.document === document && known.mode === mode && known.percent === percent;
      all.push(same ? known : { document, method, path, operation, route, mode, percent, words: words(document, method, path, operation) });
    }
  }
  return all;
}

/** Which it is. */
export function keyOf(one) {
  return one.heading ? `heading ${one.heading}` : `${one.method} ${one.path}`;
}

const headings = new Map();

/** The same with a heading before each tag. */
export function withHeadings(all) {
  const items = [];
  let last = null;
  for (const one of all) {
    const tag = one.operation.tags?.[0] ?? null;
    if (tag && tag !== last) {
      if (!headings.has(tag)) headings.set(tag, { heading: tag });
      items.push(headings.get(tag));
    }
    last = tag;
    items.push(one);
  }
  // A tag that comes again later is the same heading.
  return [...new Set(items)];
}

/** Whether a text and a choice of modes leave it in. */
export function fits(one, text, modes) {
  if (modes.size > 0 && !modes.has(one.mode)) return false;
  return text.toLowerCase().split(/\s+/).every((word) => one.words.includes(word));
}

function words(document, method, path, operation) {
  const names = (operation.parameters ?? []).map((one) => one.name);
  const body = resolved(document, contentOf(document, operation.requestBody)?.schema);
  const fields = [body, ...(body?.oneOf ?? [])].flatMap((one) => Object.keys(one?.properties ?? {}));
  return [method, path, operation.operationId, operation.summary, ...names, ...fields].join(" ").toLowerCase();
}

/** Its row. */
export function row(one) {
  if (one.heading) return el("h2", { "data-key": keyOf(one) }, one.heading);
  const { method, path, operation } = one;
  const inside = el("div.inside", { "data-own": "" });
  const ontoggle = (event) => {
    const place = event.currentTarget.querySelector(".inside");
    if (event.currentTarget.open && !place.hasChildNodes()) place.append(...told(one));
  };
  return el("details.operation", { "data-key": keyOf(one), "data-operation": operation.operationId, ontoggle },
    el("summary", null,
      el("span.path", null, el("span.method", { class: method }, method.toUpperCase()), " ", path),
      el("span.note", null, operation.summary),
      one.mode && el("a", { href: `/routes/${part(one.route)}` }, modeBadge(one))),
    inside);
}

function told({ document, operation }) {
  const body = contentOf(document, operation.requestBody);
  const parts = [
    operation.description && el("p", null, operation.description),
    operation.parameters && section("Parameters", parameters(document, operation.parameters)),
    body && section("Body", el("p.note", null, body.kind, operation.requestBody.required ? ", required" : ", optional", operation.requestBody.description && `. ${operation.requestBody.description}`), schemaTree(document, body.schema, "takes")),
    section("Answers", answers(document, operation.responses)),
  ];
  return parts.filter(Boolean);
}

function section(title, ...children) {
  return el("section", null, el("h3", null, title), ...children);
}

function parameters(document, all) {
  return el("table.parameters", null,
    el("thead", null, el("tr", null, ["name", "in", "what", ""].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", null, all.map((one) => el("tr", null,
      el("th", { scope: "row" }, el("code", null, one.name), one.required && el("span.must", null, "required")),
      el("td", null, one.in),
      el("td", null, typeOf(document, one.schema)),
      el("td", null, [one.description, one.schema?.description].filter(Boolean).join(" "))))));
}

function answers(document, responses) {
  return el("ul.statuses", null, Object.entries(responses).map(([status, given]) => {
    const response = resolved(document, given);
    const content = contentOf(document, response);
    return el("li", null,
      el("b", { class: status < "300" ? "good" : "quiet" }, status), " ", el("span", null, response.description),
      // The body of a failure is always the same.
      status < "300" && content?.schema && given200(document, content.schema));
  }));
}

/** Of an envelope the result alone: the rest is the same for all. */
function given200(document, schema) {
  const whole = resolved(document, schema);
  const result = whole?.properties?.message && whole.properties.result;
  return result ? [el("span.type", null, ` ${typeOf(document, result)}`), schemaTree(document, result, "gives")] : schemaTree(document, schema, "gives");
}

function contentOf(document, given) {
  const [found] = Object.entries(resolved(document, given)?.content ?? {});
  return found ? { kind: found[0], schema: found[1].schema } : null;
}
