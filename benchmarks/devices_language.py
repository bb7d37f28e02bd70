"""A language model of a billion weights without the weights: shapes alone, which programs can be compiled for.

The shape is that of Llama 3.2 1B. LoRAs of queries and values adapt in all of its layers. A task has texts of one
length, and its description has as many entries as a hidden state.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import Metric
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml.families.language.family import bags, of_one_class
from hypermaml.lm.adapted import Adapted
from hypermaml.lm.answers import Answers
from hypermaml.lm.architecture import PROJECTIONS, Architecture
from hypermaml.lm.decoder import Decoder, Layer, Projection

SHAPE = Architecture(128256, 2048, 16, 32, 8, 64, 8192, 131072, 1e-5, 5e5, tied=True)
SHOTS, QUERIES, TOKENS, ANSWER = 4, 8, 256, 32
PRECISION = jnp.bfloat16  # of the frozen weights


class OneLength(AbstractSupervisedFamily):
    """Tasks in words whose texts all have one length; the texts are empty.

    Attributes:
        model: the language model, of which shapes are known alone.
        shots: support texts.
        queries: query texts.
    """

    metrics: ClassVar = {"loss": Metric(unit="nats")}
    networks: ClassVar[bool] = False
    inputs: ClassVar[Callable[[Any], Array]] = staticmethod(bags)
    items: ClassVar[Callable[[Any], Any]] = staticmethod(bags)
    labels: ClassVar[Callable[[Any], Array]] = staticmethod(of_one_class)

    model: Adapted
    shots: int = eqx.field(static=True, default=SHOTS)
    queries: int = eqx.field(static=True, default=QUERIES)

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Any:
        return jnp.zeros(n)

    def task_info(self, task: Any, *, key: PRNGKeyArray) -> TaskInfo:
        return TaskInfo(jnp.zeros(SHAPE.width), jnp.zeros(1))

    def batch(self, learner: Any, task: Any, *, size: int, key: PRNGKeyArray) -> Answers:
        places = jnp.broadcast_to(TOKENS - 1 - ANSWER + jnp.arange(ANSWER), (size, ANSWER))
        return Answers(jnp.zeros((size, TOKENS), int), places, jnp.ones((size, ANSWER)))

    def inner_loss(self, learner: Any, batch: Answers) -> Float[Array, ""]:
        return self.model.loss(learner, batch)

    def outer_loss(self, learner: Any, batch: Answers) -> Float[Array, ""]:
        return self.inner_loss(learner, batch)

    def score(self, learner: Any, task: Any, query: Any) -> dict[str, Float[Array, ""]]:
        return {"loss": self.inner_loss(learner, query)}

    def learner(self, *, context: int = 0, key: PRNGKeyArray) -> Any:
        return self.model.learner(key=key)

    def item_encoder(self, width: int, *, key: PRNGKeyArray) -> Any:
        raise NotImplementedError

    def signature(self, batch: Any) -> Float[Array, " feature"]:
        return jnp.mean(bags(batch), axis=0)


def language(devices: int) -> OneLength:
    """Return the family, the frozen weights of which are shapes that lie whole on each of the devices."""
    whole = NamedSharding(Mesh(jax.devices()[:devices], ("tasks",)), PartitionSpec()) if devices > 1 else None

    def array(*size: int) -> Any:
        return jax.ShapeDtypeStruct(size, PRECISION, sharding=whole)

    def layers(count: int) -> Layer:
        projections: dict[str, Any] = {name: Projection(array(count, *SHAPE.shape(name))) for name in PROJECTIONS}
        return Layer(projections, array(count, SHAPE.width), array(count, SHAPE.width))

    decoder = Decoder(
        array(SHAPE.vocabulary, SHAPE.width),
        layers(0),
        layers(SHAPE.layers),
        array(SHAPE.width),
        None,
        array(SHAPE.head_size // 2),
        SHAPE,
    )
    return OneLength(model=Adapted(decoder))


def frozen(family: OneLength) -> int:
    """Return the number of weights of the frozen model."""
    return sum(leaf.size for leaf in jax.tree.leaves(family.model.decoder))
