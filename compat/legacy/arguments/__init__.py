"""Arguments of a request: where they are looked for, how they are checked, how refusals look."""
