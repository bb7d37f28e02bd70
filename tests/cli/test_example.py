"""The example in `examples/` is the comparison of the command line."""

import runpy
from pathlib import Path

from hypermaml.compare import compare as module
from hypermaml.report.run import report_run

EXAMPLE = Path(__file__).parents[2] / "examples" / "compare_navigation.py"


def test_it_is_the_comparison_of_the_command(hypermaml, monkeypatch, tmp_path):
    asked = []

    def record(comparison, folder, **options):
        asked.append((comparison.config(), options))
        folder.mkdir(parents=True)
        (folder / "table.md").write_text("scores\n")
        if len(asked) == 2:
            raise KeyboardInterrupt  # the command would now read results

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "compare", record)
    runpy.run_path(str(EXAMPLE))
    assert hypermaml("compare", "navigation").status == 130
    (example, options), (command, _) = asked
    assert example == command
    assert options["finish"] is report_run
