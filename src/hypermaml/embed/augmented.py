"""Conditioning augmentation: embeddings that meta-training blurs, by an amount that the generator reads."""

import math
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.evaluate import evaluate
from hypermaml._core.family import AbstractFamily
from hypermaml._core.method import Method
from hypermaml._core.task_info import TaskInfo
from hypermaml._core.trees import NonTrainable
from hypermaml.embed.around import AbstractAround

BLURS = (0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0)
WITHOUT_TASKS = 0.45
ROUNDING = 1e-9


class Augmented(AbstractAround):
    """A blurred embedding, and its blur s as one more entry: (√(1 - s²) e + s ε, s).

    ε is standard normal noise. In meta-training a share of the visits to tasks have a blur drawn from [0, 1], the
    others have none. So the generator learns at once to trust a description, at s = 0, to smooth over tasks with
    similar ones, and to do without, at s = 1, as MAML does. With few tasks a generator can learn each of their
    descriptions by heart; `choose_blur` then finds how much of the description helps on tasks that it has not seen. In
    tests nothing is drawn.

    Attributes:
        inner: whose embedding is blurred; its entries have a mean of about 0 and a deviation of about 1.
        share: the probability that a visit to a task in meta-training is blurred, in (0, 1].
        blur: s in tests, in [0, 1].

    Reference:
        Ho et al. 2022, "Cascaded diffusion models" (arXiv 2106.15282), section 4.2. The rule of one standard error is
        that of Breiman et al. 1984, "Classification and regression trees".
    """

    inner: AbstractEmbedder
    share: float = eqx.field(static=True)
    blur: NonTrainable

    def __init__(self, inner: AbstractEmbedder, share: float, blur: Any = 0.0):
        if not 0 < share <= 1:
            raise ValueError(f"augmentation is {share}, but it must be above 0 and at most 1")
        self.inner, self.share, self.blur = inner, share, NonTrainable(blur)

    def blank(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        return self.blurred(self.inner.blank(task_info), jnp.ones(()), 0.0)

    def draw_noise(self, task_info: TaskInfo, *, key: PRNGKeyArray) -> Any:
        whether, how_much, noise = jax.random.split(key, 3)
        blur = jnp.where(jax.random.bernoulli(whether, self.share), jax.random.uniform(how_much), 0.0)
        shape = jax.eval_shape(self.inner, task_info).shape
        return blur, jax.random.normal(noise, shape), self.inner.draw_noise(task_info, key=key)

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        if task_info.noise is None:
            return self.blurred(self.inner(task_info), self.blur(), 0.0)
        blur, noise, inner = task_info.noise
        return self.blurred(self.inner(replace(task_info, noise=inner)), blur, noise)

    def blurred(
        self, embedding: Float[Array, " entry"], blur: Float[Array, ""], noise: Float[Array, " entry"] | float
    ) -> Float[Array, " embedding"]:
        """Return a blurred embedding and its blur."""
        return jnp.append(jnp.sqrt(1 - blur**2) * embedding + blur * noise, blur)


def choose_blur(method: Method, family: AbstractFamily, tasks: Any, *, steps: int, key: PRNGKeyArray) -> Method:
    """Return the method with the largest blur that is within one standard error of the best on some tasks.

    The score after each inner step counts relative to its mean over all blurs and tasks, and all steps count alike. The
    standard error is that of the mean difference from the best blur, paired by task. So a description must prove that
    it helps: where the tasks do not show it, the method does without, as MAML. Fewer than two tasks show nothing, and
    the blur is then `WITHOUT_TASKS`.

    Args:
        method: as meta-training leaves it, with an `Augmented` embedder.
        family: its `metric` counts.
        tasks: of meta-validation, stacked.
        steps: inner steps N, at least 0.
        key: the same for each blur.
    """
    tried = [eqx.tree_at(lambda m: m.embed.blur, method, NonTrainable(jnp.asarray(blur))) for blur in BLURS]
    found = [evaluate(each, family, tasks, steps=steps, key=key).scores[family.metric] for each in tried]
    scores = np.asarray(found, float) * (1 if family.higher_is_better else -1)  # blur, task, step
    return tried[best_blur(scores)]


def best_blur(scores: Float[np.ndarray, "blur task step"]) -> int:
    """Return the place in `BLURS` that scores speak for; higher ones are better, and what is not finite is worst."""
    whole: np.ndarray = np.asarray(np.isfinite(scores).all(axis=(1, 2)))
    count = scores.shape[1]
    if count < 2 or not whole.any():
        return BLURS.index(WITHOUT_TASKS)
    scale = np.maximum(np.abs(scores[whole]).mean(axis=(0, 1)), np.finfo(float).tiny)
    relative = np.mean(np.where(whole[:, None, None], scores / scale, 0.0), axis=2)
    best = int(np.argmax(np.where(whole, relative.mean(axis=1), -np.inf)))
    behind = relative[best] - relative
    near = behind.mean(axis=1) <= behind.std(axis=1, ddof=1) / math.sqrt(count) + ROUNDING
    return int(np.flatnonzero(whole & near).max())
