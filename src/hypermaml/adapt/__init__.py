"""Adapters: how a learner changes on a little data."""
