"""A table, read once, in one way."""
