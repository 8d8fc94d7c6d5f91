// A JSON Schema as a tree of names and types.

import { el } from "../core/dom.js";

const DEEP = 8;

/** What a schema, or whatever else of the document, is, with its reference followed. */
export function resolved(document, given) {
  let found = given;
  for (let times = 0; found?.$ref && times < DEEP; times += 1) {
    found = found.$ref.split("/").slice(1).reduce((at, part) => at?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], document);
  }
  return found;
}

/** Its type in a few words. */
export function typeOf(document, given, depth = 0) {
  const schema = resolved(document, given);
  if (!schema || schema === true || depth > DEEP) return "anything";
  const some = schema.oneOf ?? schema.anyOf;
  if (some) return [...new Set(some.map((one) => typeOf(document, one, depth + 1)))].join(" or ");
  if (schema.enum) return enumerated(schema.enum);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const types = [schema.type ?? []].flat();
  if (types.length === 0) return schema.prefixItems ? "list" : "anything";
  return types.map((type) => (type === "array" && schema.items ? listOf(typeOf(document, schema.items, depth + 1)) : NAMES[type] ?? type)).join(" or ");
}

const NAMES = { array: "list", integer: "int", string: "text", boolean: "true or false" };
const FEW = 12;

function listOf(what) {
  return what.includes(" or ") || what.includes(" | ") ? `list of (${what})` : `list of ${what}`;
}

function enumerated(all) {
  const shown = all.slice(0, FEW).map((one) => JSON.stringify(one)).join(" | ");
  return all.length > FEW ? `${shown} | … ${all.length - FEW} more` : shown;
}

/** What it has below it, as lists in one another. `way`: what it `takes` has to be there, what it `gives` is there. */
export function schemaTree(document, given, way, depth = 0) {
  const schema = resolved(document, given);
  if (!schema || depth > DEEP) return null;
  const some = schema.oneOf ?? schema.anyOf;
  if (some?.some((one) => hasMore(document, one))) {
    return el("ul.schema", null, some.map((one) => el("li", null, el("span.or", null, "either "), chosen(document, one) ?? el("span.type", null, typeOf(document, one)), schemaTree(document, one, way, depth + 1))));
  }
  if (schema.items && hasMore(document, schema.items)) return schemaTree(document, schema.items, way, depth + 1);
  if (schema.prefixItems) {
    return el("ul.schema", null, schema.prefixItems.map((one, place) => field(document, `${place}`, one, true, "gives", depth)));
  }
  const fields = Object.entries(schema.properties ?? {});
  const free = typeof schema.additionalProperties === "object" && schema.additionalProperties;
  if (fields.length === 0 && !free) return depth === 0 && way === "takes" ? el("p.note", null, typeOf(document, schema)) : null;
  return el("ul.schema", null,
    fields.map(([name, one]) => field(document, name, one, schema.required?.includes(name) === true, way, depth)),
    free && field(document, "any name", free, way === "gives", way, depth));
}

function hasMore(document, given) {
  const schema = resolved(document, given);
  return Boolean(schema && (schema.properties || schema.prefixItems || typeof schema.additionalProperties === "object" || hasItems(document, schema)
    || (schema.oneOf ?? schema.anyOf)?.some((one) => hasMore(document, one))));
}

function hasItems(document, schema) {
  return schema.items && hasMore(document, schema.items);
}

/** The value of a field that says which of several it is. */
function chosen(document, given) {
  const names = Object.entries(resolved(document, given)?.properties ?? {}).filter(([, one]) => one.enum?.length === 1);
  return names.length === 1 ? el("b", null, String(names[0][1].enum[0])) : null;
}

function field(document, name, given, always, way, depth) {
  const schema = resolved(document, given) ?? {};
  const notes = [schema.description?.replace(/\.$/, ""), ...bounds(schema)].filter(Boolean).join("; ");
  return el("li", null,
    el("code", null, name), always && way === "takes" && el("span.must", null, "required"), " ", el("span.type", null, typeOf(document, given)),
    !always && way === "gives" && el("span.note", null, " at times"),
    notes && el("span.note", null, ` ${notes}`),
    hasMore(document, given) && schemaTree(document, given, way, depth + 1));
}

const BOUNDS = [["default", "default"], ["minimum", "from"], ["exclusiveMinimum", "above"], ["maximum", "to"], ["minLength", "characters from"], ["maxLength", "characters to"], ["minItems", "items from"], ["maxItems", "items to"], ["pattern", "like"], ["examples", "as"]];

function bounds(schema) {
  return BOUNDS.filter(([key]) => schema[key] !== undefined).map(([key, word]) => `${word} ${shown(schema[key])}`);
}

function shown(value) {
  return Array.isArray(value) ? value.map((one) => JSON.stringify(one)).join(", ") : typeof value === "string" ? value : JSON.stringify(value);
}
