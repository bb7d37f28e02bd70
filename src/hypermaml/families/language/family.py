"""Tasks that are told in words, for a language model of which a part adapts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.family import SPLITS, Split
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml.data.language.task import LanguageTask
from hypermaml.families.descriptor import TEXTS, Descriptor
from hypermaml.families.language.corpus import Answers, Corpus, encode_tasks
from hypermaml.families.language.descriptions import Texts, vectors_of
from hypermaml.families.language.frozen_lm import FrozenLM, TaskSample
from hypermaml.families.language.in_context import in_context
from hypermaml.families.language.prompts import Encoder
from hypermaml.lm.texts import TextEmbedder
from hypermaml.nn.mlp import MLP

PORTRAYED = 8  # questions of a task in a picture
BUCKETS = 256  # that tokens are counted in, for a signature


def of_one_class(batch: Answers) -> Int[Array, " example"]:
    """Answers are texts and no classes."""
    return jnp.zeros(len(batch.tokens), int)


def bags(batch: Answers) -> Float[Array, "example bucket"]:
    """How often tokens of each bucket are in prompt and answer, as a vector of length 1."""
    counts = jax.vmap(lambda row: jnp.zeros(BUCKETS).at[row % BUCKETS].add(row > 0))(batch.tokens)
    return counts / jnp.maximum(jnp.linalg.norm(counts, axis=1, keepdims=True), 1e-6)


class Language(AbstractSupervisedFamily):
    """Answer as the definition of a task asks, after a few instances of it.

    Tasks of a split are drawn without repeating one before all had their turn. In meta-training a task is told in one
    of its definitions but the last, which all other splits use (where it has several). The descriptor is the vector of
    that definition; `shuffled` gives each task another's, `random` one that says nothing, `none` one of no entries.
    Held out for extrapolation: kinds of tasks that meta-training has none of.

    Attributes:
        model: the language model.
        corpus: the tokens of all tasks.
        vectors: of each task and definition, as the descriptor gives them.
        kinds: of each task, counted from 0.
        bounds: of each split, its first task and the first that is none of it any more.
        wordings: definitions of each task.
        names: of the kinds.
        texts: the tasks in words.
        shots: support instances.
        queries: query instances, in meta-training.
        test_examples: instances that are scored.

    Raises:
        ValueError: a number is too small, a task has too few instances or no vector of its own, a text is too long.

    Reference:
        Mishra et al. 2022 (arXiv 2104.08773) for tasks from definitions; Sinha et al. 2024 (arXiv 2405.11446) for MAML
        on them.
    """

    # Of the two scores it moves first: a few hundred greedy answers, most of them wrong, do not tell rates apart.
    metric: ClassVar[str] = "loss"
    one_task_at_a_time: ClassVar[bool] = True
    portrayed: ClassVar[str] = "questions"
    inputs: ClassVar[Callable[[Any], Array]] = staticmethod(bags)
    items: ClassVar[Callable[[Any], Any]] = staticmethod(bags)
    labels: ClassVar[Callable[[Any], Array]] = staticmethod(of_one_class)

    model: FrozenLM
    corpus: Corpus
    vectors: Float[Array, "task definition embedding"]
    kinds: Int[Array, " task"]
    wordings: Int[Array, " task"]
    bounds: tuple[tuple[Split, int, int], ...] = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    texts: Texts = eqx.field(static=True)
    shots: int = eqx.field(static=True)
    queries: int = eqx.field(static=True)
    test_examples: int = eqx.field(static=True)

    def __init__(
        self,
        splits: Mapping[str, Sequence[LanguageTask]],
        model: FrozenLM,
        encoder: Encoder,
        embed: TextEmbedder,
        *,
        context: int,
        description: Descriptor = "full",
        definition_in_prompt: bool = False,
        shots: int = 4,
        queries: int = 8,
        test_examples: int = 32,
        definitions: int = 4,
        seed: int = 0,
    ):
        """Encodes the tasks and embeds their definitions.

        Args:
            splits: the tasks of each, from `split_tasks`.
            model: the language model.
            encoder: its tokenizer.
            embed: a vector for each of several texts.
            context: tokens that the model reads at most.
            description: what the descriptor tells.
            definition_in_prompt: whether prompts begin with the definition.
            shots: support instances, at least 1.
            queries: query instances, at least 1.
            test_examples: instances that are scored, at least 1.
            definitions: of a task, at most.
            seed: of the description's shuffling or noise.
        """
        if description not in TEXTS:
            raise ValueError(f"Language: description is '{description}', but it must be one of {', '.join(TEXTS)}")
        for name, value in {"test_examples": test_examples, "definitions": definitions}.items():
            if value < 1:
                raise ValueError(f"Language: {name} is {value}, but it must be at least 1")
        tasks, bounds = [], []
        for split, own in splits.items():
            bounds.append((split, len(tasks), len(tasks) + len(own)))
            tasks += own
        for task in tasks:
            task.needs(shots + max(queries, test_examples))
        names = list(dict.fromkeys(task.kind for task in tasks))
        self.model, self.bounds, self.names = model, tuple(bounds), tuple(names)
        self.shots, self.queries, self.test_examples = shots, queries, test_examples
        self.corpus = encode_tasks(
            tasks, encoder, context=context, definition_in_prompt=definition_in_prompt, definitions=definitions
        )
        self.kinds = jnp.asarray([names.index(task.kind) for task in tasks])
        self.wordings = jnp.asarray([min(len(task.definitions), definitions) for task in tasks])
        self.texts = Texts(tuple(tasks), encoder, embed, context, definition_in_prompt)
        self.vectors = jnp.asarray(vectors_of(self.texts, definitions=definitions, description=description, seed=seed))

    @property
    def modes(self) -> int:
        return len(self.names)

    @property
    def extrapolates(self) -> bool:
        return any(split == "extrapolation" and end > first for split, first, end in self.bounds)

    def bound(self, split: Split) -> tuple[int, int]:
        """The first task of a split, and the first after it."""
        ((first, end),) = [(first, end) for name, first, end in self.bounds if name == split]
        return first, end

    def count(self, split: Split) -> int:
        first, end = self.bound(split)
        return end - first

    def group(self, task: TaskSample) -> Int[Array, "..."]:
        return self.kinds[task.index]

    def titles(self, tasks: TaskSample) -> list[str]:
        return [self.texts.tasks[index].name for index in np.asarray(tasks.index)]

    @property
    def group_names(self) -> tuple[str, ...]:
        return self.names

    def sample(self, n: int, *, split: Split, key: PRNGKeyArray) -> TaskSample:
        key = jax.random.fold_in(key, SPLITS.index(split))
        first, end = self.bound(split)
        turns_key, tasks_key = jax.random.split(key)
        turns = -(-n // (end - first))
        order = jax.vmap(lambda key: jax.random.permutation(key, end - first))(jax.random.split(turns_key, turns))

        def tell(index: Int[Array, ""], key: PRNGKeyArray) -> TaskSample:
            wording_key, order_key = jax.random.split(key)
            last = self.wordings[index] - 1
            seen = jax.random.randint(wording_key, (), 0, jnp.maximum(last, 1))
            slots = self.corpus.prompts.shape[2]
            ranks = jax.random.uniform(order_key, (slots,)) + (jnp.arange(slots) >= self.corpus.instances[index])
            return TaskSample(index, seen if split == "meta-train" else last, jnp.argsort(ranks))

        return jax.vmap(tell)(first + order.reshape(-1)[:n], jax.random.split(tasks_key, n))

    def draw(self, n: int, *, outside: bool, key: PRNGKeyArray) -> TaskSample:
        return self.sample(n, split="extrapolation" if outside else "meta-test", key=key)

    def task_info(self, task: TaskSample, *, key: PRNGKeyArray) -> TaskInfo:
        true = jax.nn.one_hot(task.index, len(self.kinds))
        return TaskInfo(self.vectors[task.index, task.wording], true, self.kinds[task.index])

    def batch(self, learner: Any, task: TaskSample, *, size: int, key: PRNGKeyArray) -> Answers:
        """The first instances in the task's order; where it has fewer than `size`, they come again."""
        return self.asked(task, jnp.arange(size))

    def asked(self, task: TaskSample, places: Int[Array, " example"], alternative: int = 0) -> Answers:
        """Instances at places of the task's order."""
        chosen = task.order[places % self.corpus.instances[task.index]]
        wording = task.wording % self.corpus.prompts.shape[1]  # 0 where prompts have no definition
        return self.corpus.rows(task.index, wording, chosen, alternative)

    def inner_loss(self, learner: Any, batch: Answers) -> Float[Array, ""]:
        """The mean negative log-likelihood of the answers' tokens, in nats."""
        return self.model.loss(learner, batch)

    def outer_loss(self, learner: Any, batch: Answers) -> Float[Array, ""]:
        return self.inner_loss(learner, batch)

    def score(self, learner: Any, task: TaskSample, *, key: PRNGKeyArray) -> dict[str, Float[Array, ""]]:
        """Accuracy and loss on the instances after those of the support set.

        A greedy answer that is any of the right ones counts; the loss is that of the first right one.
        """
        right, losses = self.judged(learner, task, self.test_examples)
        return {"accuracy": jnp.mean(right), "loss": jnp.mean(losses)}

    def judged(
        self, learner: Any, task: TaskSample, count: int
    ) -> tuple[Float[Array, " example"], Float[Array, " example"]]:
        """Whether each of `count` instances after the support set is answered rightly, and the loss of each."""
        places = self.shots + jnp.arange(count)
        right, losses = self.model.answered(learner, self.asked(task, places))
        for alternative in range(1, self.corpus.answers.shape[2]):
            batch = self.asked(task, places, alternative)
            there = jnp.any(batch.weights > 0, axis=1)
            # An example without a further answer is left as it is.
            right = jax.lax.cond(
                jnp.any(there),
                lambda right, batch=batch, there=there: jnp.maximum(
                    right, jnp.where(there, self.model.answered(learner, batch)[0], 0.0)
                ),
                lambda right: right,
                right,
            )
        return right, losses

    def references(self, tasks: TaskSample) -> dict[str, Float[np.ndarray, " task"]]:
        """Accuracy of the untouched model that is told the task in its prompt."""

        def told(*, shown: bool, definition_in_prompt: bool) -> Float[np.ndarray, " task"]:
            return in_context(
                self.model,
                self.texts,
                tasks,
                shots=self.shots,
                shown=shown,
                test_examples=self.test_examples,
                definition_in_prompt=definition_in_prompt,
            )

        examples = f"{self.shots} example{'s' * (self.shots > 1)} in the prompt"
        return {
            "definition in the prompt": told(shown=False, definition_in_prompt=True),
            examples: told(shown=True, definition_in_prompt=False),
            f"definition and {examples}": told(shown=True, definition_in_prompt=True),
        }

    def learner(self, *, context: int = 0, key: PRNGKeyArray) -> Any:
        if context:
            raise ValueError("Language: a language model has no inputs for a context; methods that need one do not fit")
        return self.model.learner(key=key)

    def item_encoder(self, width: int, *, key: PRNGKeyArray) -> MLP:
        return MLP((BUCKETS, width, width), key=key)

    def signature(self, batch: Answers) -> Float[Array, " feature"]:
        """The mean over examples of their counts of tokens in 256 buckets, of length 1."""
        return jnp.mean(bags(batch), axis=0)

    def scene(self, tasks: TaskSample, support: Answers) -> dict[str, Any]:
        indices, orders = np.asarray(tasks.index), np.asarray(tasks.order)
        asked = [
            [self.texts.tasks[index].instances[order[self.shots + place]] for place in range(self.portrayed_questions)]
            for index, order in zip(indices, orders, strict=True)
        ]
        return {
            "task": np.array(self.titles(tasks)),
            "asked": np.array([[each.input for each in row] for row in asked]),
            "truth": np.array([[each.outputs[0] for each in row] for row in asked]),
        }

    @property
    def portrayed_questions(self) -> int:
        """How many questions of a task are in its picture."""
        return min(PORTRAYED, self.test_examples)

    def portrait(self, learner: Any, task: TaskSample, *, key: PRNGKeyArray) -> Float[Array, " query"]:
        """Whether the learner answers each question of the picture rightly."""
        return self.judged(learner, task, self.portrayed_questions)[0]
