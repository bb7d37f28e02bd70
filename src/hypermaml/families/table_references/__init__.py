"""Baselines without meta-learning for tasks that are rows of a table."""
