// One comparison that did not match: what was asked, what both answered, and where they differ.

import { download, part } from "../core/api.js";
import { el } from "../core/dom.js";
import { bytes } from "../core/format.js";
import { say } from "../core/toast.js";
import { sides } from "./diff.js";
import { visible } from "./visible.js";

/** The inside of an opened sample. */
export function sampleBody(sample) {
  const har = `/api/samples/${part(sample.id)}.har`;
  const save = (event) => {
    event.preventDefault();
    download(har, `${sample.id}.har`).catch((error) => say(error.message, { tone: "bad" }));
  };
  return el("div.inside", null,
    el("p.answers", null, answer("legacy", sample.expected), answer("native", sample.actual),
      el("a", { href: har, download: `${sample.id}.har`, onclick: save }, "HAR file")),
    differences(sample.differences),
    sample.diff.head.some((row) => row.kind === "differs") && sides("Status and headers", sample.diff.head),
    sample.diff.body.length > 0 && sides("Body", sample.diff.body),
    request(sample),
    copied(sample.curl));
}

function answer(side, its) {
  return el("span", null, el("span.variant", { class: side }, side), ` ${its ? `${its.status} ${its.reason}, ${bytes(its.bytes)}` : "gave no answer"} `);
}

function differences(all) {
  if (all.length === 0) return null;
  return el("table.differences", null,
    el("thead", null, el("tr", null, ["Kind", "Where", "legacy", "native"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", null, all.map(({ kind, path, expected, actual }) => el("tr", null,
      el("td", null, el("span.badge", { class: kind }, kind)),
      el("td", null, el("code", null, visible(path || "/"))),
      el("td", { "data-side": "expected" }, value(expected)),
      el("td", { "data-side": "actual" }, value(actual))))));
}

function value(text) {
  return text === null ? el("span.nothing", null, "not there") : el("code", null, visible(text));
}

function request({ method, target, version, request: { headers, body } }) {
  const head = [`${method} ${target} ${version}`, ...headers.map(([name, of]) => `${name}: ${of}`)].join("\n");
  return el("details.more", null, el("summary", null, "Request"), el("pre", { tabindex: 0 }, visible(head), body !== null && `\n\n${visible(body)}`));
}

function copied(curl) {
  const pre = el("pre", { tabindex: 0 }, visible(curl));
  const copy = async (event) => {
    const button = event.currentTarget;
    try {
      await navigator.clipboard.writeText(curl);
      button.textContent = "Copied";
    } catch {
      // Without the right to copy, it is selected for the keyboard.
      getSelection().selectAllChildren(pre);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  };
  return el("div.curl", null, el("p.label", null, "Ask it again, with the address of legacy or of the bridge as TARGET", el("button", { type: "button", onclick: copy }, "Copy")), pre);
}
