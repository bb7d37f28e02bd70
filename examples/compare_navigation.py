"""What `hypermaml compare navigation` does, from Python. Run it again after an interruption and it goes on."""

from pathlib import Path

from hypermaml._compare.compare import Comparison, compare
from hypermaml.experiments.navigation import NavigationExperiment
from hypermaml.report.run import report_run

experiment = NavigationExperiment()
settings = experiment.settings()
methods = {name: settings[name] for name in experiment.compared}
comparison = Comparison(experiment, methods, experiment.presets["quick"], seeds=[0], descriptors=["full"])
folder = Path("runs", "navigation-example")
compare(comparison, folder, resume=True, report=print, finish=report_run)
print((folder / "table.md").read_text())
