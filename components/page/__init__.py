"""The parts of report.html and of the drift page."""
