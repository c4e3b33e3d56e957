"""SMRT: which rows are drawn and kept."""
