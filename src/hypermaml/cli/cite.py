"""The BibTeX entry of a method."""

from hypermaml.cli.names import known, only_names
from hypermaml.experiments.methods import METHODS


def run(args: list[str]) -> None:
    """Prints the entry."""
    (name,) = only_names(args, ["METHOD"], "cite", __doc__ or "")
    print(METHODS[known("method", name, METHODS)].bibtex)
