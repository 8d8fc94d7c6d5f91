"""History events: which rows a free user gets to see, and how a row looks on the wire."""
