"""Tables larger than memory: read part by part, balanced, and written as further parts."""
