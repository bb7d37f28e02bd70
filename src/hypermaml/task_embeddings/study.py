"""The embeddings of a set of tasks, from options to distances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.evaluation import trained
from hypermaml._core.family import AbstractFamily, Split
from hypermaml._core.method import Method
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.train import train
from hypermaml.embed.task2vec import Task2Vec, distance_matrix
from hypermaml.experiments.experiment import Descriptor, Experiment, Preset
from hypermaml.experiments.glyphs import GlyphsExperiment
from hypermaml.families.glyphs import Glyphs
from hypermaml.methods.assembly.embedders import supervised
from hypermaml.methods.assembly.task2vec import embedded, task2vec_of
from hypermaml.run import checkpoint
from hypermaml.run.folder import RunFolder
from hypermaml.task_embeddings.generated import embeddings_and_starts
from hypermaml.task_embeddings.measures import euclidean
from hypermaml.task_embeddings.probe import trained_probe
from hypermaml.task_embeddings.selection import select
from hypermaml.task_embeddings.table import Embedded

PROBE_BATCH = 16


class Asked(Protocol):
    """What a study is asked for; `hypermaml.cli.embed.Options` tells of each."""

    preset: Preset
    by: str
    tasks: int
    split: Split | Literal["all"]
    method: str
    run: Path | None
    iterations: int
    support: int
    batch_mean: bool
    select: bool
    descriptor: Descriptor
    seed: int


def study(experiment: Experiment, asked: Asked, *, say: Callable[[str], None]) -> tuple[Embedded, dict[str, Any]]:
    """Embeds tasks and generates their initializations.

    Args:
        experiment: gives the family and the method's settings; that of the run takes its place.
        asked: what of.
        say: told what is being done.

    Returns:
        The tasks as they lie, and what there is to tell of how.

    Raises:
        ValueError: the run is of another family or has no such method.
    """
    keys: dict[str, jax.Array] = dict(
        zip(
            ("tasks", "probe", "data", "method", "prior", "experts"),
            jax.random.split(jax.random.key(asked.seed), 6),
            strict=True,
        )
    )
    run = None if asked.run is None else opened(experiment, asked)
    experiment = experiment if run is None else run[0].experiment
    family = experiment.family(asked.descriptor)
    tasks, unseen = drawn(family, asked, key=keys["tasks"])
    groups = family.group(tasks)
    own = starts = chosen = None
    iterations = asked.iterations
    if asked.method != "none":
        say(f"training {asked.method}" if run is None else f"reading {asked.run}")
        if run is None:
            method = generator_of(experiment, family, asked, key=keys["method"])
        else:
            comparison, opened_folder = run
            training_run = comparison.training_run(asked.method, asked.descriptor, comparison.seeds[0])
            method, _, iterations = trained(training_run, opened_folder)
        own, weights = embeddings_and_starts(method, family, tasks, key=keys["data"])
        starts = euclidean(weights)
    if asked.by == "method":
        if own is None:
            raise ValueError("by is method, but method is none: name one that embeds")
        if not own.shape[1]:
            raise ValueError(f"by is method, but {asked.method} embeds no task: name one that does, such as hypermaml")
        rows, distances, told = own, euclidean(own), f"the embedder of {asked.method}"
    else:
        say("training the probe of Task2Vec")
        probed = unnormalized(experiment, asked)
        embed, size = task2vec(experiment, probed, asked, keys)
        vectors = embedded(embed, probed, tasks, size=size, key=keys["data"])
        rows, distances, told = np.asarray(vectors), np.asarray(distance_matrix(vectors)), "Task2Vec"
        if asked.select:
            say("training a bank of experts")
            chosen = asdict(select(probed, embed, tasks, size=size, key=keys["experts"]))
    result = Embedded(
        rows,
        distances,
        None if groups is None else np.asarray(groups),
        starts,
        unseen,
        family.titles(tasks),
        family.group_names,
    )
    given = {name: getattr(asked, name) for name in ("split", "method", "descriptor", "seed", "support")}
    given["iterations"] = iterations if asked.by == "method" else asked.iterations
    given["selection"] = chosen
    given["run"] = None if asked.run is None else str(asked.run)
    return result, {"family": experiment.name, "variant": experiment.variant(), "embedder": told} | given


def drawn(family: AbstractFamily, asked: Asked, *, key: jax.Array) -> tuple[Any, Bool[np.ndarray, " task"] | None]:
    """The tasks that are asked for, no more of a split than it has, and which of them no training sees.

    The latter is `None` where they are all of one split.
    """
    every = asked.split == "all"
    splits: tuple[Any, ...] = ("meta-train", "meta-validation", *family.test_splits) if every else (asked.split,)
    sizes = [min(asked.tasks, family.count(split) or asked.tasks) for split in splits]
    parts = [family.sample(size, split=split, key=key) for split, size in zip(splits, sizes, strict=True)]
    tasks = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *parts)
    return tasks, np.repeat([split != "meta-train" for split in splits], sizes) if every else None


def task2vec(
    experiment: Experiment, family: AbstractSupervisedFamily, asked: Asked, keys: dict[str, jax.Array]
) -> tuple[Task2Vec, int]:
    """Task2Vec with a probe that is trained here, and how many examples of a task it sees."""
    settings, size = experiment.settings([asked.descriptor])["anil"], examples(family, asked.support)
    probe = trained_probe(
        family,
        iterations=asked.iterations,
        meta_batch=PROBE_BATCH,
        inner_lr=settings.inner_lr,
        outer_lr=settings.outer_lr,
        key=keys["probe"],
    )
    return task2vec_of(family, probe, size=size, key=keys["prior"], batch_mean=asked.batch_mean), size


def unnormalized(experiment: Experiment, asked: Asked) -> AbstractSupervisedFamily:
    """The family without normalization over a batch, under which no example has a gradient of its own."""
    if isinstance(experiment, GlyphsExperiment):
        experiment = replace(experiment, normalization="none")
    return supervised(experiment.family(asked.descriptor))


def examples(family: AbstractFamily, support: int) -> int:
    """How many examples that is in all: of each class, and no more than a class has."""
    return family.ways * min(support, family.images.shape[1]) if isinstance(family, Glyphs) else support


def opened(experiment: Experiment, asked: Asked) -> tuple[Comparison, RunFolder]:
    """The run that is asked for, and what it compares.

    Raises:
        ValueError: it is of another family, or has no such method with such a description and a checkpoint.
    """
    assert asked.run is not None
    folder = RunFolder.load(asked.run)
    if folder.config.get("family") != experiment.name or asked.method not in folder.config["methods"]:
        raise ValueError(f"{asked.run} holds no {asked.method} on {experiment.name}: name a run that does")
    comparison = Comparison.from_config(folder.config, type(experiment))
    training_run = comparison.training_run(asked.method, asked.descriptor, comparison.seeds[0])
    if checkpoint.latest(folder.path / "training-runs" / training_run.name / "checkpoints") is None:
        raise ValueError(
            f"{asked.run} holds no checkpoint of {training_run.name}: "
            f"its descriptors are {', '.join(comparison.descriptors)}"
        )
    return comparison, folder


def generator_of(experiment: Experiment, family: AbstractFamily, asked: Asked, *, key: jax.Array) -> Method:
    """The method that is asked for, trained here."""
    init_key, train_key = jax.random.split(key)
    budget = experiment.presets[asked.preset]
    system = experiment.settings([asked.descriptor])[asked.method].build(family, key=init_key)
    chunk, batch = min(asked.iterations, budget.chunk), budget.meta_batch
    *_, (state, _) = train(system, family, iterations=asked.iterations, meta_batch=batch, chunk=chunk, key=train_key)
    return state.method
