"""Initializers: where a task's learner starts."""
