"""The command line: smrt."""
