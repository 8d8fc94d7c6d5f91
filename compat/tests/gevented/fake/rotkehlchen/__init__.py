"""Modules of the shape that the hooks know, and no more in them than the tests need."""
