"""Comparisons: every method on the same tasks, with the same budget."""
