"""The parity fuzzer: fresh random requests to two base URLs, compared to the byte.

In reading order: `cli` reads the command line, `run` asks and counts, `routes` is the table of what is asked, `craft`
makes a request of a route with `values` drawn from what `harvest` found, `harmless` holds back what could change
anything, `message` is HTTP on a raw socket, `compare` has the declared rules, `shrink` makes a difference small, and
`report` prints.
"""
