"""The evidence it takes to believe that a constraint is no accident."""

MIN_ROWS = 50
"""Rows that a table needs before anything is sought in it."""
EVIDENCE = 25.0
"""Rows in which independent columns are expected to break a constraint, at the least."""
SAMPLE = 256
"""Rows that candidates are sought in, before they are checked on all rows."""
