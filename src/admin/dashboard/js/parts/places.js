// The pages of the navigation.

/** Path and name of each. */
export const PLACES = [
  ["/", "Overview"],
  ["/routes", "Routes"],
  ["/live", "Live"],
  ["/journal", "Journal"],
  ["/notifier", "Notifier"],
  ["/databases", "Databases"],
  ["/openapi", "API"],
];
