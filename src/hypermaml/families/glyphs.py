"""Few-shot classification of images of characters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt8

from hypermaml._core.family import AbstractPicture, Metric
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml.data.characters import Characters, check_counts
from hypermaml.nn.convolution import ConvNet, Normalization
from hypermaml.nn.likelihood import Categorical
from hypermaml.nn.mlp import MLP, each

PORTRAYED = 3  # query images of a class in a picture
POOLED = 4  # pixels that a signature takes together


class Letters(eqx.Module):
    """Labelled images, in the order 0, 1, …, ways - 1, 0, 1, … of their classes.

    Attributes:
        image: shape `(example, 28, 28)`, 255 is ink.
        label: the class, from 0 on.
    """

    image: UInt8[Array, "example row column"]
    label: Int[Array, " example"]


class Ways(eqx.Module):
    """One task: the characters that are its classes.

    Attributes:
        characters: of each class, an index into the family's.
        rotations: of each class, by how many quarters of a circle its images are rotated.
    """

    characters: Int[Array, "... way"]
    rotations: Int[Array, "... way"]


class LabelledImage(eqx.Module):
    """A network from an image and its label to features.

    Attributes:
        network: of the image.
        joint: of its output and the label, one entry a class.
    """

    network: ConvNet
    joint: MLP

    def __call__(self, item: tuple[Array, Array]) -> Float[Array, " feature"]:
        image, label = item
        return self.joint(jnp.concatenate([jax.nn.relu(self.network(image)), label]))


@dataclass(frozen=True)
class Labelled:
    """Maps a batch to its images and its labels, one entry a class.

    Attributes:
        ways: classes.
    """

    ways: int

    def __call__(self, batch: Letters) -> tuple[Float[Array, "example row column 1"], Float[Array, "example way"]]:
        return inputs(batch), jax.nn.one_hot(batch.label, self.ways)


def inputs(batch: Letters) -> Float[Array, "example row column 1"]:
    """Return the images as the network reads them, ink as 1."""
    return batch.image[..., None] / 255.0


def labels(batch: Letters) -> Int[Array, " example"]:
    """Return the class of each example."""
    return batch.label


class Glyphs(AbstractSupervisedFamily):
    """Tell `ways` characters apart after a few images of each; alphabets of a test are in no other split.

    A task draws its characters from all alphabets of its split, or from one of them, and no image of it is both in the
    support and in the query set. There is no description. In meta-training, characters that are rotated by 90°, 180°
    or 270° count as characters of their own. There is no split for extrapolation.

    Attributes:
        images: of all characters, `(character, image, 28, 28)`.
        scripts: the alphabet of each character, counted from 0.
        bounds: of each split, its first character and the first after its last.
        ways: classes N.
        support: support images K of each class.
        query: query images of each class, in meta-training.
        test_images: query images of each class, in tests.
        filters: features of each convolution.
        depth: convolutions.
        normalization: of the network's features: "batch" over the examples that are seen together, or "none".
        one_script: whether the characters of a task are all of one alphabet.

    Raises:
        ValueError: a split has fewer characters than `ways`, with `one_script` each alphabet of a split has, or a
            character has too few images.

    Reference:
        Lake et al. 2015 (doi 10.1126/science.aab3050) for the tasks; Finn et al. 2017 (arXiv 1703.03400), section 5.2.
    """

    metrics: ClassVar[Mapping[str, Metric]] = {
        "accuracy": Metric(higher_is_better=True),
        "loss": Metric(unit="nats", label="cross-entropy"),
    }
    one_task_at_a_time: ClassVar[bool] = True
    inputs: ClassVar[Callable[[Any], Array]] = staticmethod(inputs)
    labels: ClassVar[Callable[[Any], Array]] = staticmethod(labels)

    images: UInt8[Array, "character image row column"]
    scripts: Int[Array, " character"]
    bounds: tuple[tuple[str, int, int], ...] = eqx.field(static=True)
    ways: int = eqx.field(static=True)
    support: int = eqx.field(static=True)
    query: int = eqx.field(static=True)
    test_images: int = eqx.field(static=True)
    filters: int = eqx.field(static=True)
    depth: int = eqx.field(static=True)
    normalization: Normalization = eqx.field(static=True)
    one_script: bool = eqx.field(static=True)

    def __init__(
        self,
        splits: Mapping[str, Characters],
        *,
        ways: int = 5,
        support: int = 1,
        query: int = 5,
        test_images: int = 15,
        filters: int = 64,
        depth: int = 4,
        normalization: Normalization = "batch",
        one_script: bool = False,
    ):
        """Put the images of all splits into one array.

        Args:
            splits: the characters of each, from `Characters.split`.
            ways: classes N, at least 2.
            support: support images K of each class, at least 1.
            query: query images of each class, at least 1.
            test_images: query images of each class in tests, at least 1.
            filters: features of each convolution, at least 1.
            depth: convolutions, at least 1.
            normalization: "batch" or "none".
            one_script: whether the characters of a task are all of one alphabet; alphabets with fewer than `ways`
                characters are left out.
        """
        for name, value, least in (
            ("ways", ways, 2),
            ("support", support, 1),
            ("query", query, 1),
            ("test_images", test_images, 1),
        ):
            if value < least:
                raise ValueError(f"Glyphs: {name} is {value}, but it must be at least {least}")
        fewest = min((len(own) for characters in splits.values() for own in characters.images), default=0)
        used = max(fewest, support + max(query, test_images))
        stacks, bounds, end = [], [], 0
        for split, characters in splits.items():
            check_counts(characters, ways=ways, split=split, one_script=one_script)
            stacks.append(characters.stacked(used))
            bounds.append((split, end, end + len(characters)))
            end += len(characters)
        alphabets = [alphabet for characters in splits.values() for alphabet in characters.alphabets]
        self.images = jnp.asarray(np.concatenate(stacks))
        self.scripts = jnp.asarray(np.unique(alphabets, return_inverse=True)[1])
        self.one_script = one_script
        self.bounds = tuple(bounds)
        self.ways, self.support, self.query, self.test_images = ways, support, query, test_images
        self.filters, self.depth, self.normalization = filters, depth, normalization

    def set_size(self, count: int) -> int:
        return self.ways * min(count, self.images.shape[1])

    @property
    def shots(self) -> int:
        """Return the support examples of all classes."""
        return self.ways * self.support

    @property
    def queries(self) -> int:
        """Return the query examples of all classes, in meta-training."""
        return self.ways * self.query

    @property
    def test_size(self) -> int:
        """Return the query examples of all classes, in tests."""
        return self.ways * self.test_images

    @property
    def items(self) -> Labelled:
        """Return the map from a batch to its images and its labels."""
        return Labelled(self.ways)

    @property
    def likelihood(self) -> Categorical:
        return Categorical()

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Ways:
        key = self.split_key(split, key)
        ((first, end),) = [(first, end) for name, first, end in self.bounds if name == split]

        def draw(key: PRNGKeyArray) -> Ways:
            character_key, _, rotation_key = jax.random.split(key, 3)
            characters = first + self.choose(self.scripts[first:end], character_key)
            upright = jnp.zeros(self.ways, int)
            rotated = jax.random.randint(rotation_key, (self.ways,), 0, 4)
            return Ways(characters, rotated if split == "meta-train" else upright)

        return jax.vmap(draw)(jax.random.split(key, n))

    def choose(self, scripts: Int[Array, " character"], key: PRNGKeyArray) -> Int[Array, " way"]:
        """Choose the characters of a task from those of a split, given by their alphabets."""
        if self.one_script:
            script_key, key = jax.random.split(key)
            large = jnp.bincount(scripts, length=len(self.scripts)) >= self.ways
            own = scripts == jax.random.categorical(script_key, jnp.where(large, 0.0, -jnp.inf))
        else:
            own = jnp.ones(scripts.shape, bool)
        # The greatest of as many uniform numbers: choosing without replacement would sort thousands of characters.
        return jax.lax.top_k(jnp.where(own, jax.random.uniform(key, scripts.shape), -1.0), self.ways)[1]

    def group(self, task: Ways) -> Int[Array, "..."] | None:
        """Return the alphabet of the task, where it has one."""
        return self.scripts[task.characters[..., 0]] if self.one_script else None

    def identities(self, tasks: Ways) -> list[str]:
        """Return the characters of each task with their rotations: their order does not make another task."""
        characters, rotations = np.asarray(tasks.characters), np.asarray(tasks.rotations)
        paired = (sorted(zip(*ways, strict=True)) for ways in zip(characters, rotations, strict=True))
        return [" ".join(f"{character}/{rotation}" for character, rotation in ways) for ways in paired]

    def task_info(self, task: Ways, *, key: PRNGKeyArray) -> TaskInfo:
        return TaskInfo(jnp.zeros(0), jnp.zeros(0))

    def batch(self, learner: Any, task: Ways, *, size: int, key: PRNGKeyArray) -> Letters:
        """Return different images of each class in random order.

        Raises:
            ValueError: `size` is not a multiple of the classes, or there are fewer images.
        """
        if size % self.ways:
            raise ValueError(f"Glyphs: size is {size} images, but it must be a multiple of the {self.ways} classes")
        count, most = size // self.ways, self.images.shape[1]
        if count > most:
            raise ValueError(f"Glyphs: size is {size} images, but the {self.ways} classes have {most} images each")
        # A permutation by sorting, which on a device costs less than `choice` for each class.
        chosen = jnp.argsort(jax.random.uniform(key, (self.ways, most)), axis=1)[:, :count].T
        images = self.images[task.characters, chosen]
        images = jax.vmap(jax.vmap(rotate), in_axes=(0, None))(images, task.rotations)
        return Letters(images.reshape(-1, *images.shape[2:]), jnp.tile(jnp.arange(self.ways), count))

    def inner_loss(self, learner: Any, batch: Letters) -> Float[Array, ""]:
        """Return the mean cross-entropy on a batch, in nats."""
        logits = each(learner, inputs(batch))
        return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, batch.label))

    def outer_loss(self, learner: Any, batch: Letters) -> Float[Array, ""]:
        return self.inner_loss(learner, batch)

    def score(self, learner: Any, task: Ways, query: Letters) -> dict[str, Float[Array, ""]]:
        """Return accuracy and cross-entropy on the query images, which the learner sees together."""
        logits = each(learner, inputs(query))
        losses = optax.softmax_cross_entropy_with_integer_labels(logits, query.label)
        return {"accuracy": jnp.mean(jnp.argmax(logits, axis=1) == query.label), "loss": jnp.mean(losses)}

    def learner(self, *, context: int = 0, key: PRNGKeyArray) -> ConvNet:
        return self.network(self.ways, context=context, key=key)

    def network(self, outputs: int, *, context: int = 0, key: PRNGKeyArray) -> ConvNet:
        """Return an untrained network of images."""
        return ConvNet(
            self.filters, outputs, normalization=self.normalization, depth=self.depth, context=context, key=key
        )

    def item_encoder(self, width: int, *, key: PRNGKeyArray) -> LabelledImage:
        image, joint = jax.random.split(key)
        return LabelledImage(self.network(width, key=image), MLP((width + self.ways, width, width), key=joint))

    def signature(self, batch: Letters) -> Float[Array, " feature"]:
        """Return the mean image, each image 7 × 7 and of length 1."""
        side = batch.image.shape[1] // POOLED
        pooled = inputs(batch)[..., 0].reshape(-1, side, POOLED, side, POOLED).mean((2, 4)).reshape(-1, side**2)
        return jnp.mean(pooled / jnp.maximum(jnp.linalg.norm(pooled, axis=1, keepdims=True), 1e-6), axis=0)

    @property
    def picture(self) -> "LetterPicture":
        return LetterPicture()


class LetterPicture(AbstractPicture):
    """Shows some query images of each class, and the class that the learner gives each of them."""

    name: ClassVar[str] = "answers"

    def scene(self, family: Glyphs, tasks: Ways, support: Letters, query: Letters) -> dict[str, Array]:
        shown = self.shown(family)
        return {
            "letters": query.image[:, :shown],
            "labels": query.label[:, :shown],
            "examples": support.image[:, 0, : family.ways],
        }

    def portrait(
        self, family: Glyphs, learner: Any, task: Ways, query: Letters, *, key: PRNGKeyArray
    ) -> Int[Array, " query"]:
        return jnp.argmax(each(learner, inputs(query)), axis=1)[: self.shown(family)]

    def shown(self, family: Glyphs) -> int:
        """Return how many query images the picture shows."""
        return family.ways * min(PORTRAYED, family.test_images)


def rotate(image: UInt8[Array, "row column"], quarters: Int[Array, ""]) -> UInt8[Array, "row column"]:
    """Return the image rotated by this many quarters of a circle."""
    return jnp.stack([jnp.rot90(image, count) for count in range(4)])[quarters]
