"""The examples in `examples/`: comparisons from Python, and a method from outside of the package."""

import runpy
import sys
from pathlib import Path

import pytest

import hypermaml as hm

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def compared(monkeypatch, tmp_path):
    """The arguments of each comparison that an example asks for; none is run."""
    asked = []

    class Results:
        def table(self):
            return "scores"

        def difference(self, *of, step):
            return of, step

    def record(methods, family, **options):
        asked.append((methods, family, options))
        return Results()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(hm, "compare", record)
    monkeypatch.setattr(sys, "argv", ["example.py"])
    return asked


def test_navigation_is_compared_at_the_rates_of_the_command(compared):
    from hypermaml.experiments.navigation import NavigationExperiment

    runpy.run_path(str(EXAMPLES / "compare_navigation.py"), run_name="__main__")
    ((methods, family, options),) = compared
    assert isinstance(family, hm.families.Navigation)
    tuned, size = NavigationExperiment().settings(), NavigationExperiment.presets["quick"]
    assert methods == {name: tuned[name] for name in methods}
    assert (options["iterations"], options["meta_batch"]) == (size.iterations, size.meta_batch)


def test_a_method_from_outside_is_compared_and_reported(tmp_path):
    method = runpy.run_path(str(EXAMPLES / "own_method.py"))["FourierHyperMAML"](
        features=3, generator=hm.Dense(width=4)
    )
    family = hm.families.Sine(description="partial", shots=2)
    run = hm.compare({"fourier": method}, family, iterations=2, meta_batch=2, seeds=1, tasks=2, out=tmp_path / "run")
    assert "fourier" in run.table()
    assert method.features == 3


def test_own_sites_are_written_read_and_compared(compared):
    runpy.run_path(str(EXAMPLES / "own_sites.py"), run_name="__main__")
    ((_, family, _),) = compared
    assert sorted(path.name for path in Path("runs/sites").iterdir()) == [
        "home.csv",
        "hotel.csv",
        "office.csv",
        "shop.csv",
    ]
    assert family.sites.curves["load"].shape == (4, 364, 96)
    assert float(family.sites.curves["load"].max()) == 1.0
    assert len(family.test_splits) == 4
