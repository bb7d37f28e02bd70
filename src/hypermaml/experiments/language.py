"""Language tasks: budgets, presets, tuned values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.experiments.files import Reads
from hypermaml.families.descriptor import TEXTS
from hypermaml.init.configuration import LoRAGenerator
from hypermaml.methods.config import MethodConfig

if TYPE_CHECKING:
    from hypermaml._core.family import AbstractFamily
    from hypermaml.experiments.language_parts import LanguageParts
    from hypermaml.families.language.family import Language
    from hypermaml.lm.model import LanguageModel

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
    reads: ClassVar = {
        "data": Reads({"shipped": None}, (".json",)),
        "model": Reads(
            dict.fromkeys((*TRAINED_HERE, "smollm2")), (".json", ".safetensors", ".gguf", ".txt", ".model", ".bin")
        ),
        "embedding": Reads(dict.fromkeys(("model", "minilm")), (".json",)),
    }

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
    definitions: int = 16
    """Definitions of a task that meta-training draws from, at most."""
    held_definitions: int = 1
    """The last definitions of a task, which all tests use and meta-training does not see."""
    context: int = 0
    """Tokens that the model reads at most; 0 for all that it can, which is 128 with small and tiny."""
    answer_tokens: int = 48
    """Tokens of an answer with its end, at most; a longer one is an error if it is the first of an example."""
    shapes: int = 0
    """Lengths that batches are padded to, at most; 0 for 8, and for 1 with small and tiny. More take less time to train
    and more to compile."""
    definition_in_prompt: bool = False
    """Whether prompts begin with the definition, for every method."""
    cache_states: bool = False
    """Whether hidden states below the adapters are computed once for all examples and kept in a file."""

    def family(self, descriptor: Descriptor) -> Language:
        return _parts(self).family(descriptor)

    def families(self, descriptors: Sequence[Descriptor]) -> dict[Descriptor, AbstractFamily]:
        parts = _parts(self)
        return {descriptor: parts.family(descriptor) for descriptor in descriptors}

    def prepare(self, report: Callable[[int, int, str], None]) -> None:
        """Train the small decoder, and compute hidden states, where they are not kept yet."""
        _parts(self).prepare(report)

    def for_new_tasks(self) -> Self:
        """Return the experiment without cached states, which are those of its own examples."""
        return replace(self, cache_states=False)

    def language_model(self) -> LanguageModel:
        """Return the frozen model with its tokenizer."""
        return _parts(self).model

    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        kinds = self.methods().items()
        generated = {name: {"generator": GENERATOR} for name, kind in kinds if kind.generates}
        rates = RATES if self.model in TRAINED_HERE else RATES_OF_OTHERS
        return self.at_rates(rates, own=generated, inner_clip=INNER_CLIP)


def _parts(experiment: LanguageExperiment) -> LanguageParts:
    from hypermaml.experiments import language_parts

    return language_parts.LanguageParts(experiment)
