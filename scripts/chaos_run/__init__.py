"""Chaos: what the bridge depends on is broken, by a seeded schedule, and every answer is checked.

- cli: the command line
- run: one run, from start to verdict
- schedule: what is broken when, drawn from the seed
- faults/: what is broken, and how
- clients/: who asks, and what has to hold for the answers
- scene: what clients share
- ledger, rows: what was written, and what an answer may show of it
- session, gate: who is logged in, as far as clients were told
- weather: which faults are in force, and when it is calm
- limits: the timeouts of the run, and the bounds that follow from them
- recovery, final: what is asked after each fault, and at the end
- stack, process, link, disk, clock, holder: what runs, and what can be done to it
- database: the files, opened as a stranger
- wire: HTTP with a bound
- journal, report: what happened, and what it came to
"""
