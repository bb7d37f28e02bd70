"""Build the parts of language experiments: tasks, models, embedders, families."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import equinox as eqx

from hypermaml.data.language.archive import load_language
from hypermaml.data.language.task import LanguageTask, split_tasks
from hypermaml.experiments.experiment import Descriptor
from hypermaml.experiments.language import ADAPTED, TRAINED_HERE
from hypermaml.families.language.cached_states import with_states
from hypermaml.families.language.corpus import Corpus
from hypermaml.families.language.family import Language
from hypermaml.families.language.small import small_decoder
from hypermaml.lm.adapted import Adapted
from hypermaml.lm.model import LanguageModel, load_model
from hypermaml.lm.packaged import minilm, smollm2
from hypermaml.lm.pretrain import Pretraining
from hypermaml.lm.texts import TextEmbedder, as_given, by_hidden_state, by_minilm, remembered

if TYPE_CHECKING:
    from hypermaml.experiments.language import LanguageExperiment


def prepare(experiment: LanguageExperiment, report: Callable[[int, int, str], None]) -> None:
    """Train the small decoder, and compute hidden states, where they are not kept yet."""
    check_sizes(experiment)
    if experiment.model in TRAINED_HERE:
        tasks = splits_of(experiment.data)["meta-train"]
        small_decoder(tasks, sizes_of_decoders()[experiment.model], report=report)
    if experiment.cache_states:
        corpus = family_of(replace(experiment, cache_states=False), "none").corpus
        with_states(adapted_of(experiment), corpus, report=report)


def check_sizes(experiment: LanguageExperiment) -> None:
    """Check that sizes fit each other, as far as this is known without the model.

    Raises:
        ValueError: they do not.
    """
    need = experiment.shots + max(experiment.queries, experiment.test_examples)
    purpose = f"{experiment.shots} shots, and {need - experiment.shots} queries or tested ones"
    if experiment.instances < need:
        raise ValueError(f"instances is {experiment.instances}, but a task needs {need}: {purpose}")
    for task in itertools.chain(*splits_of(experiment.data).values()):
        task.check_count(need, purpose)
    if experiment.model in TRAINED_HERE:
        most = sizes_of_decoders()[experiment.model].layers
        if experiment.layers > most:
            raise ValueError(f"layers is {experiment.layers}, but it must be from 1 to the decoder's {most}")


def sizes_of_decoders() -> dict[str, Pretraining]:
    """Return the sizes of the decoders that are trained here, by name."""
    small = Pretraining(width=96, layers=4, context=128, length=128, rows=16, steps=1000)
    return {"small": small, "tiny": replace(small, width=64, layers=2, steps=500)}


@functools.lru_cache(maxsize=2)
def splits_of(data: str) -> dict[str, tuple[LanguageTask, ...]]:
    """Read the tasks of the option `data`, by split."""
    return split_tasks(load_language(None if data == "shipped" else Path(data).expanduser()))


# A comparison asks for its family again and again, with several descriptions, and a model is large.
@functools.lru_cache(maxsize=1)
def model_of(model: str, data: str) -> LanguageModel:
    """Load the frozen model of the option `model`; a small decoder is trained on the tasks where it is missing."""
    if model in TRAINED_HERE:
        return small_decoder(splits_of(data)["meta-train"], sizes_of_decoders()[model])
    return load_model(smollm2() if model == "smollm2" else Path(model).expanduser())


@functools.lru_cache(maxsize=1)
def embedder_of(embedding: str, model: str, data: str) -> TextEmbedder:
    """Return the embedder of definitions that the option `embedding` names."""
    if embedding == "model":
        return remembered(by_hidden_state(model_of(model, data)))
    return remembered(by_minilm(minilm()) if embedding == "minilm" else as_given(Path(embedding).expanduser()))


@functools.lru_cache(maxsize=2)
def adapted_of(experiment: LanguageExperiment) -> Adapted:
    """Return the frozen model with the layers that adapt."""
    return Adapted(
        model_of(experiment.model, experiment.data).decoder,
        layers=experiment.layers,
        projections=ADAPTED[experiment.projections],
        rank=experiment.rank,
    )


@functools.lru_cache(maxsize=4)
def family_of(experiment: LanguageExperiment, descriptor: Descriptor) -> Language:
    """Build the family, with its tasks described this way."""
    check_sizes(experiment)
    splits = {
        name: [replace(task, instances=task.instances[: experiment.instances]) for task in tasks]
        for name, tasks in splits_of(experiment.data).items()
    }
    model = model_of(experiment.model, experiment.data)
    family = Language(
        splits,
        adapted_of(experiment),
        model.tokenizer,
        embedder_of(experiment.embedding, experiment.model, experiment.data),
        context=model.decoder.architecture.context,
        description=descriptor,
        definition_in_prompt=experiment.definition_in_prompt,
        shots=experiment.shots,
        queries=experiment.queries,
        test_examples=experiment.test_examples,
    )
    if not experiment.cache_states:
        return family
    return eqx.tree_at(lambda family: family.corpus, family, cached_corpus(experiment))


@functools.lru_cache(maxsize=1)
def cached_corpus(experiment: LanguageExperiment) -> Corpus:
    """Return the tasks with the hidden states of all examples, one array for all descriptions."""
    return with_states(adapted_of(experiment), family_of(replace(experiment, cache_states=False), "none").corpus)
