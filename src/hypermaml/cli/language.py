"""An adapter for a task of your own, from a trained run: generated from its definition, adapted to a few examples.

`hypermaml language adapt RUN --definition TEXT --out DIR` writes a folder that the package peft loads beside the run's
language model. Without --examples it is what the method generates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from hypermaml.cli.names import UsageError, check_known, leading
from hypermaml.cli.parse import OptionalInt, OptionalPath, parse
from hypermaml.cli.runs import load
from hypermaml.experiments.language import LanguageExperiment

if TYPE_CHECKING:
    from hypermaml.cli.progress import Monitor

ACTIONS = ("adapt",)


@dataclass(frozen=True)
class Options:
    """What the task is, and where its adapter goes."""

    definition: Annotated[str, tyro.conf.arg(help_behavior_hint="(required)")] = ""
    """What to do, in words."""
    examples: Annotated[OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """A file with an object on each line, {"input": …, "output": …}; without one no inner step is taken."""
    out: Annotated[OptionalPath, tyro.conf.arg(metavar="DIR", help_behavior_hint="(required)")] = None
    """The folder of the adapter; the files of an older one in it are replaced."""
    ask: str = ""
    """An input that the model answers at once with the adapter."""
    method: str = "hypermaml"
    """Of the run; one that reads no description starts from what all tasks share."""
    seed: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: the first)")] = None
    """Of the training run."""
    steps: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: as in the run)")] = None
    """Inner steps on the examples, >= 1."""

    def __post_init__(self):
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"steps is {self.steps}, but it must be at least 1")
        if self.steps is not None and self.examples is None:
            raise ValueError("--steps are inner steps on examples: name a file of them with --examples")


def run(args: list[str]) -> None:
    """Adapts, writes the adapter, and answers."""
    names, rest = leading(args, ["ACTION", "RUN"], "language")
    if names:
        check_known("action", names[0], ACTIONS)
    (options,) = parse((Options(),), rest, prog="hypermaml language adapt RUN", about=__doc__ or "")
    for name, value in {"--definition": options.definition.strip(), "--out": options.out}.items():
        if not value:
            raise UsageError(f"{name} is missing: write hypermaml language adapt RUN --definition TEXT --out DIR")
    assert options.out is not None
    if options.out.exists() and not options.out.is_dir():
        raise UsageError(f"--out: {options.out} is a file; name a folder")
    from hypermaml.cli.progress import Monitor
    from hypermaml.cli.terminal import errors

    with Monitor(errors(), "starting") as monitor:
        lines = adapt(names[1], options, options.out, monitor)
    for line in lines:
        print(line)


def adapt(place: str, options: Options, out: Path, monitor: Monitor) -> list[str]:
    """Writes the adapter; what there is to tell, a fact a line."""
    folder, comparison = load(place)
    experiment = comparison.experiment
    if not isinstance(experiment, LanguageExperiment):
        raise UsageError(f"{place} is a run of {comparison.experiment.name}: an adapter needs one of language")
    method = check_known("method", options.method, comparison.methods)
    # States of the run's examples are of no use for others.
    experiment = replace(experiment, cache_states=False)
    comparison = replace(comparison, experiment=experiment)

    from hypermaml.apply.language_task import adapt_to
    from hypermaml.data.language.examples import own_task, read_examples
    from hypermaml.families.language.prompts import prompt_text
    from hypermaml.lm.complete import complete
    from hypermaml.lm.peft import write_adapter

    examples = () if options.examples is None else read_examples(options.examples)
    task = own_task(options.definition, examples)
    experiment.prepare(monitor.prepare)
    model = experiment.language_model()
    for name, text in {"--definition": task.definitions[0], "--ask": options.ask}.items():
        model.require_fit(model.tokenizer.encode(text), name)
    monitor.say(f"adapting {method}" if examples else f"generating with {method}")
    seed = comparison.seeds[0] if options.seed is None else options.seed
    own = adapt_to(comparison, folder, task, method=method, seed=seed, steps=options.steps)
    answer = ""
    if options.ask:
        told = task.definitions[0] if experiment.definition_in_prompt else ""
        answer = complete(model, prompt_text(options.ask, definition=told), lora=own.learner, where="--ask").strip()
    write_adapter(out, own.learner, model.decoder.architecture, base=str(model.source))
    lines = [f"Adapter: {out}, for {model.source}"]
    if own.losses:
        lines.append(f"Loss on {len(examples)} examples: {own.losses[0]:.3g}, after adaptation {own.losses[-1]:.3g}")
    return [*lines, f"Answer: {answer}"] if options.ask else lines
