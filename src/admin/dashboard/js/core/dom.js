// Nodes are built, never parsed: what the API says is untrusted text and stays text.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element: `el("p.note", {title: "x", onclick: f, style: {width: "3px"}}, "text", child, [more])`. */
export function el(name, given, ...children) {
  const [tag, ...classes] = name.split(".");
  return dress(document.createElement(tag), classes, given, children);
}

/** An SVG element, in the same way. */
export function svg(name, given, ...children) {
  const [tag, ...classes] = name.split(".");
  return dress(document.createElementNS(SVG, tag), classes, given, children);
}

/** Puts children behind those that are there; null and false are nothing. */
export function fill(node, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

function dress(node, classes, given, children) {
  if (classes.length > 0) node.setAttribute("class", classes.join(" "));
  for (const [key, value] of Object.entries(given ?? {})) put(node, key, value);
  return fill(node, children);
}

function put(node, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key === "style") {
    // The policy forbids the attribute; the object model is allowed.
    for (const [property, of] of Object.entries(value)) node.style.setProperty(property, of);
  } else if (key.startsWith("on")) {
    node[key] = value;
  } else if (key === "class") {
    const before = node.getAttribute("class");
    node.setAttribute("class", before ? `${before} ${value}` : value);
  } else {
    node.setAttribute(key, value === true ? "" : value);
  }
}
