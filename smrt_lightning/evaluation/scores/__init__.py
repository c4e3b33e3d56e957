"""The numbers of a comparison: metrics, curves, thresholds and their summaries."""
