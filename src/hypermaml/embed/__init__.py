"""Embedders: what is known of a task before adapting, as a vector."""
