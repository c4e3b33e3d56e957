"""The pipeline: one module per stage, files in and files out."""
