"""Prefect's server and the local stack."""
