"""The contract of a task family p(T)."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Literal, get_args

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.task_info import TaskInfo

Split = Literal[
    "meta-train",
    "meta-validation",
    "meta-test",
    "extrapolation",
    "unseen-profiles",
    "unseen-season",
    "unseen-profiles-and-season",
]
SPLITS: tuple[Split, ...] = get_args(Split)
OPTIMUM = "optimum"


class AbstractFamily(eqx.Module):
    """A distribution of tasks, their data and their losses.

    Everything but `sample` is written for one task. `task_infos`, `batches`, `scores` and `portraits` are the forms for
    tasks stacked along the first axis; a family that cannot be `vmap`ped overrides them.

    Attributes:
        shots: examples or trajectories of a support batch.
        queries: examples or trajectories of a query batch.
        on_policy: whether `batch` depends on the learner.
        one_task_at_a_time: whether meta-gradient and scores on a CPU take task after task, which is faster where the
            data of a few tasks overflow the cache.
        metric: the entry of `score` that rates and the test-time schedule are chosen by. A report leads with accuracy
            where there is one.
        higher_is_better: how to read it.
        portrayed: what `portrait` is called in the arrays of a picture.
    """

    shots: eqx.AbstractVar[int]
    queries: eqx.AbstractVar[int]
    on_policy: ClassVar[bool] = False
    one_task_at_a_time: ClassVar[bool] = False
    metric: ClassVar[str]
    higher_is_better: ClassVar[bool] = False
    portrayed: ClassVar[str]

    def __check_init__(self):
        for name, value in {"shots": self.shots, "queries": self.queries}.items():
            if value < 1:
                raise ValueError(f"{type(self).__name__}: {name} is {value}, but it must be at least 1")

    @abstractmethod
    def draw(self, n: int, *, outside: bool, key: PRNGKeyArray) -> Any:
        """`n` tasks, stacked, from the family's region or, with `outside`, from the region held out around it."""

    @abstractmethod
    def task_info(self, task: Any, *, key: PRNGKeyArray) -> TaskInfo:
        """What an embedder may see; `key` draws the noise of a noisy descriptor."""

    @abstractmethod
    def batch(self, learner: Any, task: Any, *, size: int, key: PRNGKeyArray) -> Any:
        """Support or query data: `size` examples, or `size` trajectories of the learner."""

    @abstractmethod
    def inner_loss(self, learner: Any, batch: Any) -> Float[Array, ""]:
        """Its gradient adapts."""

    @abstractmethod
    def outer_loss(self, learner: Any, batch: Any) -> Float[Array, ""]:
        """What meta-training lowers."""

    @abstractmethod
    def score(self, learner: Any, task: Any, *, key: PRNGKeyArray) -> dict[str, Float[Array, ""]]:
        """What people read, by metric; `metric` among them."""

    @abstractmethod
    def learner(self, *, context: int = 0, key: PRNGKeyArray) -> Any:
        """An ordinary initialization of the learner, with `context` more inputs."""

    @abstractmethod
    def scene(self, tasks: Any, support: Any) -> dict[str, Any]:
        """What a picture of stacked tasks shows whatever the method, given the evaluation's support batches."""

    @abstractmethod
    def portrait(self, learner: Any, task: Any, *, key: PRNGKeyArray) -> Array:
        """What a picture shows of a learner on a task."""

    @property
    def on_host(self) -> bool:
        """Whether `batches`, `scores` and `portraits` run on the host: they are then called outside of any jit."""
        return False

    @property
    def extrapolates(self) -> bool:
        """Whether there is a region of tasks held out for extrapolation."""
        return True

    @property
    def test_splits(self) -> tuple[Split, ...]:
        """The splits that methods are measured on, meta-test first."""
        return ("meta-test", "extrapolation") if self.extrapolates else ("meta-test",)

    def count(self, split: Split) -> int | None:
        """How many tasks a split has, where each is drawn once before any comes again; `None` for no end of them."""
        return None

    def titles(self, tasks: Any) -> list[str]:
        """What each of stacked tasks is called; empty where tasks have no names."""
        return []

    @property
    def group_names(self) -> tuple[str, ...]:
        """What each group is called, where groups have names."""
        return ()

    def floor(self, task: Any) -> Float[Array, ""] | None:
        """The score of doing nothing on a task, where the family knows one: the lower end of a share."""
        return None

    def group(self, task: Any) -> Int[Array, "..."] | None:
        """What tasks have in common that nothing is told of, such as a cluster or a script; `None` for nothing."""
        return None

    def references(self, tasks: Any) -> dict[str, Float[np.ndarray, " task"]]:
        """The scores on stacked tasks of what needs no meta-training, by name.

        One of the name `OPTIMUM` is the best there can be, and the upper end of a share.
        """
        return {}

    def environment_steps(self, size: int) -> int:
        """Environment steps that a batch of `size` trajectories costs one task; 0 where there is no environment."""
        return 0

    def sample(self, n: int, *, split: Split, key: PRNGKeyArray) -> Any:
        """`n` tasks of a split, stacked. Each split has its own stream of tasks: no two of them share a task."""
        return self.draw(n, outside=split == "extrapolation", key=jax.random.fold_in(key, SPLITS.index(split)))

    def task_infos(self, tasks: Any, *, key: PRNGKeyArray) -> TaskInfo:
        """`task_info` of stacked tasks."""
        return jax.vmap(lambda task, key: self.task_info(task, key=key))(tasks, keys_for(tasks, key))

    def batches(self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray) -> Any:
        """`batch` of stacked tasks, each with its own learner."""
        return jax.vmap(lambda learner, task, key: self.batch(learner, task, size=size, key=key))(
            learners, tasks, keys_for(tasks, key)
        )

    def supports(self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray) -> Any:
        """Support batches of stacked tasks, where the family is on-policy: as those of the query by default."""
        return self.batches(learners, tasks, size=size, key=key)

    def scores(self, learners: Any, tasks: Any, *, key: PRNGKeyArray) -> dict[str, Float[Array, " task"]]:
        """`score` of stacked tasks, each with its own learner."""

        def of_task(learner: Any, task: Any, key: PRNGKeyArray) -> dict[str, Float[Array, ""]]:
            return self.score(learner, task, key=key)

        stacked = learners, tasks, keys_for(tasks, key)
        # The rollouts of all tasks take each of their time steps together.
        return jax.vmap(of_task)(*stacked) if self.on_policy else map_tasks(of_task, self, *stacked)

    def portraits(self, learners: Any, tasks: Any, *, key: PRNGKeyArray) -> Array:
        """`portrait` of stacked tasks, each with its own learner and the same key."""
        return jax.vmap(lambda learner, task: self.portrait(learner, task, key=key))(learners, tasks)


def keys_for(tasks: Any, key: PRNGKeyArray) -> PRNGKeyArray:
    """One key for each of the stacked tasks."""
    return jax.random.split(key, jax.tree.leaves(tasks)[0].shape[0])


def one_at_a_time(family: AbstractFamily) -> bool:
    """Whether to take task after task here: a processor's cache overflows, an accelerator would idle."""
    return family.one_task_at_a_time and jax.default_backend() == "cpu"


def in_turn(of_task: Callable[..., Any], *stacked: Any) -> Any:
    """`of_task` of one task after another, the outputs stacked.

    Two tasks lie side by side in the loop's body, so that the small operations of one run beside the products of the
    other: on two cores a meta-gradient takes four fifths of the time, and more tasks side by side gain nothing more.
    """
    return jax.lax.scan(lambda _, task: (None, of_task(*task)), None, stacked, unroll=2)[1]


def map_tasks(of_task: Callable[..., Any], family: AbstractFamily, *stacked: Any) -> Any:
    """`of_task` of each task, one after another or all at once; the outputs stacked."""
    return in_turn(of_task, *stacked) if one_at_a_time(family) else jax.vmap(of_task)(*stacked)
