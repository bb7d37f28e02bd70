"""Print the BibTeX entry of a method."""

from hypermaml.cli.names import check_known, only_names
from hypermaml.methods import METHODS


def run(args: list[str]) -> None:
    """Print the entry."""
    (name,) = only_names(args, ["METHOD"], "cite", __doc__ or "")
    print(METHODS[check_known("method", name, METHODS)].citation)
