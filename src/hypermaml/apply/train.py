"""Training and evaluation, as users call them."""

from collections.abc import Callable
from typing import Any, Literal

import jax
import numpy as np

from hypermaml._compare.doubts import Doubts
from hypermaml._compare.preparation import check_before_training
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml._core.evaluate import evaluate as evaluate_method
from hypermaml._core.evaluate import other_descriptions
from hypermaml._core.execution import computed
from hypermaml._core.family import AbstractFamily
from hypermaml._core.hosts import gathered
from hypermaml._core.schedule import choose_schedule
from hypermaml._core.train import start
from hypermaml._core.train import train as chunks_of
from hypermaml._misc.checks import check_count, check_seed
from hypermaml.apply.scores import Scores
from hypermaml.apply.trained import Trained
from hypermaml.experiments.experiment import Budget
from hypermaml.families.recorded import AbstractRecordedFamily
from hypermaml.methods.config import MethodConfig

CHUNK = 200  # meta-iterations of one compiled call, at most
MANY_TASKS = 100  # of an evaluation where a split has no end of tasks
VALIDATION_TASKS = 50


def train(
    method: MethodConfig,
    family: AbstractFamily,
    *,
    iterations: int = 1000,
    meta_batch: int = 25,
    seed: int = 0,
    steps: int = 3,
    devices: int | Literal["all"] = 1,
    tasks_at_once: int | None = None,
    recompute: bool = False,
    report: Callable[[Progress], None] = lambda _: None,
) -> Trained:
    """Meta-train a method on the meta-training tasks of a family.

    After training, the test-time schedule is chosen on meta-validation tasks: a factor on the inner rate and a bound on
    the inner gradient from the second inner step on.

    Args:
        method: the configuration, such as `HyperMAML(inner_lr=0.01)`.
        family: the tasks.
        iterations: meta-iterations, at least 1.
        meta_batch: tasks of a meta-iteration, at least 1.
        seed: decides the initialization, the tasks and the data; at least 0.
        steps: inner steps that the test-time schedule is chosen for, at least 1.
        devices: how many of JAX's devices the tasks of a meta-batch are divided among, or `"all"`. The result depends
            on it by rounding alone, as on the next two.
        tasks_at_once: the most tasks whose inner loops are kept in memory together; all by default. The gradients of
            such chunks are added up.
        recompute: whether the outer gradient computes each inner step again instead of keeping what it needs of it,
            which takes less memory and more time.
        report: is called with the progress of each part of training.

    Raises:
        ValueError: a number is out of its range, the family lacks something that the method needs, or its examples are
            not as its losses need them.
        NonFinite: a loss or a gradient is not finite; the sentence says where, and what may help.

    Warns:
        NoDescription: the method reads descriptions, and the family has none.
        DoubtfulGradient: the outer gradient of more than 5% of the tasks is not that of what their inner loop reached.
    """
    check_kinds(method, family)
    check_seed(seed)
    validation = min(family.count("meta-validation") or VALIDATION_TASKS, VALIDATION_TASKS)
    budget = Budget(iterations, meta_batch, chunk_of(iterations), validation, validation, steps)
    with computed(devices=devices, tasks_at_once=tasks_at_once, recompute=recompute):
        check_before_training([method], family, budget)
        run = TrainingRun("train", method, family, budget, seed)
        system = run.build()
        state, losses, doubts = start(system), [], Doubts()
        report(Progress(run.name, 0, run.iterations, "compiling"))
        for state, metrics in chunks_of(
            system, family, iterations=run.iterations, meta_batch=meta_batch, chunk=budget.chunk, key=run.training_key()
        ):
            losses.append(np.asarray(metrics.loss))
            doubts.add(metrics)
            report(Progress(run.name, int(state.iteration), run.iterations))
        doubts.warn("training", state.method)
        report(Progress(run.name, run.iterations, run.iterations, "evaluating"))
        learned, schedule = choose_schedule(
            run.tested(state.method),
            family,
            run.tasks("meta-validation"),
            steps=steps,
            key=run.evaluation_key("meta-validation"),
        )
        learned = gathered(learned)
    report(Progress(run.name, run.iterations, run.iterations, "finished"))
    history = np.concatenate(losses) if losses else np.zeros(0)
    return Trained(method, family, learned, schedule, seed, run.iterations, history)


def evaluate(
    trained: Trained,
    family: AbstractFamily | None = None,
    *,
    split: str = "meta-test",
    tasks: int | None = None,
    steps: int = 3,
    seed: int | None = None,
    description: Literal["own", "other"] = "own",
) -> Scores:
    """Adapt to each of the tasks of a split, and score the model before the first and after each inner step.

    Two methods that are trained with one seed are evaluated on the same tasks and data.

    Args:
        trained: from `train` or `load`.
        family: the tasks; those of the training by default.
        split: whose tasks.
        tasks: how many, at least 1; all of them by default, or 100 where a split has no end of tasks.
        steps: inner steps N, at least 1.
        seed: decides tasks and data; that of the training by default.
        description: which one the method is given: each task's own, or for a control that of another task.

    Raises:
        ValueError: there is no such split, a number is out of its range, the family does not fit the method, or there
            is no other task with a description.
    """
    if not isinstance(trained, Trained):
        raise ValueError(f"trained is {trained!r}, but it must be what train or load returns")
    family = trained.family if family is None else family
    check_kinds(trained.config, family)
    check_same(trained.family, family)
    family.split_number(split)
    tasks = family.count(split) or MANY_TASKS if tasks is None else check_count("tasks", tasks)
    steps = check_count("steps", steps)
    budget = Budget(1, 1, 1, tasks, tasks, steps)
    run = TrainingRun("evaluate", trained.config, family, budget, trained.seed if seed is None else seed)
    described = None
    if description == "other":
        described = other_descriptions(family, tasks)
        if described is None:
            raise ValueError("description is 'other', but there are no two tasks with descriptions")
    elif description != "own":
        raise ValueError(f"description is {description!r}, but it must be 'own' or 'other'")
    key = run.evaluation_key(split)
    found = evaluate_method(trained.method, family, run.tasks(split), steps=steps, key=key, described=described)
    return Scores({name: np.asarray(values) for name, values in found.scores.items()}, family.metrics, split)


def chunk_of(iterations: int) -> int:
    """Return the meta-iterations of a compiled call: a divisor of all, where there is one between 100 and 200."""
    if not isinstance(iterations, int) or iterations <= CHUNK:
        return max(iterations, 1) if isinstance(iterations, int) else 1  # the budget says what is wrong
    return next((chunk for chunk in range(CHUNK, CHUNK // 2, -1) if iterations % chunk == 0), CHUNK)


def check_same(trained: AbstractFamily, family: AbstractFamily) -> None:
    """Check that the models of two families have the same shapes, and their targets the same classes.

    Args:
        trained: of the training.
        family: another one.

    Raises:
        ValueError: they differ.
    """
    if family is trained:
        return

    def shapes(of: AbstractFamily) -> list[tuple[int, ...]]:
        return [leaf.shape for leaf in jax.tree.leaves(jax.eval_shape(lambda: of.learner(key=jax.random.key(0))))]

    if shapes(trained) != shapes(family):
        raise ValueError(
            f"the models of {type(family).__name__} have other shapes than those of the training: give a family with "
            "inputs, outputs and a model as in training"
        )
    if isinstance(trained, AbstractRecordedFamily) and isinstance(family, AbstractRecordedFamily):
        ours, theirs = trained.class_values, family.class_values
        if ours != theirs:
            shown = [", ".join(map(str, values)) or "none" for values in (theirs, ours)]
            raise ValueError(f"the classes are {shown[0]}, but those of the training are {shown[1]}")


def check_kinds(method: Any, family: Any) -> None:
    """Check that the method is a configuration and the family is one.

    Raises:
        ValueError: the first that is not, and what would be right.
    """
    if not isinstance(method, MethodConfig):
        raise ValueError(f"the method is {method!r}, but it must be a configuration, such as HyperMAML()")
    if not isinstance(family, AbstractFamily):
        raise ValueError(f"the family is {family!r}, but it must be a family of tasks, such as families.Sine()")
