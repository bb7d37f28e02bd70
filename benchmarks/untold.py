"""Meta-trained on descriptions that tell nothing: is HyperMAML then MAML?

`python benchmarks/untold.py [sine | navigation] [--quick]` meta-trains MAML and, at MAML's rates, HyperMAML as it is
and with `--centre`, on a constant description and on another task's: ten seeds of the paper preset of `hypermaml
risks`, in `runs/untold-FAMILY`, where it goes on if it was cut. It writes `benchmarks/results/untold_FAMILY.json`
(`--quick` writes nothing and has a folder of its own that it deletes). The last line is one JSON object: for each case
the difference of the error after one step from MAML's as a share of MAML's, with its interval over seeds and tasks, and
what two one-sided tests within 10% of MAML's error say.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from by_family import record

from hypermaml.experiments.experiment import Experiment
from hypermaml.experiments.navigation import NavigationExperiment
from hypermaml.experiments.sine import SineExperiment
from hypermaml.report.risks.arithmetic import equivalence, relative
from hypermaml.risks.altered import CONSTANT, PERMUTED
from hypermaml.risks.budget import budgets_of, options_of
from hypermaml.risks.choices import UNINFORMATIVE_REMEDY
from hypermaml.risks.embedding import reference, trained_on
from hypermaml.risks.measure import Scores
from hypermaml.risks.plan import Risks
from hypermaml.risks.trial import Probe, run_trial
from hypermaml.run.folder import open_run

FAMILIES: dict[str, type[Experiment]] = {"sine": SineExperiment, "navigation": NavigationExperiment}
REMEDIES = ("", UNINFORMATIVE_REMEDY)
SEEDS, STEP = 10, 1
TINY = {"iterations": 2, "meta_batch": 2, "chunk": 2, "validation_tasks": 2, "test_tasks": 2, "seeds": 1}


def measure(risks: Risks, folder: Path) -> dict[str, dict[str, Any]]:
    """Trains what is not there yet, and judges each case."""
    cases = {
        f"{name}{f', {remedy}' if remedy else ''}": (corruption, remedy)
        for name, corruption in {"constant": CONSTANT, "of another task": PERMUTED}.items()
        for remedy in REMEDIES
    }
    baseline = [reference(risks, seed) for seed in risks.seeds]
    trials = {
        name: [trained_on(risks, seed, corruption, remedy) for seed in risks.seeds]
        for name, (corruption, remedy) in cases.items()
    }
    with open_run(folder, risks.config(), resume=folder.exists()) as run:
        for trial in [each for seed in zip(baseline, *trials.values(), strict=True) for each in seed]:
            if not run.finished(trial.name):
                run_trial(trial, run.training_run(trial.name), lambda _: None)
                print(f"{trial.name}: done", flush=True)
        scores = Scores(run)
        maml = np.stack([scores.errors(trial)[:, STEP] for trial in baseline])
        found = {}
        for name, (corruption, _) in cases.items():
            probe = Probe(corruption=corruption)
            errors = np.stack([scores.errors(trial, probe)[:, STEP] for trial in trials[name]])
            share = relative(errors, maml)
            found[name] = {"share": share.mean, "low": share.low, "high": share.high}
            found[name]["verdict"] = equivalence(errors, maml)
        return found


def benchmark(family: str, folder: Path, quick: bool) -> dict[str, dict[str, Any]]:
    """Trains and judges."""
    kind = FAMILIES[family]
    experiment = replace(kind.at("paper"), **options_of(kind.name))
    budget = replace(budgets_of(kind.name)["paper"], **(TINY if quick else {"seeds": SEEDS}))
    return measure(Risks(experiment, "hypermaml", budget), folder)


if __name__ == "__main__":
    record("untold", __doc__, FAMILIES, benchmark)
