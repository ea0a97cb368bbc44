"""Micro-segments: their names, purity and stability, and who moves between them."""
