// Paths of ours: going there, and what stands in the query.

let moved = () => {};

/** Whether a link of the navigation leads to where we are. */
export function isHere(path) {
  return path === "/" ? location.pathname === "/" : location.pathname === path || location.pathname.startsWith(`${path}/`);
}

/** Goes to a page of ours. */
export function go(path) {
  history.pushState(null, "", path);
  moved();
}

/** The query of the address, changed without a step in the history. Null takes a name out. */
export function setQuery(values) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history.replaceState(history.state, "", location.pathname + (text ? `?${text}` : ""));
}

/** A name of the query, or an empty text. */
export function fromQuery(name) {
  return new URLSearchParams(location.search).get(name) ?? "";
}

/** Follows links to our own pages without loading the shell again. `then` is called after each move. */
export function follow(then) {
  moved = then;
  window.addEventListener("popstate", () => then());
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const ours = link && link.origin === location.origin && !link.hasAttribute("download") && !link.target
      && !link.pathname.startsWith("/api/") && !link.pathname.startsWith("/assets/") && !link.getAttribute("href").startsWith("#");
    if (!ours || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
