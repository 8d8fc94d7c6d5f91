// Characters that one can not see, or that would reorder what stands around them, are spelled out.

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** The text with those as `\u{200b}`. */
export function visible(text) {
  return String(text).replaceAll(HIDDEN, (hidden) => `\\u{${hidden.codePointAt(0).toString(16)}}`);
}
