"""Plain words for readers who meet the methods for the first time."""

from collections.abc import Iterable, Sequence

from hypermaml.report.looks import Looks
from hypermaml.report.results import Results, options
from hypermaml.report.tables import Table

INTRODUCTION = (
    "Every method gets a new task, a little data of it, and a few gradient steps (inner steps) to adapt. Step 0 is the "
    "model before it has adapted. HyperMAML generates the initial weights from a description of the task, and its "
    "training goes through the inner steps. The other methods show which part of that helps."
)
SPLITS = {
    "meta-train": "tasks of training",
    "meta-validation": "new tasks like those of training, on which settings are chosen",
    "meta-test": "new tasks, like those of training",
    "extrapolation": "new tasks outside of the region of training",
}
DESCRIPTIONS = {
    "full": "the method reads all that is known of a task",
    "partial": "the method reads a part of what is known of a task",
    "noisy": "the method reads what is known of a task, with noise",
    "shuffled": "the method reads what is known of another task",
    "random": "the method reads random numbers in place of what is known",
    "none": "the method reads nothing of a task but its data",
}
OPTIONS = {
    "schedule=off": "every inner step has the rate of training; else later steps have one chosen on validation tasks",
    "description=other": "the trained method is given the description of another task",
    "policy=mean": "the policy takes its mean action, not a random one around it",
    "support": "with this many examples of the new task",
}


def glossary(results: Results) -> list[tuple[str, str]]:
    """Return the words of a run's tables that a reader may not know, each with its meaning."""
    found = [(split, SPLITS[split]) for split in results.values("split") if split in SPLITS]
    for descriptor in results.values("descriptor"):
        if descriptor in DESCRIPTIONS:
            found.append((f"{descriptor} description", DESCRIPTIONS[descriptor]))
    for option in _options(results):
        if option in OPTIONS:
            found.append((option, OPTIONS[option]))
    return found


def _options(results: Results) -> Iterable[str]:
    parts = [part for variant in results.values("variant") for part in sorted(options(results.extra(variant)))]
    return dict.fromkeys(part if part in OPTIONS else part.partition("=")[0] for part in parts)


def methods_table(methods: Sequence[str], looks: Looks) -> Table:
    """Return a table with a line on each method."""
    rows = tuple((method, looks.label(method), looks.summary(method)) for method in methods)
    return Table("The methods of this run", ("name", "in plots", "what it is"), rows)
