"""The kind of a task, or which one of finitely many it is."""

import equinox as eqx
import jax
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.family import AbstractFamily
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml.embed.configuration import Mode, ModeTable
from hypermaml.embed.keys import Sized, set_keys


class TrueMode(AbstractEmbedder):
    """1 at the task's mode and 0 elsewhere.

    Attributes:
        modes: how many there are.
    """

    modes: int = eqx.field(static=True)

    @property
    def reads_mode(self) -> bool:
        return True

    def __call__(self, task_info: TaskInfo) -> Float[Array, " modes"]:
        return jax.nn.one_hot(0 if task_info.mode is None else task_info.mode, self.modes)


class Table(AbstractEmbedder):
    """A learned vector for each mode.

    Attributes:
        rows: one a mode; trained.
    """

    rows: Float[Array, "mode embedding"]

    def __init__(self, modes: int, size: int, *, key: PRNGKeyArray):
        """Draw vectors of deviation 1.

        Args:
            modes: how many there are.
            size: entries of the embedding, at least 1.
            key: for the vectors.
        """
        self.rows = jax.random.normal(key, (modes, size))

    @property
    def reads_mode(self) -> bool:
        return True

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        return self.rows[0 if task_info.mode is None else task_info.mode]


def modes_of(family: AbstractFamily) -> int:
    """Return how many kinds of tasks the family has.

    Raises:
        ValueError: only one, or it does not say.
    """
    modes = family.modes if isinstance(family, AbstractSupervisedFamily) else 1
    if modes < 2:
        raise ValueError(f"the method reads which kind of task it meets, and {type(family).__name__} has no kinds")
    return modes


def build(config: Mode | ModeTable, family: AbstractFamily, *, key: PRNGKeyArray) -> Sized:
    """Return the embedder of the task's kind and the size of its embedding."""
    modes = modes_of(family)
    if isinstance(config, Mode):
        return TrueMode(modes), modes
    (own,) = set_keys(key, 1)
    return Table(modes, config.size, key=own), config.size
