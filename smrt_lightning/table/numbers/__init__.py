"""Numbers: how they are written, which of them a column can hold."""
