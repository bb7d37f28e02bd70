"""The contract of a task family p(T)."""

import hashlib
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.execution import present
from hypermaml._core.mapping import map_tasks, vmap_tasks
from hypermaml._core.own_tasks import AbstractOwnTasks
from hypermaml._core.task_info import TaskInfo
from hypermaml._misc.checks import check_count

OPTIMUM = "optimum"


@dataclass(frozen=True)
class Metric:
    """A score, and how to read it.

    Attributes:
        higher_is_better: the direction.
        unit: the physical unit; empty for none.
        label: the name in tables and plots; empty for the name in `metrics`.
        leads: whether a report leads with it; where none does, with the first of `metrics`.
    """

    higher_is_better: bool = False
    unit: str = ""
    label: str = ""
    leads: bool = False


class AbstractPicture(eqx.Module):
    """Collects the arrays that a picture of a family's tasks shows.

    Attributes:
        name: of the array that `portrait` gives.
    """

    name: ClassVar[str]

    @abstractmethod
    def scene(self, family: Any, tasks: Any, support: Any, query: Any) -> dict[str, Any]:
        """Return the arrays that are the same for every method.

        Args:
            family: of the tasks.
            tasks: stacked.
            support: the evaluation's support batches, shape `(task, step, ...)`.
            query: the evaluation's query sets, shape `(task, ...)`; `None` where the family is on-policy.
        """

    @abstractmethod
    def portrait(self, family: Any, learner: Any, task: Any, query: Any, *, key: PRNGKeyArray) -> Array:
        """Return the array of one learner on one task."""

    def portraits(self, family: Any, learners: Any, tasks: Any, query: Any, *, key: PRNGKeyArray) -> Array:
        """Return `portrait` of stacked tasks, each with its own learner and the same key."""
        return jax.vmap(lambda learner, task, query: self.portrait(family, learner, task, query, key=key))(
            learners, tasks, query
        )


class AbstractFamily(AbstractOwnTasks):
    """A distribution of tasks, their data and their losses.

    Everything but `sample` is written for one task. `task_infos`, `batches`, `test_sets`, `test_queries` and `scores`
    are the forms for tasks stacked along the first axis; a family that cannot be `vmap`ped overrides them.

    Attributes:
        shots: examples or trajectories of a support batch.
        queries: examples or trajectories of a query batch in meta-training.
        on_policy: whether `batch` depends on the learner.
        one_task_at_a_time: whether meta-gradient and scores on a CPU take task after task, which is faster where the
            data of a few tasks overflow the cache.
        supports_are_queries: whether support and query of an on-policy family are drawn alike. The support of a step is
            then also the query of the learner before that step, which has not adapted on it.
        losses_are_errors: whether the outer loss measures how wrong a learner is, at least 0; the surrogate losses of
            reinforcement learning do not.
        metrics: what `score` gives, by name. Rates and the test-time schedule are chosen by the first.
        task_line: a line of a file of tasks, for sentences.
        in_folders: whether `write_folder` is the usual form of an adapted model.
        networks: whether learners are networks with inputs that a context can join, hidden features and a last layer.
    """

    shots: eqx.AbstractVar[int]
    queries: eqx.AbstractVar[int]
    on_policy: ClassVar[bool] = False
    one_task_at_a_time: ClassVar[bool] = False
    supports_are_queries: ClassVar[bool] = True
    losses_are_errors: ClassVar[bool] = True
    in_folders: ClassVar[bool] = False
    task_line: ClassVar[str] = '{"name": "site 7", "description": "size=12", "support": "site7.csv"}'
    networks: ClassVar[bool] = True
    metrics: ClassVar[Mapping[str, Metric]]

    def __check_init__(self):
        for name, value in {"shots": self.shots, "queries": self.queries}.items():
            check_count(f"{type(self).__name__}: {name}", value)

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of the splits: meta-train first, meta-validation second, then those of tests."""
        return ("meta-train", "meta-validation", "meta-test")

    @property
    def test_splits(self) -> tuple[str, ...]:
        """The splits that methods are measured on, meta-test first."""
        return self.splits[2:]

    def split_number(self, split: str) -> int:
        """Return the number of a split, which decides its random stream.

        Raises:
            ValueError: the family has no such split.
        """
        if split not in self.splits:
            raise ValueError(
                f"the split is '{split}', but {type(self).__name__} has {', '.join(self.splits[:-1])} and "
                f"{self.splits[-1]}"
            )
        return self.splits.index(split)

    @abstractmethod
    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Any:
        """Return `n` tasks of a split, stacked. Each split has a random stream of its own: see `split_key`."""

    def split_key(self, split: str, key: PRNGKeyArray) -> PRNGKeyArray:
        """Return the key of a split's own random stream."""
        return jax.random.fold_in(key, self.split_number(split))

    @abstractmethod
    def task_info(self, task: Any, *, key: PRNGKeyArray) -> TaskInfo:
        """Return what is known of a task before adaptation; `key` draws the noise of a noisy description."""

    @abstractmethod
    def batch(self, learner: Any, task: Any, *, size: int, key: PRNGKeyArray) -> Any:
        """Return support or query data: `size` examples without repetition, or `size` trajectories of the learner."""

    @abstractmethod
    def inner_loss(self, learner: Any, batch: Any) -> Float[Array, ""]:
        """Return the loss whose gradient adapts."""

    @abstractmethod
    def outer_loss(self, learner: Any, batch: Any) -> Float[Array, ""]:
        """Return the loss that meta-training lowers."""

    @abstractmethod
    def score(self, learner: Any, task: Any, query: Any) -> dict[str, Float[Array, ""]]:
        """Return the scores of a learner on a task's query set, one for each of `metrics`.

        A further name `METRIC|OPTION=VALUE` is the same metric, measured in another way.
        """

    @abstractmethod
    def learner(self, *, context: int = 0, key: PRNGKeyArray) -> Any:
        """Return an ordinary initialization of the learner, with `context` more inputs."""

    @property
    def test_size(self) -> int:
        """The number of query examples of a test: as many as in meta-training, unless the family says otherwise."""
        return self.queries

    def test_set(self, task: Any, *, support_key: PRNGKeyArray, query_key: PRNGKeyArray) -> tuple[Any, Any]:
        """Return the support set and the query set of a test, where data do not depend on the learner.

        No example is in both.
        """
        drawn = self.batch(None, task, size=self.shots + self.test_size, key=support_key)
        support = jax.tree.map(lambda leaf: leaf[: self.shots], drawn)
        return support, jax.tree.map(lambda leaf: leaf[self.shots :], drawn)

    def test_query(self, learner: Any, task: Any, *, key: PRNGKeyArray) -> Any:
        """Return the query of a test, where data depend on the learner."""
        raise NotImplementedError(f"{type(self).__name__} has one query set for all learners")

    @property
    def metric(self) -> str:
        """The name of the first metric."""
        return next(iter(self.metrics))

    @property
    def higher_is_better(self) -> bool:
        """Whether a higher value of the first metric is better."""
        return self.metrics[self.metric].higher_is_better

    @property
    def on_host(self) -> bool:
        """Whether `batches`, `test_queries` and portraits run on the host: they are called outside of any jit."""
        return False

    @property
    def picture(self) -> AbstractPicture | None:
        """The picture of the tasks; `None` for no picture."""
        return None

    def count(self, split: str) -> int | None:
        """Return the number of tasks of a split, where each is drawn once before any comes again; else `None`."""
        return None

    @property
    def limited(self) -> bool:
        """Whether meta-training tasks come from a limited stock, such as recorded days, which can be learned by heart.

        By default it is so where their number is known.
        """
        return self.count("meta-train") is not None

    def titles(self, tasks: Any) -> list[str]:
        """Return the name of each of stacked tasks; nothing where tasks have no names."""
        return []

    def identities(self, tasks: Any) -> list[str]:
        """Return the identity of each of stacked tasks: equal for a task that is drawn again, with another seed too.

        A report reads by it which scores are of one task; see `hypermaml.report.statistics`. By default it is a digest
        of the task's arrays. Nothing where the tasks drawn are all that there are, so that no claim is about others.
        """
        leaves = [np.asarray(_as_numbers(leaf)) for leaf in jax.tree.leaves(tasks)]
        count = len(leaves[0]) if leaves else 0
        parts = ([np.ascontiguousarray(leaf[place]).tobytes() for leaf in leaves] for place in range(count))
        return [hashlib.sha256(b"|".join(part)).hexdigest()[:16] for part in parts]

    @property
    def account(self) -> str:
        """The account of the data that were read, for the user, such as the kinds of columns; empty by default."""
        return ""

    @property
    def group_names(self) -> tuple[str, ...]:
        """The name of each group, where groups have names."""
        return ()

    @property
    def support_sizes(self) -> tuple[int, ...]:
        """The sizes of support sets at which tests are repeated, for a curve over them; none by default."""
        return ()

    def with_support(self, size: int) -> "AbstractFamily":
        """Return the family with support sets of this size in tests, one of `support_sizes`.

        The query set of a test is the same for each size.
        """
        raise NotImplementedError(f"{type(self).__name__} tests with one size of support sets")

    def floor(self, task: Any) -> Float[Array, ""] | None:
        """Return the score of doing nothing on a task, the lower end of a share; `None` where it is not known."""
        return None

    def group(self, task: Any) -> Int[Array, "..."] | None:
        """Return the number of a task's group, such as a cluster or a script; `None` without groups."""
        return None

    def references(self, tasks: Any, support: Any, query: Any) -> dict[str, Float[np.ndarray, " task"]]:
        """Return the scores of baselines that need no meta-training, by name.

        One of the name `OPTIMUM` is the best there can be, and the upper end of a share.

        Args:
            tasks: stacked.
            support: the support sets of the test, stacked; `None` where the family is on-policy.
            query: the query sets of the test, stacked; `None` where the family is on-policy.
        """
        return {}

    def check_draws(self, *, key: PRNGKeyArray) -> None:
        """Check values that are drawn, before training begins; by default nothing.

        Raises:
            ValueError: a value is not what the losses need.
        """
        return None

    def environment_steps(self, size: int) -> int:
        """Return the environment steps that a batch of `size` trajectories costs one task; 0 without environment."""
        return 0

    def task_infos(self, tasks: Any, *, key: PRNGKeyArray) -> TaskInfo:
        """Return `task_info` of stacked tasks."""
        return vmap_tasks(lambda task, key: self.task_info(task, key=key))(tasks, keys_for(tasks, key))

    def batches(self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray) -> Any:
        """Return `batch` of stacked tasks, each with its own learner."""
        return vmap_tasks(lambda learner, task, key: self.batch(learner, task, size=size, key=key))(
            learners, tasks, keys_for(tasks, key)
        )

    def supports(self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray) -> Any:
        """Return support batches of stacked tasks, where the family is on-policy: as those of the query by default.

        A family that draws them otherwise sets `supports_are_queries` to False.
        """
        return self.batches(learners, tasks, size=size, key=key)

    def test_sets(self, tasks: Any, *, support_key: PRNGKeyArray, query_key: PRNGKeyArray) -> tuple[Any, Any]:
        """Return `test_set` of stacked tasks."""
        return vmap_tasks(lambda task, support, query: self.test_set(task, support_key=support, query_key=query))(
            tasks, keys_for(tasks, support_key), keys_for(tasks, query_key)
        )

    def test_queries(self, learners: Any, tasks: Any, *, key: PRNGKeyArray) -> Any:
        """Return `test_query` of stacked tasks, each with its own learner."""
        # The rollouts of all tasks take each of their time steps together.
        return vmap_tasks(lambda learner, task, key: self.test_query(learner, task, key=key))(
            learners, tasks, keys_for(tasks, key)
        )

    def scores(self, learners: Any, tasks: Any, queries: Any) -> dict[str, Float[Array, " task"]]:
        """Return `score` of stacked tasks, each with its own learner."""
        if self.on_policy:
            return vmap_tasks(self.score)(learners, tasks, queries)
        return map_tasks(self.score, self, learners, tasks, queries)


def keys_for(tasks: Any, key: PRNGKeyArray) -> PRNGKeyArray:
    """One key for each of the stacked tasks, the same whether they are all of their stack or a share of it."""
    share = present().share
    if share is None:
        return jax.random.split(key, jax.tree.leaves(tasks)[0].shape[0])
    return jax.random.split(key, share.count)[share.numbers]


def numbers_of(tasks: Any) -> list[int]:
    """Return the number of each of stacked tasks in their stack, of which these may be a share."""
    share = present().share
    return list(range(jax.tree.leaves(tasks)[0].shape[0])) if share is None else share.numbers.tolist()


def _as_numbers(leaf: Any) -> Any:
    is_key = isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
    return jax.random.key_data(leaf) if is_key else leaf
