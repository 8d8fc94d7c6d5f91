"""Writes, asked of a backend and of the bridge in front of another one, each on a copy of the same data.

- cli: the command line
- sequences: what is asked, from a recording or from a file of one's own
- process, side: a backend on a copy of the data, with or without a bridge before it
- dump, tables: what is in the databases, and how two states of them differ
- masks: what may differ, each with its reason
- answers: two answers, compared
- run: one sequence on both sides
- report: what is printed
- effects: what the backend itself leaves behind, as a file for tests
"""
