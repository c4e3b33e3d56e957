"""Versions: DVC, publication and the lock."""
