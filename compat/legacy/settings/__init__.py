"""The user's settings: what there is, how a row becomes JSON and back, what a client may change."""
