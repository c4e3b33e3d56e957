"""The project's table: files, schema, rows, classes and the demo."""
