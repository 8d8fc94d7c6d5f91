// Requests to the admin API.

import { askForToken, credentials } from "./token.js";

/** An answer that is no success. `status` 0: the bridge did not answer at all. */
export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/** Sends a request with the token; asks for it once if the bridge wants one. The answer is a success. */
export async function send(path, options = {}) {
  for (;;) {
    let answer;
    try {
      answer = await fetch(path, { cache: "no-store", credentials: "omit", ...options, headers: { ...options.headers, ...credentials() } });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refused(0, "The bridge does not answer.");
    }
    if (answer.ok) return answer;
    const text = await said(answer);
    if (answer.status === 401 && await askForToken()) continue;
    throw new Refused(answer.status, text);
  }
}

/** The JSON at a path. */
export async function get(path) {
  return (await send(path)).json();
}

/** Sends JSON, and gives the JSON of the answer. */
export async function put(method, path, body) {
  const options = { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return (await send(path, options)).json();
}

/** Saves what is at a path as a file. A plain link would not carry the token. */
export async function download(path, name) {
  const url = URL.createObjectURL(await (await send(path)).blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A part of a path or query. */
export const part = encodeURIComponent;

async function said(answer) {
  const text = await answer.text();
  try {
    return JSON.parse(text).error ?? text;
  } catch {
    return text || `The bridge answered ${answer.status}.`;
  }
}
