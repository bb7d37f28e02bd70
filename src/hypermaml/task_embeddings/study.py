"""Embed a set of tasks, from the configuration to the distances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.evaluation import trained
from hypermaml._core.family import AbstractFamily
from hypermaml._core.method import Method
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.train import train
from hypermaml.embed.probe import embedded, task2vec_of
from hypermaml.embed.simple import NoEmbedding
from hypermaml.embed.task2vec import FisherEmbedding, distance_matrix
from hypermaml.experiments.experiment import Experiment
from hypermaml.run import checkpoint
from hypermaml.run.folder import RunFolder
from hypermaml.task_embeddings.configuration import Study
from hypermaml.task_embeddings.generated import embeddings_and_starts
from hypermaml.task_embeddings.measures import euclidean
from hypermaml.task_embeddings.probe import trained_probe
from hypermaml.task_embeddings.selection import select
from hypermaml.task_embeddings.table import Embedded

PROBE_BATCH = 16


def embed_tasks(experiment: Experiment, study: Study, *, say: Callable[[str], None]) -> tuple[Embedded, dict[str, Any]]:
    """Embed tasks, and generate their initializations.

    Args:
        experiment: gives the family and the settings of the method; with a run, the experiment of the run does.
        study: the configuration.
        say: called with each step of the work, in words.

    Returns:
        The embedded tasks, and the facts on the embedder that the table records.

    Raises:
        ValueError: the run is of another family or has no such method, the family has no such split, or the method
            embeds no task.
    """
    keys: dict[str, jax.Array] = dict(
        zip(
            ("tasks", "probe", "data", "method", "prior", "experts"),
            jax.random.split(jax.random.key(study.seed), 6),
            strict=True,
        )
    )
    run = None if study.run is None else opened(experiment, study)
    experiment = experiment if run is None else run[0].experiment
    family = experiment.family(study.descriptor)
    tasks, unseen = drawn(family, study, key=keys["tasks"])
    groups = family.group(tasks)
    own = starts = chosen = None
    iterations = study.iterations
    if study.method != "none":
        say(f"training {study.method}" if run is None else f"reading {study.run}")
        if run is None:
            method = generator_of(experiment, family, study, key=keys["method"])
        else:
            comparison, opened_folder = run
            training_run = comparison.training_run(study.method, study.descriptor, comparison.seeds[0])
            method, _, iterations, _ = trained(training_run, opened_folder)
        own, weights = embeddings_and_starts(method, family, tasks, key=keys["data"])
        starts = euclidean(weights)
    if study.by == "method":
        if own is None or not own.shape[1]:
            raise _embeds_nothing(study)
        rows, distances, embedder = own, euclidean(own), f"the embedder of {study.method}"
    else:
        say("training the probe of Task2Vec")
        probed = unnormalized(experiment, study)
        embed, size = task2vec(experiment, probed, study, keys)
        own_rows = embedded(embed, probed, tasks, size=size, key=keys["data"])
        rows, distances, embedder = np.asarray(own_rows), np.asarray(distance_matrix(own_rows)), "Task2Vec"
        if study.select:
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
    given = {name: getattr(study, name) for name in ("split", "method", "descriptor", "seed", "support")}
    given["iterations"] = iterations if study.by == "method" else study.iterations
    given["selection"] = chosen
    given["run"] = None if study.run is None else str(study.run)
    return result, {"family": experiment.name, "variant": experiment.variant(), "embedder": embedder} | given


def _embeds_nothing(study: Study) -> ValueError:
    return ValueError(f"by is method, but {study.method} embeds no task: name one that does, such as hypermaml")


def drawn(family: AbstractFamily, study: Study, *, key: jax.Array) -> tuple[Any, Bool[np.ndarray, " task"] | None]:
    """Draw the tasks of the study: of each split as many as there are, at most.

    Returns:
        The tasks, and whether each is of a split that no training sees; `None` where all are of one split.

    Raises:
        ValueError: the family has no such split.
    """
    every, own = study.split == "all", family.splits
    if not every and study.split not in own:
        raise ValueError(f"split is {study.split}, but the splits of the family are {', '.join(own)}, or all")
    splits: tuple[Any, ...] = own if every else (study.split,)
    sizes = [min(study.tasks, family.count(split) or study.tasks) for split in splits]
    parts = [family.sample(size, split=split, key=key) for split, size in zip(splits, sizes, strict=True)]
    tasks = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *parts)
    return tasks, np.repeat([split != "meta-train" for split in splits], sizes) if every else None


def task2vec(
    experiment: Experiment, family: AbstractSupervisedFamily, study: Study, keys: dict[str, jax.Array]
) -> tuple[FisherEmbedding, int]:
    """Train the probe of Task2Vec; return Task2Vec and the number of examples that it sees of a task."""
    settings, size = experiment.settings([study.descriptor])["anil"], family.set_size(study.support)
    probe = trained_probe(
        family,
        iterations=study.iterations,
        meta_batch=PROBE_BATCH,
        inner_lr=settings.inner_lr,
        outer_lr=settings.outer_lr,
        key=keys["probe"],
    )
    return task2vec_of(family, probe, size=size, key=keys["prior"], batch_mean=study.batch_mean), size


def unnormalized(experiment: Experiment, study: Study) -> AbstractSupervisedFamily:
    """Return the family without normalization over a batch, so that each example has its own gradient.

    Raises:
        ValueError: the tasks of the family have no labelled support sets.
    """
    family = experiment.without_batch_statistics().family(study.descriptor)
    if not isinstance(family, AbstractSupervisedFamily):
        raise ValueError(
            f"Task2Vec reads support sets with labels, and {type(family).__name__} is not an AbstractSupervisedFamily: "
            "write --by method"
        )
    return family


def opened(experiment: Experiment, study: Study) -> tuple[Comparison, RunFolder]:
    """Open the run of the study.

    Returns:
        The comparison of the run, and its folder.

    Raises:
        ValueError: the run is of another family, has no checkpoint of this method with this description, or has another
            value of an option that was given.
    """
    assert study.run is not None
    folder = RunFolder.load(study.run)
    if folder.config.get("family") != experiment.name or study.method not in folder.config["methods"]:
        raise ValueError(f"{study.run} holds no {study.method} on {experiment.name}: name a run that does")
    named = {
        name: entry["path"] for name, entry in experiment.files().items() if entry["path"] == getattr(experiment, name)
    }
    comparison = Comparison.from_config(folder.config, type(experiment), named)
    own, default = comparison.experiment, experiment.at(study.preset)
    for name in [each.name for each in fields(experiment) if each.name not in experiment.reads]:
        given = getattr(experiment, name)
        if given not in (getattr(default, name), getattr(own, name)):
            raise ValueError(
                f"{name} is {given}, but it is {getattr(own, name)} in {study.run}: leave it out, tasks are the run's"
            )
    training_run = comparison.training_run(study.method, study.descriptor, comparison.seeds[0])
    if checkpoint.latest(folder.path / "training-runs" / training_run.name / "checkpoints") is None:
        raise ValueError(
            f"{study.run} holds no checkpoint of {training_run.name}: "
            f"its descriptors are {', '.join(comparison.descriptors)}"
        )
    return comparison, folder


def generator_of(experiment: Experiment, family: AbstractFamily, study: Study, *, key: jax.Array) -> Method:
    """Train the method of the study.

    Raises:
        ValueError: the embeddings of the method are wanted, and it has none.
    """
    init_key, train_key = jax.random.split(key)
    budget = experiment.presets[study.preset]
    system = experiment.settings([study.descriptor])[study.method].build(family, key=init_key)
    if study.by == "method" and isinstance(system.method.embed, NoEmbedding):
        raise _embeds_nothing(study)
    chunk, batch = min(study.iterations, budget.chunk), budget.meta_batch
    *_, (state, _) = train(system, family, iterations=study.iterations, meta_batch=batch, chunk=chunk, key=train_key)
    return state.method
