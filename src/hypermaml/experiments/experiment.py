"""The contract of an experiment. The standard library alone is imported at the top: help does not wait."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from hypermaml._misc.checks import check_fields
from hypermaml._misc.configuration import Configuration, differing, restored, written
from hypermaml.experiments.files import Reads
from hypermaml.families.descriptor import NUMBERS, Descriptor
from hypermaml.methods import METHODS
from hypermaml.methods.config import MethodConfig

if TYPE_CHECKING:
    from hypermaml._core.family import AbstractFamily

Preset = Literal["quick", "small", "paper"]

ADAM_RATES = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05)  # lengths of a step in each weight
PROXIMITIES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)  # of iMAML's proximal term
CONTEXT_SIZES = (2, 3, 4, 6, 8, 12, 16, 32)  # of amortized inference
DEFAULT_METHODS = ("random", "pretrained", "oracle", "maml", "hypermaml")


@dataclass(frozen=True)
class Budget:
    """What every method of a comparison is given, alike.

    Attributes:
        iterations: meta-iterations.
        meta_batch: tasks of an iteration.
        chunk: iterations between two points of the learning curve, which are also where a checkpoint can be.
        validation_tasks: meta-validation tasks, for learning curves and the test-time schedule.
        test_tasks: tasks of each test split.
        steps: inner steps N of the evaluation.
    """

    iterations: int
    meta_batch: int
    chunk: int
    validation_tasks: int
    test_tasks: int
    steps: int = 3

    def __post_init__(self):
        check_fields(self)

    def up_to(self, family: AbstractFamily, split: str | None = None) -> Budget:
        """Return the budget with no more tasks than a family's smallest test split has, so that none is tested twice.

        Args:
            family: with the splits.
            split: that is tested in the place of the test splits.
        """

        def least(splits: Sequence[str], most: int) -> int:
            return min([most, *(count for split in splits if (count := family.count(split)) is not None)])

        validation = least(("meta-validation",), self.validation_tasks)
        tested = least([split] if split else family.test_splits, self.test_tasks)
        return replace(self, validation_tasks=validation, test_tasks=tested)


@dataclass(frozen=True)
class Experiment(ABC):
    """A family with the options that a comparison may vary, its presets and its tuned values.

    Attributes:
        name: of the family.
        presets: budgets by name, `quick` and `paper` among them.
        options: by preset, the options that differ from their defaults.
        seeds: independent repetitions, 0..N-1, >= 1; by preset.
        compared: the methods of a comparison that names none.
        described: the descriptors of a comparison that names none.
        describes: all descriptors that the family has.
        tuned_with: the descriptor of tuning.
        outer_rates: two, for tuning.
        inner_rates: eight, for tuning.
        own_inner_rates: eight others, by method; of iMAML the strengths of its proximal term, of amortized inference
            the sizes of its context.
        on_policy: whether each inner step draws new data with the learner of that step.
        drawn: whether its tasks have a robot that `hypermaml render` draws.
        networks: whether its learners are networks, with inputs, hidden features and a last layer.
        reads: by option, the files that it names. Their paths are made absolute at once.
    """

    name: ClassVar[str]
    presets: ClassVar[Mapping[Preset, Budget]]
    options: ClassVar[Mapping[Preset, Mapping[str, Any]]] = {}
    seeds: ClassVar[Mapping[Preset, int]]
    compared: ClassVar[Sequence[str]] = DEFAULT_METHODS
    described: ClassVar[Sequence[Descriptor]] = ("full",)
    describes: ClassVar[Sequence[Descriptor]] = NUMBERS
    tuned_with: ClassVar[Descriptor] = "partial"
    outer_rates: ClassVar[tuple[float, ...]]
    inner_rates: ClassVar[tuple[float, ...]]
    own_inner_rates: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "maml_en_llm": ADAM_RATES,
        "imaml": PROXIMITIES,
        "amortized": CONTEXT_SIZES,
    }
    on_policy: ClassVar[bool] = False
    drawn: ClassVar[bool] = False
    networks: ClassVar[bool] = True
    reads: ClassVar[Mapping[str, Reads]] = {}

    def __post_init__(self):
        check_fields(self, zero=True)
        for name, reads in self.reads.items():
            object.__setattr__(self, name, reads.resolved(getattr(self, name)))

    @classmethod
    def methods(cls) -> dict[str, type[MethodConfig]]:
        """Return the methods that can learn the family, by name."""
        return {name: kind for name, kind in METHODS.items() if not cls.lacks(kind())}

    @classmethod
    def lacks(cls, method: MethodConfig) -> str:
        """Return what a method needs and the family lacks, with what it has instead; empty where nothing is missing."""
        if cls.on_policy and method.needs_fixed_support:
            return f"one support set a task, but {cls.name} draws new trajectories at each inner step"
        if not cls.on_policy and method.needs_trajectories:
            return f"trajectories of a policy, but tasks of {cls.name} have support sets in their place"
        if not cls.on_policy and method.outer.needs_trajectories:
            return f"policies for its outer update, {method.outer.name}, but {cls.name} has none"
        if method.needs_network and not cls.networks:
            return f"a learner that is a network, but those of {cls.name} are adapters of one"
        return ""

    def prepare(self, report: Callable[[int, int, str], None]) -> None:
        """Make what the family needs and this machine does not have yet; `family` does so too, without progress.

        Args:
            report: told how much is done, of how much, and of what.
        """
        return None

    def account(self) -> str:
        """Return what a user should know of the data that were read, such as kinds of columns; empty by default."""
        return ""

    def fitted(self, budget: Budget) -> Budget:
        """Return the budget of a comparison, with no more tasks than there are; the same one by default."""
        return budget

    def without_batch_statistics(self) -> Self:
        """Return the experiment with learners that read each example alone; the same one by default."""
        return self

    def for_new_tasks(self) -> Self:
        """Return the experiment without what only its own tasks need; the same one by default."""
        return self

    @classmethod
    def at(cls, preset: Preset) -> Self:
        """Return the experiment with the options of a preset."""
        return cls(**cls.options.get(preset, {}))

    @abstractmethod
    def family(self, descriptor: Descriptor) -> AbstractFamily:
        """Return the family, with its tasks described this way."""

    def families(self, descriptors: Sequence[Descriptor]) -> dict[Descriptor, AbstractFamily]:
        """Return the family with its tasks described in each of these ways; what they share is loaded once."""
        return {descriptor: self.family(descriptor) for descriptor in descriptors}

    def config(self) -> dict[str, Any]:
        """Return all options as JSON values."""
        return written(self)

    @classmethod
    def from_config(cls, saved: Mapping[str, Any], classes: Mapping[str, type]) -> Self:
        """Return the experiment with these options; one that is missing has its default.

        Args:
            saved: as `config` gave them.
            classes: of the parts that options may be.

        Raises:
            TypeError: an option is unknown.
        """
        return restored(cls, saved, classes)

    def files(self) -> dict[str, dict[str, str]]:
        """Return by option the path and the digest of each file or folder that is read.

        Raises:
            ValueError: one is not there, or cannot be read.
        """
        paths = {name: reads.path(getattr(self, name)) for name, reads in self.reads.items()}
        return {
            name: {"path": str(path), "sha256": self.reads[name].digest(path)} for name, path in paths.items() if path
        }

    def check_files(self, saved: Mapping[str, Mapping[str, str]]) -> None:
        """Check that the files that are read are those of a run.

        Args:
            saved: what `files` gave when the run was made.

        Raises:
            ValueError: one has changed, or is not there.
        """
        for name in saved:
            path = self.reads[name].path(getattr(self, name))
            if self._is_path(name) and not (path and path.exists()):
                raise ValueError(
                    f"the run reads {name} from {path}, which is not here: copy it there, or give the path that it has "
                    f"now with --files {name}=PATH (in Python, hm.load(…, files={{'{name}': PATH}})); a method that "
                    "hypermaml export RUN FILE.hypermaml has written where the data are needs no data"
                )
        found = self.files()
        for name, old in saved.items():
            if name not in found:
                raise ValueError(f"the run was made with {name}, but their path is empty: give it")
            if old["sha256"] != found[name]["sha256"]:
                raise ValueError(f"{found[name]['path']} has changed since the run was made")

    def decisive(self) -> dict[str, Any]:
        """Return the options that differ from their defaults; of files what they hold, wherever they lie."""
        files = {name: entry["sha256"] for name, entry in self.files().items()}
        others = {name: value for name, value in differing(self).items() if name not in files}
        return others | ({"files": files} if files else {})

    @abstractmethod
    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        """Return each of `methods` with its tuned values.

        Args:
            descriptors: of the comparison. The values may differ where every description is full, since there is then
                little left to adapt.
        """

    def at_rates(
        self,
        rates: Mapping[str, tuple[float, float]],
        *,
        own: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
        **common: Any,
    ) -> dict[str, MethodConfig]:
        """Return each of `methods` with its rates and what it is set to beside them.

        Args:
            rates: outer and inner, by method; one without has its own outer rate, if its class has one, and otherwise
                those of the method that its class names.
            own: by method, what is set for it alone.
            common: what is set for all.
        """

        def of(name: str, method: type[MethodConfig]) -> MethodConfig:
            outer, inner = rates.get(name, rates[method.rates_like])
            if name not in rates and method.untried_outer_lr is not None:
                outer = method.untried_outer_lr
            return method(outer_lr=outer, inner_lr=inner, **{**common, **own.get(name, {})})

        return {name: of(name, method) for name, method in self.methods().items()}

    def grid(self, method: str, settings: MethodConfig | None = None) -> list[MethodConfig]:
        """Return the eight trials of a method: every pair of an outer and of every second inner rate.

        A method without an outer rate has all the inner rates instead; one without an inner rate, each outer rate and
        three parts or multiples of it. In the place of an inner rate iMAML has the strength of its proximal term, and
        amortized inference the size of its context.

        Args:
            method: by name.
            settings: around which the trials are; by default the tuned ones of the name.
        """
        settings = settings or self.settings()[method]
        values = self.own_inner_rates.get(method, self.inner_rates)
        field = settings.trial_field
        if not settings.has_outer_lr:
            return [replace(settings, **{field: value}) for value in values]
        if not field:
            return [replace(settings, outer_lr=o * factor) for o in self.outer_rates for factor in (0.25, 0.5, 1, 2)]
        return [replace(settings, outer_lr=o, **{field: value}) for o in self.outer_rates for value in values[::2]]

    def _is_path(self, name: str) -> bool:
        return bool(getattr(self, name)) and getattr(self, name) not in self.reads[name].words

    def variant(self) -> str:
        """Return the options that differ from their defaults, as `key=value`, sorted and joined by semicolons.

        Of a file or a folder the name is shown, without the folders above it.
        """
        shown = {name: Path(getattr(self, name)).name for name in self.reads if self._is_path(name)}
        values = {each.name: shown.get(each.name, getattr(self, each.name)) for each in fields(self)}
        texts = (_differing(each.name, values[each.name], each.default) for each in fields(self))
        return ";".join(sorted(text for each in texts for text in each))


def _differing(name: str, value: object, default: object) -> list[str]:
    """`name=value` where the value is not the default; of a part its name, and its fields that are not the default."""
    if not isinstance(value, Configuration):
        return [f"{name}={_text(value)}"] if value != default else []
    own = [f"{name}={value.name}"] if type(value) is not type(default) else []
    parts = [_differing(f"{name}.{each.name}", getattr(value, each.name), each.default) for each in fields(value)]
    return [*own, *(text for part in parts for text in part)]


def _text(value: object) -> str:
    return "x".join(str(part) for part in value) if isinstance(value, tuple) else str(value)
