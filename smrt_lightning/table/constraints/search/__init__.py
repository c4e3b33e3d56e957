"""The search for constraints, a file for each kind."""
