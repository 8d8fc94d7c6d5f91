"""Files: one connection per database, the tables, and the data a fresh directory is filled with."""
