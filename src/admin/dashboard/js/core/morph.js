// Makes a tree that is shown look like a new one, in place: focus, open details and scroll positions stay.
//
// `data-key` says which child is which; `data-own` marks a child whose inside its maker looks after.

const HANDLERS = ["onclick", "oninput", "onchange", "onsubmit", "onkeydown", "ontoggle", "onsearch", "onpointermove", "onpointerleave"];

/** Gives `old` the children of `fresh` (a node, or a list of nodes). */
export function morph(old, fresh) {
  const wanted = fresh instanceof Node ? [...fresh.childNodes] : fresh.flat(Infinity).filter((child) => child instanceof Node);
  const keyed = new Map();
  for (const child of old.childNodes) {
    if (key(child)) keyed.set(key(child), child);
  }
  let place = old.firstChild;
  for (const child of wanted) {
    const match = key(child) ? keyed.get(key(child)) : place && !key(place) ? place : null;
    if (match && alike(match, child)) {
      if (match === place) place = place.nextSibling;
      else old.insertBefore(match, place);
      if (match !== child) patch(match, child);
    } else {
      old.insertBefore(child, place);
      if (match && match === place) {
        place = place.nextSibling;
        match.remove();
      }
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function key(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null;
}

function alike(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName;
}

function patch(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name, value } of fresh.attributes) {
    if (name !== "style" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    // Whether details are open is the reader's choice.
    if (name !== "style" && name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  if (old.style.cssText !== fresh.style.cssText) old.style.cssText = fresh.style.cssText;
  for (const handler of HANDLERS) {
    if (old[handler] !== fresh[handler]) old[handler] = fresh[handler];
  }
  if (!old.hasAttribute("data-own")) morph(old, fresh);
}
