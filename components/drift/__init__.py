"""Batches of new rows: drift, taking them up, and the challenge to the published version."""
