"""The command line, one module a verb. Whatever needs JAX is imported where it is used: help does not wait for it."""

from hypermaml.cli.program import main

__all__ = ["main"]
