"""A table of one's own: read it as it is, understand its columns, start a project with it."""
