"""Build the parts of language experiments: tasks, models, embedders, families."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import equinox as eqx

from hypermaml.data.language.archive import load_language
from hypermaml.data.language.shared import without_shared
from hypermaml.data.language.task import LanguageTask, split_tasks
from hypermaml.experiments.experiment import Descriptor
from hypermaml.experiments.language import ADAPTED, TRAINED_HERE
from hypermaml.families.language.cached_states import with_states
from hypermaml.families.language.corpus import Corpus
from hypermaml.families.language.family import Language
from hypermaml.families.language.small import small_decoder
from hypermaml.lm.adapted import Adapted
from hypermaml.lm.architecture import PROJECTIONS
from hypermaml.lm.model import LanguageModel, load_model
from hypermaml.lm.packaged import minilm, smollm2
from hypermaml.lm.pretrain import Pretraining
from hypermaml.lm.texts import GivenVectors, HiddenStates, Remembered, SentenceVectors, TextEmbedder

if TYPE_CHECKING:
    from hypermaml.experiments.language import LanguageExperiment

SHAPES = 8  # by default, with a model that is not trained here


class LanguageParts:
    """The parts of one experiment, each built when it is first asked for and kept as long as this object."""

    def __init__(self, experiment: LanguageExperiment):
        self.experiment = experiment

    @cached_property
    def splits(self) -> dict[str, tuple[LanguageTask, ...]]:
        """The tasks of the option `data`, by split."""
        data = self.experiment.data
        return without_shared(split_tasks(load_language(None if data == "shipped" else Path(data).expanduser())))

    @cached_property
    def model(self) -> LanguageModel:
        """The frozen model of the option `model`; a small decoder is trained on the tasks where it is missing."""
        model = self.experiment.model
        if model in TRAINED_HERE:
            return small_decoder(self.splits["meta-train"], self.sizes())
        return load_model(smollm2() if model == "smollm2" else Path(model).expanduser())

    @cached_property
    def embedder(self) -> TextEmbedder:
        """The embedder of definitions that the option `embedding` names."""
        embedding = self.experiment.embedding
        if embedding == "model":
            return Remembered(HiddenStates(self.model))
        return Remembered(
            SentenceVectors(str(minilm())) if embedding == "minilm" else GivenVectors.read(Path(embedding).expanduser())
        )

    @cached_property
    def adapted(self) -> Adapted:
        """The frozen model with the layers that adapt."""
        return Adapted(
            self.model.decoder,
            layers=self.experiment.layers,
            projections=ADAPTED[self.experiment.projections],
            rank=self.experiment.rank,
            ends=self.model.tokenizer.ends,
        )

    @cached_property
    def cached_corpus(self) -> Corpus:
        """The tasks with the hidden states of all examples, one array for all descriptions."""
        return with_states(self.adapted, self.plain_family("none").tokens)

    def family(self, descriptor: Descriptor) -> Language:
        """Build the family, with its tasks described this way."""
        self.check_sizes()
        family = self.plain_family(descriptor)
        if not self.experiment.cache_states:
            return family
        return eqx.tree_at(lambda family: family.corpus, family, self.cached_corpus)

    def plain_family(self, descriptor: Descriptor) -> Language:
        """Build the family without hidden states."""
        experiment = self.experiment
        most, held = experiment.definitions, experiment.held_definitions
        splits = {
            name: [task.drawn(experiment.instances).worded(most, held) for task in tasks]
            for name, tasks in self.splits.items()
        }
        family = Language(
            splits,
            self.adapted,
            self.model.tokenizer,
            self.embedder,
            context=self.context,
            answer_tokens=experiment.answer_tokens,
            description=descriptor,
            definition_in_prompt=experiment.definition_in_prompt,
            shots=experiment.shots,
            queries=experiment.queries,
            test_examples=experiment.test_examples,
            definitions=most + held,
            held=held,
        )
        shape = self.model.decoder.architecture
        a_layer = sum(math.prod(shape.shape(name)) for name in PROJECTIONS)
        corpus = family.tokens.in_shapes(
            experiment.shapes or (1 if experiment.model in TRAINED_HERE else SHAPES),
            token_cost=experiment.layers * a_layer,
            answer_cost=shape.vocabulary * shape.width,
        )
        return eqx.tree_at(lambda family: family.corpus, family, corpus)

    @property
    def context(self) -> int:
        """Tokens that the model reads at most.

        Raises:
            ValueError: it cannot read so many.
        """
        most, context = self.model.decoder.architecture.context, self.experiment.context
        if context > most:
            raise ValueError(f"context is {context}, but the model {self.experiment.model} reads at most {most} tokens")
        return context or most

    def prepare(self, report: Callable[[int, int, str], None]) -> None:
        """Train the small decoder, and compute hidden states, where they are not kept yet."""
        self.check_sizes()
        if self.experiment.model in TRAINED_HERE:
            small_decoder(self.splits["meta-train"], self.sizes(), report=report)
        if self.experiment.cache_states:
            with_states(self.adapted, self.plain_family("none").tokens, report=report)

    def sizes(self) -> Pretraining:
        """Return the sizes of the decoder that is trained here."""
        sizes, context = sizes_of_decoders()[self.experiment.model], self.experiment.context
        if not context:
            return sizes
        length = min(context, 2 * sizes.length)  # of a row, with as many tokens in a step as otherwise
        return replace(sizes, context=context, length=length, rows=max(sizes.rows * sizes.length // length, 1))

    def check_sizes(self) -> None:
        """Check that sizes fit each other, as far as this is known without the model.

        Raises:
            ValueError: they do not.
        """
        experiment = self.experiment
        need = experiment.shots + max(experiment.queries, experiment.test_examples)
        purpose = f"{experiment.shots} shots, and {need - experiment.shots} queries or tested ones"
        if experiment.instances < need:
            raise ValueError(f"instances is {experiment.instances}, but a task needs {need}: {purpose}")
        for task in itertools.chain(*self.splits.values()):
            task.check_count(need, purpose)
        if experiment.model in TRAINED_HERE:
            most = sizes_of_decoders()[experiment.model].layers
            if experiment.layers > most:
                raise ValueError(f"layers is {experiment.layers}, but it must be from 1 to the decoder's {most}")


def sizes_of_decoders() -> dict[str, Pretraining]:
    """Return the sizes of the decoders that are trained here, by name."""
    small = Pretraining(width=96, layers=4, context=128, length=128, rows=16, steps=1000)
    return {"small": small, "tiny": replace(small, width=64, layers=2, steps=500)}
