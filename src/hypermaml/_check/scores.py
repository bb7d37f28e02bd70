"""Whether scores are those of `metrics`, draw nothing, depend on the learner, and improve where the loss falls."""

from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array

from hypermaml._check.places import INNER, OUTER, SCORE, place
from hypermaml._check.results import Finding, ok
from hypermaml._check.subject import Subject
from hypermaml._check.tracing import draws_numbers
from hypermaml._check.trees import entry, is_float, perturbed, same
from hypermaml._core.mapping import map_tasks

SCORES, DIRECTION, RANDOM = "score", "direction", "random loss"
UPDATES, RATE = 30, 0.01


def check_random(subject: Subject) -> Iterator[Finding]:
    """Check that losses and scores draw nothing."""
    family, learner = subject.family, subject.learner
    batch = entry(subject.drawn.batch, 0)
    parts = [
        (RANDOM, INNER, lambda: family.inner_loss(learner, batch)),
        (RANDOM, OUTER, lambda: family.outer_loss(learner, batch)),
    ]
    if not family.on_policy:
        task, query = entry(subject.tasks, 0), entry(subject.drawn.query, 0)
        parts.append((SCORES, SCORE, lambda: family.score(learner, task, query)))
    places = set()
    for name, names, of in parts:
        where = place(family, names)
        if where not in places and draws_numbers(of):
            places.add(where)
            text = (
                "it draws random numbers, and the same ones for each call: draw them with the data, in batch and "
                "test_set, whose keys differ"
            )
            yield Finding("error", name, where, text)


def scores_of(subject: Subject, learner: Any) -> dict[str, np.ndarray]:
    """Return the scores of one learner on each task."""
    family, learners = subject.family, subject.stacked(learner)

    def scores(family: Any, learners: Any, tasks: Any, query: Any) -> dict[str, Array]:
        if family.on_policy:
            query = family.test_queries(learners, tasks, key=subject.key(15))
        return family.scores(learners, tasks, query)

    run = scores if family.on_host else eqx.filter_jit(scores)
    found = run(family, learners, subject.tasks, subject.drawn.query)
    return {name: np.asarray(values) for name, values in found.items()}


def check_scores(subject: Subject) -> Iterator[Finding]:
    """Check names and shapes of scores, and that they depend on the learner."""
    family, where = subject.family, place(subject.family, SCORE)
    found = scores_of(subject, subject.learner)
    wrong = [f"no score '{name}', which `metrics` names" for name in family.metrics if name not in found]
    wrong += [
        f"a score '{name}', which `metrics` does not name"
        for name in found
        if name.partition("|")[0] not in family.metrics
    ]
    wrong += [
        f"a score '{name}' of shape {values.shape[1:]}, but it must be one number"
        for name, values in found.items()
        if values.shape != (subject.count,)
    ]
    wrong += [f"a score '{name}' that is not finite" for name, values in found.items() if not np.isfinite(values).all()]
    if wrong:
        yield from (Finding("error", SCORES, where, f"it gives {text}") for text in wrong)
        return
    other = scores_of(subject, perturbed(subject.learner, key=subject.key(16), size=1.0))
    if same(found, other):
        text = "two different learners have the same scores: a score must depend on the learner's predictions"
        yield Finding("error", SCORES, where, text)
        return
    yield from _direction(subject)
    yield ok(SCORES, f"learners have different scores ({', '.join(family.metrics)})")


def _direction(subject: Subject) -> Iterator[Finding]:
    """Yield whether the first metric improves where a learner lowers its loss on a test's query."""
    family = subject.family
    if family.on_policy or jax.tree.structure(subject.drawn.query) != jax.tree.structure(subject.drawn.batch):
        return
    arrays, rest = eqx.partition(subject.learner, is_float)
    optimizer = optax.adam(RATE)

    def of_task(family: Any, arrays: Any, task: Any, query: Any) -> tuple[Any, Any]:
        def loss(arrays: Any) -> Array:
            return family.outer_loss(eqx.combine(arrays, rest), query)

        def update(carry: Any, _: Any) -> tuple[Any, Array]:
            arrays, state = carry
            value, gradient = jax.value_and_grad(loss)(arrays)
            changes, state = optimizer.update(gradient, state)
            return (optax.apply_updates(arrays, changes), state), value

        (last, _), values = jax.lax.scan(update, (arrays, optimizer.init(arrays)), length=UPDATES)
        ends = [family.score(eqx.combine(each, rest), task, query)[family.metric] for each in (arrays, last)]
        return (values[0], loss(last)), ends

    def of_tasks(family: Any, arrays: Any, tasks: Any, queries: Any) -> Any:
        return map_tasks(lambda task, query: of_task(family, arrays, task, query), family, tasks, queries)

    (first, last), (before, after) = eqx.filter_jit(of_tasks)(family, arrays, subject.tasks, subject.drawn.query)
    fell = np.asarray(last < first)
    sign = 1 if family.higher_is_better else -1
    gain = sign * np.asarray(jnp.asarray(after) - jnp.asarray(before))[fell]
    better = "higher" if family.higher_is_better else "lower"
    if fell.sum() > subject.count / 2 and (gain <= 0).all() and (gain < 0).mean() > 0.8:
        text = (
            f"{family.metric} gets worse on all tasks where the loss falls, though `metrics` says that {better} is "
            "better: correct higher_is_better, or the sign of the loss or the score"
        )
        yield Finding("error", DIRECTION, place(family, SCORE), text)
    else:
        share = f"{(gain > 0).sum()} of {fell.sum()} tasks"
        yield ok(DIRECTION, f"{better} is better, and {family.metric} improves on {share} where the loss falls")
