"""The configuration of a study of task embeddings. The standard library alone is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Optional

from hypermaml._misc.checks import check_seed
from hypermaml.experiments.experiment import Descriptor, Preset

# `X | None` would do, but for that tyro imports typeguard, a third of the time that help takes.
OptionalPath = Optional[Path]  # noqa: UP045
LEAST = {"tasks": 3, "iterations": 1, "support": 1}


@dataclass(frozen=True)
class Study:
    """A study of task embeddings.

    Raises:
        ValueError: a number is below its least value, or two options exclude each other.
    """

    preset: Preset = "quick"
    """The preset that gives the options of the family and the tasks of an iteration."""
    by: Literal["task2vec", "method"] = "task2vec"
    """The embedder: Task2Vec on the support sets, or the embedder of the method."""
    tasks: int = 60
    """Tasks of a split, >= 3. A split with fewer tasks gives all of them."""
    split: str = "meta-test"
    """The split of the tasks, or all. A picture of all splits draws unseen tasks with hollow marks."""
    method: str = "hypermaml"
    """The method whose generated initializations distances are compared with, or none."""
    run: OptionalPath = None
    """The run folder of the trained method. Without one the method is trained for --iterations."""
    iterations: int = 500
    """Meta-iterations of the probe, and of a method without a run, >= 1."""
    support: int = 50
    """Examples of a task that Task2Vec sees, of each class where there are classes, >= 1."""
    batch_mean: bool = False
    """Whether Task2Vec squares the mean gradient of a batch, and not the gradient of each example."""
    select: bool = False
    """Whether to train 20 experts on source tasks, and to choose the nearest expert for each task."""
    descriptor: Descriptor = "full"
    """How tasks are described to the method."""
    seed: int = 0
    """Seed of the tasks, the probe and the data, >= 0."""

    def __post_init__(self):
        check_seed(self.seed)
        for name, least in LEAST.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}, but it must be at least {least}")
        if self.by == "method" and self.select:
            raise ValueError("--select chooses experts by Task2Vec: leave out --by method")
        if self.by == "method" and self.method == "none":
            raise ValueError("by is method, but method is none: name a method that embeds tasks")
