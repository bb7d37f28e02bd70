"""Checks of a family and a method before training, each with its findings in words."""
