"""Clients, each with what it knows of the answers that it may get.

- writer: adds, edits, deletes and reads back rows of its own
- reader: looks at what all writers wrote, and at whose it is
- settings: writes one setting, which legacy keeps in memory as well
- comparer: the same bytes natively and of legacy
- bulk: large bodies both ways, by their hash
- listener: a websocket, which misses nothing and hears nothing twice
- speaker: what is said to all of them
"""
