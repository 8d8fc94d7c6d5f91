"""What scripts/bench native is made of: handlers against legacy, and against the usual way to write them."""
