"""Tasks in words, for a language model of which a part adapts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.family import Metric
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml.data.language.examples import listed_examples, read_examples, read_inputs
from hypermaml.data.language.task import Instance, LanguageTask
from hypermaml.families.descriptor import TEXTS, Descriptor
from hypermaml.families.language.corpus import Corpus, Examples, encode_tasks
from hypermaml.families.language.descriptions import TaskSample, Texts, vectors_of
from hypermaml.families.language.frozen_lm import FrozenLM
from hypermaml.families.language.in_context import in_context
from hypermaml.families.language.own import (
    answers_to,
    check_definition,
    examples_of,
    language_model,
    with_definition,
    write_lora,
)
from hypermaml.families.language.picture import QuestionPicture
from hypermaml.families.language.prompts import LONGEST_ANSWER, Encoder
from hypermaml.families.language.saved import SavedLanguage
from hypermaml.lm.answers import Answers
from hypermaml.lm.model import LanguageModel
from hypermaml.lm.shapes import Reading
from hypermaml.lm.texts import TextEmbedder
from hypermaml.nn.mlp import MLP

BUCKETS = 256  # for counts of tokens in a signature


def of_one_class(batch: Answers) -> Int[Array, " example"]:
    """Return class 0 for all: answers are texts."""
    return jnp.zeros(len(batch.tokens), int)


def bags(batch: Answers) -> Float[Array, "example bucket"]:
    """Return the counts of tokens of each bucket in prompt and answer, as a vector of length 1."""
    counts = jax.vmap(lambda row: jnp.zeros(BUCKETS).at[row % BUCKETS].add(row > 0))(batch.tokens)
    return counts / jnp.maximum(jnp.linalg.norm(counts, axis=1, keepdims=True), 1e-6)


class Language(AbstractSupervisedFamily):
    """Answer as the definition of a task asks, after a few instances of it.

    Each task of a split is drawn once before any comes again. In meta-training a task has one of its definitions but
    the `held` last ones, which all other splits use (where it has several). The description is the vector of that
    definition; `shuffled` gives each task another's, `random` the same noise to all, `none` a vector of no entries.
    Held out for extrapolation: kinds of tasks that meta-training has none of.

    Attributes:
        model: the language model.
        corpus: the tokens of all tasks; `None` without tasks.
        vectors: the description of each task and definition.
        kinds: of each task, counted from 0.
        bounds: of each split, its first task and the first after its last.
        wordings: definitions of each task.
        names: of the kinds.
        texts: the tasks in words.
        shots: support instances.
        queries: query instances, in meta-training.
        test_examples: query instances, in tests.
        held: the last definitions of a task, which meta-training does not see.

    Raises:
        ValueError: a number is too small, a task has too few instances or no vector of its own, a text is too long.

    Reference:
        Mishra et al. 2022 (arXiv 2104.08773) for tasks from definitions; Sinha et al. 2024 (arXiv 2405.11446) for MAML
        on them.
    """

    # Loss is first: it moves before accuracy, and a few hundred greedy answers do not distinguish rates.
    metrics: ClassVar[Mapping[str, Metric]] = {
        "loss": Metric(unit="nats"),
        "accuracy": Metric(higher_is_better=True, leads=True),
    }
    one_task_at_a_time: ClassVar[bool] = True
    in_folders: ClassVar[bool] = True
    task_line: ClassVar[str] = '{"name": "plural", "description": "Give the plural.", "support": "few.jsonl"}'
    networks: ClassVar[bool] = False
    inputs: ClassVar[Callable[[Any], Array]] = staticmethod(bags)
    items: ClassVar[Callable[[Any], Any]] = staticmethod(bags)
    labels: ClassVar[Callable[[Any], Array]] = staticmethod(of_one_class)

    model: FrozenLM
    corpus: Corpus | None
    vectors: Float[Array, "task definition embedding"]
    kinds: Int[Array, " task"]
    wordings: Int[Array, " task"]
    bounds: tuple[tuple[str, int, int], ...] = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    texts: Texts = eqx.field(static=True)
    shots: int = eqx.field(static=True)
    queries: int = eqx.field(static=True)
    test_examples: int = eqx.field(static=True)
    held: int = eqx.field(static=True)

    def __init__(
        self,
        splits: Mapping[str, Sequence[LanguageTask]],
        model: FrozenLM,
        encoder: Encoder,
        embed: TextEmbedder,
        *,
        context: int,
        answer_tokens: int = LONGEST_ANSWER,
        description: Descriptor = "full",
        definition_in_prompt: bool = False,
        shots: int = 4,
        queries: int = 8,
        test_examples: int = 32,
        definitions: int = 4,
        held: int = 1,
        seed: int = 0,
    ):
        """Encode the tasks and embed their definitions.

        Args:
            splits: the tasks of each, from `split_tasks`.
            model: the language model.
            encoder: its tokenizer.
            embed: a vector for each of several texts.
            context: tokens that the model reads at most.
            answer_tokens: tokens of an answer at most.
            description: how tasks are described.
            definition_in_prompt: whether prompts begin with the definition.
            shots: support instances, at least 1.
            queries: query instances, at least 1.
            test_examples: query instances in tests, at least 1.
            definitions: of a task, at most.
            held: the last definitions of a task, which meta-training does not see, at least 1.
            seed: of the description's shuffling or noise.
        """
        if description not in TEXTS:
            raise ValueError(f"Language: description is '{description}', but it must be one of {', '.join(TEXTS)}")
        for name, value in {"test_examples": test_examples, "definitions": definitions, "held": held}.items():
            if value < 1:
                raise ValueError(f"Language: {name} is {value}, but it must be at least 1")
        tasks, bounds = [], []
        for split, own in splits.items():
            bounds.append((split, len(tasks), len(tasks) + len(own)))
            tasks += own
        for task in tasks:
            task.check_count(shots + max(queries, test_examples))
        names = list(dict.fromkeys(task.kind for task in tasks))
        self.model, self.bounds, self.names = model, tuple(bounds), tuple(names)
        self.shots, self.queries, self.test_examples, self.held = shots, queries, test_examples, held
        self.corpus = encode_tasks(
            tasks,
            encoder,
            context=context,
            room=answer_tokens,
            definition_in_prompt=definition_in_prompt,
            definitions=definitions,
        )
        self.kinds = jnp.asarray([names.index(task.kind) for task in tasks])
        self.wordings = jnp.asarray([min(len(task.definitions), definitions) for task in tasks])
        self.texts = Texts(tuple(tasks), encoder, embed, context, definition_in_prompt, answer_tokens=answer_tokens)
        self.vectors = jnp.asarray(vectors_of(self.texts, definitions=definitions, description=description, seed=seed))

    @classmethod
    def of_parts(cls, values: Mapping[str, Any]) -> "Language":
        """Return a family with these fields, which are not checked."""
        made = object.__new__(cls)
        for name, value in values.items():
            object.__setattr__(made, name, value)
        return made

    @property
    def model_and_tokenizer(self) -> LanguageModel:
        """The frozen language model with its tokenizer."""
        return language_model(self.model, self.texts)

    @property
    def description_size(self) -> int:
        return self.vectors.shape[2]

    def without_tasks(self) -> "Language":
        """Return the family without its tasks: enough to adapt to a new one."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        empty = {name: values[name][:0] for name in ("vectors", "kinds", "wordings")}
        texts = replace(self.texts, tasks=())
        return self.of_parts(values | empty | {"corpus": None, "bounds": (), "texts": texts})

    def __saved__(self) -> SavedLanguage:
        """Return the family as a file holds it: the language model stays outside."""
        return SavedLanguage.of(self, self.model_and_tokenizer)

    def as_task_info(self, description: Any = None) -> TaskInfo:
        vector = jnp.zeros(self.description_size)
        if description is not None:
            definition = check_definition(self.texts, description)
            vector = jnp.asarray(self.texts.embed([definition])[0]) if vector.size else vector
        return TaskInfo(vector.astype(self.vectors.dtype), jnp.zeros(len(self.kinds)))

    def for_description(self, description: Any) -> "Language":
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return self.of_parts(values | {"texts": with_definition(self.texts, description)})

    def read_description(self, text: str) -> str:
        return text

    def read_examples(self, path: Path) -> tuple[Any, Any]:
        """Return inputs and outputs of a file with an object {"input": …, "output": …} on each line."""
        return _texts(read_examples(path))

    def listed_examples(self, given: Sequence[Any]) -> tuple[Any, Any]:
        """Return inputs and outputs of a list of objects {"input": …, "output": …}."""
        return _texts(listed_examples(given))

    def read_inputs(self, path: Path) -> list[str]:
        """Return the inputs of a file with an object {"input": …} on each line."""
        return read_inputs(path)

    def as_batch(self, x: Any, y: Any) -> Examples:
        return examples_of(self.texts, x, y)

    def predictions(self, learner: Any, x: Any) -> Any:
        """Return the answer to each question of the user; to one text, one answer."""
        return answers_to(self.model_and_tokenizer, self.texts, learner, x)

    def write_folder(self, learner: Any, folder: Path) -> None:
        """Write the LoRA as a folder that the package peft loads beside the language model."""
        write_lora(self.model_and_tokenizer, learner, folder)

    @property
    def modes(self) -> int:
        return len(self.names)

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(split for split, first, end in self.bounds if end > first)

    def split_number(self, split: str) -> int:
        if self.corpus is None:
            raise ValueError("Language: a saved method has no tasks: load it from its run folder")
        return super().split_number(split)

    def bound(self, split: str) -> tuple[int, int]:
        """Return the first task of a split, and the first after it."""
        ((first, end),) = [(first, end) for name, first, end in self.bounds if name == split]
        return first, end

    def count(self, split: str) -> int:
        first, end = self.bound(split)
        return end - first

    def group(self, task: TaskSample) -> Int[Array, "..."]:
        return self.kinds[task.index]

    def titles(self, tasks: TaskSample) -> list[str]:
        return [self.texts.tasks[index].name for index in np.asarray(tasks.index)]

    def identities(self, tasks: TaskSample) -> list[str]:
        """Return the number of each task: a wording does not make another task."""
        return [str(index) for index in np.asarray(tasks.index)]

    @property
    def group_names(self) -> tuple[str, ...]:
        return self.names

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> TaskSample:
        key, (first, end) = self.split_key(split, key), self.bound(split)
        order_key, tasks_key = jax.random.split(key)
        rounds = -(-n // (end - first))
        order = jax.vmap(lambda key: jax.random.permutation(key, end - first))(jax.random.split(order_key, rounds))

        def choose(index: Int[Array, ""], key: PRNGKeyArray) -> TaskSample:
            wording_key, _ = jax.random.split(key)
            count = self.wordings[index]
            held = jnp.clip(count - 1, 1, self.held)  # the only definition of a task is used everywhere
            if split == "meta-train":
                return TaskSample(index, jax.random.randint(wording_key, (), 0, jnp.maximum(count - held, 1)))
            return TaskSample(index, count - 1 - jax.random.randint(wording_key, (), 0, held))

        return jax.vmap(choose)(first + order.reshape(-1)[:n], jax.random.split(tasks_key, n))

    def task_info(self, task: TaskSample, *, key: PRNGKeyArray) -> TaskInfo:
        parameters = jax.nn.one_hot(task.index, len(self.kinds))
        return TaskInfo(self.vectors[task.index, task.wording], parameters, self.kinds[task.index])

    def batch(self, learner: Any, task: TaskSample, *, size: int, key: PRNGKeyArray) -> Examples:
        """Return different instances in random order; where the task has fewer than `size`, they come again."""
        return self.examples(task, self.instances(task, size, key=key))

    def test_set(
        self, task: TaskSample, *, support_key: PRNGKeyArray, query_key: PRNGKeyArray
    ) -> tuple[Examples, Int[Array, " example"]]:
        """Return the support set, and the numbers of the query's instances, none of which is in the support set."""
        chosen = self.instances(task, self.shots + self.test_examples, key=support_key)
        return self.examples(task, chosen[: self.shots]), chosen[self.shots :]

    @property
    def tokens(self) -> Corpus:
        """The corpus, where there are tasks."""
        assert self.corpus is not None
        return self.corpus

    @property
    def reading(self) -> tuple[Reading, ...]:
        """Return how the model reads batches; empty where it reads them as they are."""
        return () if self.corpus is None or self.corpus.reading is None else (self.corpus.reading,)

    def instances(self, task: TaskSample, count: int, *, key: PRNGKeyArray) -> Int[Array, " example"]:
        """Choose instances of a task in random order; where it has fewer than `count`, they come again."""
        slots, own = self.tokens.prompts.shape[2], self.tokens.instances[task.index]
        order = jnp.argsort(jax.random.uniform(key, (slots,)) + (jnp.arange(slots) >= own))
        return order[jnp.arange(count) % own]

    def examples(
        self, task: TaskSample, instances: Int[Array, " example"], alternative: int | Int[Array, ""] = 0
    ) -> Examples:
        """Return instances of a task with one of their right answers."""
        wording = task.wording % self.tokens.prompts.shape[1]  # 0 where prompts have no definition
        return self.tokens.rows(task.index, wording, instances, alternative)

    def inner_loss(self, learner: Any, batch: Answers) -> Float[Array, ""]:
        """Return the mean negative log-likelihood of the answers' tokens, in nats."""
        return self.model.loss(learner, batch, *self.reading)

    def outer_loss(self, learner: Any, batch: Answers) -> Float[Array, ""]:
        return self.inner_loss(learner, batch)

    def score(self, learner: Any, task: TaskSample, query: Int[Array, " example"]) -> dict[str, Float[Array, ""]]:
        """Return loss and accuracy on the query's instances.

        A greedy answer that is any of the right ones counts; the loss is that of the first right one.
        """
        right, losses = self.answered(learner, task, query)
        return {"loss": jnp.mean(losses), "accuracy": jnp.mean(right)}

    def answered(
        self, learner: Any, task: TaskSample, instances: Int[Array, " example"]
    ) -> tuple[Float[Array, " example"], Float[Array, " example"]]:
        """Return whether the learner answers each of a task's instances rightly, and the loss of each."""
        right, losses = self.model.answered(learner, self.examples(task, instances), *self.reading)

        def with_another(right: Array, alternative: Array) -> tuple[Array, None]:
            batch = self.examples(task, instances, alternative)
            there = jnp.any(batch.weights > 0, axis=1)

            def asked(right: Array) -> Array:
                return jnp.maximum(right, jnp.where(there, self.model.answered(learner, batch, *self.reading)[0], 0.0))

            return jax.lax.cond(jnp.any(there), asked, lambda right: right, right), None  # an answer may be the last

        others = self.tokens.answer_rows.shape[2]
        return jax.lax.scan(with_another, right, jnp.arange(1, others))[0] if others > 1 else right, losses

    def references(
        self, tasks: TaskSample, support: Examples, query: Int[Array, "task example"]
    ) -> dict[str, Float[np.ndarray, " task"]]:
        """Return the accuracies of the untouched model with the task in its prompt."""
        shown = np.asarray(support.instances)

        def prompted(examples: Int[np.ndarray, "task shot"], *, definition: bool) -> Float[np.ndarray, " task"]:
            return in_context(
                self.model, self.texts, tasks, np.asarray(query), examples=examples, definition_in_prompt=definition
            )

        examples = f"{self.shots} example{'s' * (self.shots > 1)} in the prompt"
        return {
            "definition in the prompt": prompted(shown[:, :0], definition=True),
            examples: prompted(shown, definition=False),
            f"definition and {examples}": prompted(shown, definition=True),
        }

    def learner(self, *, context: int = 0, key: PRNGKeyArray) -> Any:
        if context:
            raise ValueError("Language: a language model has no inputs for a context; methods that need one do not fit")
        return self.model.learner(key=key)

    def item_encoder(self, width: int, *, key: PRNGKeyArray) -> MLP:
        return MLP((BUCKETS, width, width), key=key)

    def signature(self, batch: Answers) -> Float[Array, " feature"]:
        """Return the mean over examples of their counts of tokens in 256 buckets, of length 1."""
        return jnp.mean(bags(batch), axis=0)

    @property
    def picture(self) -> QuestionPicture:
        return QuestionPicture()


def _texts(examples: Sequence[Instance]) -> tuple[list[str], list[list[str]]]:
    return [each.input for each in examples], [list(each.outputs) for each in examples]
