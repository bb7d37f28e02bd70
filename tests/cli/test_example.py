"""The examples in `examples/`: the comparison of the command line, and a method from outside of the package."""

import runpy
import sys
from pathlib import Path

import hypermaml as hm
from hypermaml._compare import compare as module
from hypermaml._compare.compare import Comparison, compare
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.sine import SineExperiment
from hypermaml.report.run import report_run

EXAMPLES = Path(__file__).parents[2] / "examples"


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
    runpy.run_path(str(EXAMPLES / "compare_navigation.py"))
    assert hypermaml("compare", "navigation").status == 130
    (example, options), (command, _) = asked
    assert example == command
    assert options["finish"] is report_run


def test_a_method_from_outside_is_compared_and_reported(tmp_path):
    settings = runpy.run_path(str(EXAMPLES / "own_method.py"))["FourierHyperMAML"](
        features=3, generator=hm.Dense(width=4)
    )
    budget = Budget(iterations=2, meta_batch=2, chunk=2, validation_tasks=2, test_tasks=2)
    comparison = Comparison(SineExperiment(shots=2), {"fourier": settings}, budget, [0], ["partial"])
    compare(comparison, tmp_path / "run", finish=report_run)
    assert "| fourier |" in (tmp_path / "run/table.md").read_text()
    assert settings.features == 3


def test_own_sites_are_written_read_and_compared(monkeypatch, tmp_path):
    asked = []

    def record(comparison, folder, **options):
        asked.append(comparison)
        folder.mkdir(parents=True)
        (folder / "table.md").write_text("scores\n")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "compare", record)
    monkeypatch.setattr(sys, "argv", ["own_sites.py"])
    runpy.run_path(str(EXAMPLES / "own_sites.py"), run_name="__main__")
    (comparison,) = asked
    assert sorted(path.name for path in Path("runs/sites").iterdir()) == [
        "home.csv",
        "hotel.csv",
        "office.csv",
        "shop.csv",
    ]
    family = comparison.experiment.family("full")
    assert family.sites.curves["load"].shape == (4, 364, 96)
    assert float(family.sites.curves["load"].max()) == 1.0
    assert len(family.test_splits) == 4
