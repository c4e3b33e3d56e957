"""The likeness of synthetic rows to the real class: columns, neighbours, copies, detection."""
