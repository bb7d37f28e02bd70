import io
import re
import sys
from importlib.metadata import EntryPoint

from hypermaml.cli.list import run
from hypermaml.cli.names import FAMILIES
from hypermaml.experiments import families
from hypermaml.methods import METHODS


def test_piped_it_is_one_bare_name_a_line(hypermaml):
    assert hypermaml("list") == (0, "\n".join([*FAMILIES, *METHODS]) + "\n", "")


def test_a_terminal_gets_words_beside_each_name(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    run([])
    shown = screen.getvalue()
    assert max(map(len, shown.splitlines())) <= 80
    for name in [*FAMILIES, *METHODS]:
        assert re.search(rf"^{name} +\S+ \S+", shown, flags=re.MULTILINE)


def test_families_of_other_packages_are_listed_and_not_imported(hypermaml, monkeypatch):
    point = EntryPoint("waves", "no_such_package:family", families.GROUP)
    monkeypatch.setattr(families, "entry_points", lambda *, group: [point] if group == families.GROUP else [])
    assert hypermaml("list").output == "\n".join([*FAMILIES, "waves", *METHODS]) + "\n"
