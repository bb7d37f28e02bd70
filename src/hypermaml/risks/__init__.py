"""Measure the risks of generated initializations."""
