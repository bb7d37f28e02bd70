"""Language tasks: budgets, presets, tuned values."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.families.descriptor import TEXTS
from hypermaml.init.configuration import LoRAGenerator
from hypermaml.methods.config import MethodConfig

if TYPE_CHECKING:
    from hypermaml.data.language.task import LanguageTask
    from hypermaml.families.language.corpus import Corpus
    from hypermaml.families.language.family import Language
    from hypermaml.lm.adapted import Adapted
    from hypermaml.lm.model import LanguageModel
    from hypermaml.lm.pretrain import Pretraining
    from hypermaml.lm.texts import TextEmbedder

INNER_CLIP = 10.0
# Outer and inner rate, as trials chose them: for the decoders that are trained here, and, with SmolLM2, for all others,
# whose trials were short. The records are `benchmarks/results/language-tuning*.json`, with their commands.
RATES = {
    "random": (0.003, 0.5),
    "pretrained": (0.003, 0.5),
    "maml": (0.001, 0.2),
    "maml_en_llm": (0.001, 0.03),
    "hypermaml": (0.003, 0.5),
    "hypermaml_first_order": (0.003, 0.2),
    "hypernet": (0.001, 0.2),
}
RATES_OF_OTHERS = {
    "random": (0.003, 1.0),
    "pretrained": (0.003, 0.05),
    "maml": (0.003, 0.5),
    "maml_en_llm": (0.003, 0.03),
    "hypermaml": (0.003, 0.2),  # first order has the rates of second order
    "hypernet": (0.003, 0.2),
}
GENERATOR = LoRAGenerator()
TRAINED_HERE = ("small", "tiny")
ADAPTED = {"q_v": ("q_proj", "v_proj"), "attention": ("q_proj", "k_proj", "v_proj", "o_proj")}


@dataclass(frozen=True)
class LanguageExperiment(Experiment):
    """Language tasks with a definition in words, K examples; LoRAs of a frozen language model learn."""

    name: ClassVar[str] = "language"
    compared: ClassVar = (
        "random",
        "pretrained",
        "maml",
        "maml_en_llm",
        "hypermaml",
        "hypermaml_first_order",
        "hypernet",
    )
    describes: ClassVar = TEXTS
    tuned_with: ClassVar[Descriptor] = "full"
    networks: ClassVar[bool] = False
    outer_rates: ClassVar = (1e-3, 3e-3)
    inner_rates: ClassVar = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
    presets: ClassVar = {
        "quick": Budget(iterations=60, meta_batch=4, chunk=30, validation_tasks=4, test_tasks=10, steps=3),
        "small": Budget(iterations=600, meta_batch=4, chunk=150, validation_tasks=8, test_tasks=19, steps=5),
        "paper": Budget(iterations=5_000, meta_batch=8, chunk=250, validation_tasks=8, test_tasks=38, steps=5),
    }
    options: ClassVar = {"quick": {"model": "tiny", "test_examples": 8}, "small": {"test_examples": 16}}
    seeds: ClassVar = {"quick": 1, "small": 3, "paper": 5}

    data: str = "shipped"
    """shipped (in the package), or a folder or a .zip file in the format of Super-NaturalInstructions."""
    model: str = "small"
    """small or tiny (trained on the tasks' text once), smollm2 (of its package), or a model's folder or .gguf file."""
    layers: int = 2
    """The model's last layers, which adapt, >= 1."""
    rank: int = 8
    """Of the adapters, >= 1."""
    projections: Literal["q_v", "attention"] = "q_v"
    """What adapts of a layer: queries and values, or all projections of attention."""
    embedding: str = "model"
    """Of a definition: model (the mean hidden state), minilm (of its package), or a JSON file of vectors."""
    shots: int = 4
    """Support examples K, >= 1."""
    queries: int = 8
    """Query examples in meta-training, >= 1."""
    test_examples: int = 32
    """Examples of a task that are scored, >= 1."""
    instances: int = 300
    """Examples of a task that are used at all, at most; at least the shots and the queries or the tested ones."""
    definition_in_prompt: bool = False
    """Whether prompts begin with the definition, for every method."""
    cache_states: bool = False
    """Whether hidden states below the adapters are computed once for all examples and kept in a file."""

    def family(self, descriptor: Descriptor) -> Language:
        return _family(self, descriptor)

    def prepare(self, report: Callable[[int, int, str], None]) -> None:
        """Trains the small decoder, and computes hidden states, where they are not kept yet."""
        self.check_sizes()
        if self.model in TRAINED_HERE:
            from hypermaml.families.language.small import small_decoder

            small_decoder(_splits(self.data)["meta-train"], sizes_of_decoders()[self.model], report=report)
        if self.cache_states:
            from hypermaml.families.language.cached_states import with_states

            with_states(_model_to_adapt(self), _family(replace(self, cache_states=False), "none").corpus, report=report)

    def check_sizes(self) -> None:
        """Raises `ValueError` where sizes cannot go together, as far as this is known without the model."""
        need = self.shots + max(self.queries, self.test_examples)
        what = f"{self.shots} shots, and {need - self.shots} queries or tested ones"
        if self.instances < need:
            raise ValueError(f"instances is {self.instances}, but a task needs {need}: {what}")
        for task in itertools.chain(*_splits(self.data).values()):
            task.check_count(need, what)
        if self.model in TRAINED_HERE:
            most = sizes_of_decoders()[self.model].layers
            if self.layers > most:
                raise ValueError(f"layers is {self.layers}, but it must be from 1 to the decoder's {most}")

    def language_model(self) -> LanguageModel:
        """The frozen model with its tokenizer."""
        return _model(self.model, self.data)

    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        kinds = self.methods().items()
        generated = {name: {"generator": GENERATOR} for name, kind in kinds if kind.generates}
        rates = RATES if self.model in TRAINED_HERE else RATES_OF_OTHERS
        return self.at_rates(rates, own=generated, inner_clip=INNER_CLIP)


def sizes_of_decoders() -> dict[str, Pretraining]:
    """Of the decoders that are trained here, by name."""
    from hypermaml.lm.pretrain import Pretraining

    small = Pretraining(width=96, layers=4, context=128, length=128, rows=16, steps=1000)
    return {"small": small, "tiny": replace(small, width=64, layers=2, steps=500)}


@functools.lru_cache(maxsize=2)
def _splits(data: str) -> dict[str, tuple[LanguageTask, ...]]:
    from hypermaml.data.language.archive import load_language
    from hypermaml.data.language.task import split_tasks

    return split_tasks(load_language(None if data == "shipped" else Path(data).expanduser()))


# A comparison asks for its family again and again, with several descriptions, and a model is large.
@functools.lru_cache(maxsize=1)
def _model(model: str, data: str) -> LanguageModel:
    from hypermaml.families.language.small import small_decoder
    from hypermaml.lm.model import load_model
    from hypermaml.lm.packaged import smollm2

    if model in TRAINED_HERE:
        return small_decoder(_splits(data)["meta-train"], sizes_of_decoders()[model])
    return load_model(smollm2() if model == "smollm2" else Path(model).expanduser())


@functools.lru_cache(maxsize=1)
def _embed(embedding: str, model: str, data: str) -> TextEmbedder:
    from hypermaml.lm.packaged import minilm
    from hypermaml.lm.texts import as_given, by_hidden_state, by_minilm, remembered

    if embedding == "model":
        return remembered(by_hidden_state(_model(model, data)))
    return remembered(by_minilm(minilm()) if embedding == "minilm" else as_given(Path(embedding).expanduser()))


@functools.lru_cache(maxsize=2)
def _model_to_adapt(experiment: LanguageExperiment) -> Adapted:
    from hypermaml.lm.adapted import Adapted

    return Adapted(
        experiment.language_model().decoder,
        layers=experiment.layers,
        projections=ADAPTED[experiment.projections],
        rank=experiment.rank,
    )


@functools.lru_cache(maxsize=4)
def _family(experiment: LanguageExperiment, descriptor: Descriptor) -> Language:
    import equinox as eqx

    from hypermaml.families.language.family import Language

    experiment.check_sizes()
    splits = {
        name: [replace(task, instances=task.instances[: experiment.instances]) for task in tasks]
        for name, tasks in _splits(experiment.data).items()
    }
    model = _model(experiment.model, experiment.data)
    family = Language(
        splits,
        _model_to_adapt(experiment),
        model.tokenizer,
        _embed(experiment.embedding, experiment.model, experiment.data),
        context=model.decoder.architecture.context,
        description=descriptor,
        definition_in_prompt=experiment.definition_in_prompt,
        shots=experiment.shots,
        queries=experiment.queries,
        test_examples=experiment.test_examples,
    )
    return (
        eqx.tree_at(lambda family: family.corpus, family, _cached_corpus(experiment))
        if experiment.cache_states
        else family
    )


# One array for all descriptors.
@functools.lru_cache(maxsize=1)
def _cached_corpus(experiment: LanguageExperiment) -> Corpus:
    from hypermaml.families.language.cached_states import with_states

    return with_states(_model_to_adapt(experiment), _family(replace(experiment, cache_states=False), "none").corpus)
