"""Consoles and tables. Piped output is never cut to a width."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from hypermaml.report.tables import Table as Scores

_WIDE = 10_000
_SIZE = "seeds × tasks"


def output() -> Console:
    """Return the console of standard output."""
    return Console(width=_width(sys.stdout.isatty()), highlight=False, soft_wrap=False)


def errors() -> Console:
    """Return the console of standard error, where progress goes."""
    return Console(stderr=True, width=_width(sys.stderr.isatty()), highlight=False)


def show_account(account: str) -> None:
    """Print the account of the data that were read, if there is one, on standard error."""
    if account:
        errors().print(account, highlight=False, markup=False, soft_wrap=True)


def _width(terminal: bool) -> int | None:
    return None if terminal or "COLUMNS" in os.environ else _WIDE


def plain_table(title: str, rows: Sequence[tuple[str, str]]) -> Group:
    """Return names and their descriptions, side by side."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    for row in rows:
        table.add_row(*map(Text, row))
    return Group(Text(title, style="bold"), table, Text())


def score_table(scores: "Scores") -> Group:
    """Return a table: methods down, inner steps across. Numbers of seeds and tasks that rows share are in the title."""
    sizes = {row[-1] for row in scores.rows}
    shared = scores.headers[-1] == _SIZE and len(sizes) == 1
    title = f"{scores.title} · {_counts(sizes.pop())}" if shared else scores.title
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    columns = scores.headers[:-1] if shared else scores.headers
    for place, header in enumerate(columns):
        table.add_column(header, justify="right" if place else "left", style="" if place else "cyan", no_wrap=not place)
    for row in scores.rows:
        table.add_row(*map(Text, row[: len(columns)]))
    return Group(Text(title, style="bold"), table)


def _counts(size: str) -> str:
    seeds, _, tasks = size.partition(" × ")
    return f"{seeds} seed{'s' * (seeds != '1')} × {tasks} task{'s' * (tasks != '1')}"
