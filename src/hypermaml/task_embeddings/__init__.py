"""Embed tasks, measure the distances between them, and use the distances."""
