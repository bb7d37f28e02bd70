"""Tasks of the user's own table: what its columns are, budgets, presets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import hypermaml as hm
from hypermaml._misc.configuration import differing
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.experiments.files import Reads
from hypermaml.methods.config import MethodConfig

if TYPE_CHECKING:
    from hypermaml.families.table import TableFamily

TABLES = Reads(endings=(".csv", ".parquet"))


@dataclass(frozen=True)
class TableExperiment(Experiment):
    """Rows of your own tasks in one long table, as CSV or Parquet, and a table that describes the tasks."""

    name: ClassVar[str] = "table"
    compared: ClassVar = ("pretrained", "maml", "hypermaml", "conditioned")
    describes: ClassVar[Sequence[Descriptor]] = ("full", "none")
    tuned_with: ClassVar[Descriptor] = "full"
    outer_rates: ClassVar = (1e-3, 3e-3)
    inner_rates: ClassVar = (0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
    presets: ClassVar = {
        "quick": Budget(iterations=1_000, meta_batch=16, chunk=100, validation_tasks=50, test_tasks=100, steps=3),
        "small": Budget(iterations=5_000, meta_batch=16, chunk=250, validation_tasks=100, test_tasks=200, steps=3),
        "paper": Budget(iterations=20_000, meta_batch=25, chunk=500, validation_tasks=200, test_tasks=1_000, steps=3),
    }
    seeds: ClassVar = {"quick": 1, "small": 3, "paper": 5}
    reads: ClassVar = {"rows": TABLES, "descriptions": TABLES}

    rows: str = ""
    """A CSV or Parquet file with a row for each example, or a folder with a file for each task. It must be given."""
    task: str = ""
    """The column that names the task of a row. It must be given."""
    target: str = ""
    """The column to predict. It must be given."""
    descriptions: str = ""
    """A CSV or Parquet file with a row for each task, and a column named as --task; by default none."""
    inputs: tuple[str, ...] = ()
    """Columns to predict from; by default all others that vary within tasks."""
    description_columns: tuple[str, ...] = ()
    """Columns that describe a task; by default those of --descriptions, or those that are constant within tasks."""
    shots: int = 5
    """Support rows K, >= 1."""
    splits: str = ""
    """The column that holds the split of a task (meta-train, meta-validation, meta-test); by default a random split."""
    groups: str = ""
    """The column of groups of tasks that stay in one split; by default none."""
    split_seed: int = field(default=0, metadata={"zero": True})
    """Seed of the random split, >= 0."""
    predict: Literal["infer", "number", "class"] = "infer"
    """Whether the target is a number or a class; by default words are classes and numbers are not."""
    kinds: tuple[str, ...] = ()
    """Kinds of columns that are not to be inferred, such as region=category or code=text."""

    @cached_property
    def table(self) -> TableFamily:
        """The family, read once."""
        return self._read()

    def _read(self, **options: Any) -> TableFamily:
        for name in ("rows", "task", "target"):
            if not getattr(self, name):
                raise ValueError(f"--{name} is missing: write --rows FILE --task COLUMN --target COLUMN")
        own = {
            "descriptions": self.descriptions or None,
            "inputs": self.inputs or None,
            "described": self.description_columns or None,
            "splits": self.splits or None,
            "groups": self.groups or None,
            "classification": {"infer": None, "number": False, "class": True}[self.predict],
            "kinds": self._kinds(),
            "seed": self.split_seed,
            "shots": self.shots,
        }
        return hm.TableFamily(self.rows, task=self.task, target=self.target, **{**own, **options})

    def _kinds(self) -> dict[str, str]:
        pairs = [each.rpartition("=") for each in self.kinds]
        wrong = [each for each, pair in zip(self.kinds, pairs, strict=True) if not pair[0]]
        if wrong:
            raise ValueError(f"--kinds has '{wrong[0]}', but it must be COLUMN=KIND, such as region=category")
        return {name: kind for name, _, kind in pairs}

    def family(self, descriptor: Descriptor) -> TableFamily:
        return self.table if descriptor == "full" else self._read(described=())

    def account(self) -> str:
        return self.table.account

    def fitted(self, budget: Budget) -> Budget:
        return budget.up_to(self.table)

    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        return {name: for_tables(method) for name, method in self.methods().items()}

    def variant(self) -> str:
        named = {name: Path(getattr(self, name)).name for name in self.reads}
        shown = differing(self) | {name: text for name, text in named.items() if text}
        texts = (f"{n}={'+'.join(v) if isinstance(v, tuple) else v}" for n, v in shown.items())
        return ";".join(sorted(texts))


def for_tables(method: type[MethodConfig]) -> MethodConfig:
    """Return a method as it is set for a table of some hundred tasks.

    Schools and learning curves (`docs/tables-results.md`) chose an inner rate near 0.03 for every method. For generated
    initializations they chose a low-rank generator and dropout of the description: with few tasks the defaults overfit.
    HyperMAML itself sees to that by its own defaults.
    """
    defaults = {each.name: each.default for each in fields(method)}
    chosen: dict[str, Any] = {"inner_lr": 0.03} if defaults["inner_lr"] == MethodConfig.inner_lr else {}
    if "generator" in defaults and "embedding_dropout" in defaults and "augmentation" not in defaults:
        chosen |= {"generator": hm.LowRank(rank=1), "embedding_dropout": 0.5}
    return method(**chosen)
