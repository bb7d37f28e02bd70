"""The embedder that a method's settings name."""

import jax
from jaxtyping import PRNGKeyArray

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.family import AbstractFamily
from hypermaml._core.reinforcement import AbstractReinforcementFamily
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml.embed.combined import Dropped, Joined
from hypermaml.embed.mode import Table, TrueMode
from hypermaml.embed.rollout import RolloutEncoder
from hypermaml.embed.set_encoder import Attention, DeepSets
from hypermaml.embed.task2vec import Standard
from hypermaml.methods.assembly.descriptions import descriptor_embedder, encoded_descriptor
from hypermaml.methods.assembly.learners import ENCODER
from hypermaml.methods.assembly.task2vec import embedded, task2vec_of
from hypermaml.methods.settings import EmbedderSettings

FITTED_TASKS = 200
Sized = tuple[AbstractEmbedder, int]


def embedder_for(settings: EmbedderSettings, family: AbstractFamily, key: PRNGKeyArray) -> Sized:
    """The untrained embedder that the settings name and the size of its embedding.

    Raises:
        ValueError: the family has nothing that such an embedder could read.
    """
    makers = {
        "descriptor": descriptor_embedder,
        "curve": encoded_descriptor,
        "shape": encoded_descriptor,
        "text": encoded_descriptor,
        "set": set_encoder,
        "mode": true_mode,
        "table": table,
        "task2vec": task2vec,
        "rollout": rollout_encoder,
    }
    made = [makers[name](settings, family, key) for name in settings.embedder.split("+")]
    embed = made[0][0] if len(made) == 1 else Joined(tuple(part for part, _ in made))
    if settings.descriptor_dropout:
        embed = Dropped(embed, settings.descriptor_dropout)
    return embed, sum(size for _, size in made)


def supervised(family: AbstractFamily) -> AbstractSupervisedFamily:
    """The family, whose tasks have one support set each.

    Raises:
        ValueError: they have not.
    """
    if not isinstance(family, AbstractSupervisedFamily):
        raise ValueError(f"the method reads a support set, and {type(family).__name__} has none")
    return family


def set_keys(key: PRNGKeyArray, count: int) -> PRNGKeyArray:
    """Keys for the pieces of an encoder of support sets."""
    return jax.random.split(jax.random.fold_in(key, ENCODER), count)


def set_encoder(settings: EmbedderSettings, family: AbstractFamily, key: PRNGKeyArray) -> Sized:
    """The untrained encoder of the family's support sets that the settings name."""
    examples, (item_key, set_key) = supervised(family), set_keys(key, 2)
    kind = {"mean": DeepSets, "attention": Attention}[settings.encoder]
    item = examples.item_encoder(settings.encoder_width, key=item_key)
    width, size = settings.encoder_width, settings.embedding_size
    return kind(examples.items, item, width=width, size=size, key=set_key), size


def modes_of(family: AbstractFamily) -> int:
    """How many kinds of tasks the family has.

    Raises:
        ValueError: only one, or it does not tell.
    """
    modes = family.modes if isinstance(family, AbstractSupervisedFamily) else 1
    if modes < 2:
        raise ValueError(f"the method reads which kind of task it meets, and {type(family).__name__} has no kinds")
    return modes


def true_mode(settings: EmbedderSettings, family: AbstractFamily, key: PRNGKeyArray) -> Sized:
    """1 at the task's mode."""
    modes = modes_of(family)
    return TrueMode(modes), modes


def table(settings: EmbedderSettings, family: AbstractFamily, key: PRNGKeyArray) -> Sized:
    """A learned vector for each mode."""
    (own,) = set_keys(key, 1)
    return Table(modes_of(family), settings.embedding_size, key=own), settings.embedding_size


def task2vec(settings: EmbedderSettings, family: AbstractFamily, key: PRNGKeyArray) -> Sized:
    """Task2Vec with a probe of random features, the untrained learner: only its last layer is ever fitted."""
    examples, keys = supervised(family), set_keys(key, 3)
    inner = task2vec_of(examples, family.learner(key=keys[0]), size=family.shots, key=keys[1])
    task_key, data_key = jax.random.split(keys[2])
    tasks = family.sample(FITTED_TASKS, split="meta-train", key=task_key)
    rows = embedded(inner, examples, tasks, size=family.shots, key=data_key)
    return Standard.fit(inner, rows), rows.shape[1]


def rollout_encoder(settings: EmbedderSettings, family: AbstractFamily, key: PRNGKeyArray) -> Sized:
    """The untrained encoder of exploratory trajectories.

    Raises:
        ValueError: the family has no trajectories.
    """
    if not isinstance(family, AbstractReinforcementFamily):
        raise ValueError(
            f"embedder is {settings.embedder}, but {type(family).__name__} has no trajectories to explore with"
        )
    (own,) = set_keys(key, 1)
    size = settings.embedding_size
    embed = RolloutEncoder(
        family.observation_size,
        family.environment.action_size,
        trajectories=settings.explorations,
        width=settings.encoder_width,
        size=size,
        key=own,
    )
    return embed, size
