"""Show the plan of a training run."""

from __future__ import annotations

from hypermaml._compare.plan import Plan, plan
from hypermaml._compare.training_run import PlannedRun
from hypermaml.cli.names import UsageError
from hypermaml.cli.running import Machine
from hypermaml.cli.terminal import output, plain_table, show_account
from hypermaml.experiments.experiment import Experiment

GIB = 2**30


def show_plan(experiment: Experiment, planned: PlannedRun, machine: Machine, memory: int | None) -> None:
    """Print what a training run will take.

    Args:
        experiment: the family and its options.
        planned: the training run.
        machine: how it would be computed.
        memory: bytes that an iteration may take; what is free by default.
    """
    if machine.several:
        raise UsageError("--hosts: a plan is of one process; leave it out")
    show_account(experiment.account())
    with machine.used():
        found = plan(planned.with_family(experiment.family(planned.descriptor)), memory=memory)
    batch = planned.budget.meta_batch
    rows = [
        ("trained parameters", f"{found.trained:,}"),
        ("parameters of the model of a task", f"{found.learner:,}"),
        (f"memory of an iteration of {batch:,} tasks", _bytes(found.needed)),
    ]
    if found.cost is not None:
        if found.tasks_at_once is not None:
            rows.append((f"memory with {found.tasks_at_once:,} tasks at once", _bytes(found.cost.memory)))
        rows += [
            ("floating-point operations of an iteration", f"{found.cost.flops:.3g}"),
            ("seconds of an iteration", f"{found.cost.seconds:.3g}"),
            (f"seconds of {planned.iterations:,} iterations", f"{found.cost.seconds * planned.iterations:.3g}"),
        ]
    output().print(plain_table(f"{planned.method} on {experiment.name}", rows))
    output().print(advice(found), highlight=False, soft_wrap=True)


def advice(found: Plan) -> str:
    """Return what to do about the memory, as a sentence."""
    if found.memory is None or found.needed <= found.memory:
        return "All tasks of an iteration fit in memory at once."
    if found.tasks_at_once is not None:
        return f"To stay within {_bytes(found.memory)}, train with --tasks-at-once {found.tasks_at_once}."
    return (
        f"An iteration does not fit in {_bytes(found.memory)}, whatever the number of tasks at once: --recompute, a "
        "smaller --chunk, fewer examples or inner steps, or a smaller model need less."
    )


def _bytes(count: int) -> str:
    return f"{count / GIB:.3g} GiB" if count >= 0.1 * GIB else f"{count / 2**20:.3g} MiB"
