"""A project's folder: its files, parameters, progress and errors."""
