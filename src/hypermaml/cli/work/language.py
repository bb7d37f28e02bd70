"""Adapt a language model to a task, and write the LoRA."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hypermaml.apply.language_task import adapt_to
from hypermaml.cli.names import UsageError, check_known
from hypermaml.cli.progress import Monitor
from hypermaml.cli.runs import load
from hypermaml.cli.terminal import errors
from hypermaml.data.language.examples import own_task, read_examples
from hypermaml.experiments.language import LanguageExperiment
from hypermaml.families.language.prompts import prompt_text
from hypermaml.lm.complete import complete
from hypermaml.lm.peft import write_adapter

if TYPE_CHECKING:
    from hypermaml.cli.language import Options


def adapt(name: str, options: Options, out: Path) -> None:
    """Adapt, write the LoRA, and print a line on each result.

    Args:
        name: of the run folder.
        options: of the task.
        out: the folder of the LoRA.
    """
    with Monitor(errors(), "starting") as monitor:
        lines = write_lora(name, options, out, monitor)
    for line in lines:
        print(line)


def write_lora(name: str, options: Options, out: Path, monitor: Monitor) -> list[str]:
    """Adapt, write the LoRA, and return the lines to print."""
    folder, comparison = load(name)
    experiment = comparison.experiment
    if not isinstance(experiment, LanguageExperiment):
        raise UsageError(f"{name} is a run of {comparison.experiment.name}: name a run of language")
    method = check_known("method", options.method, comparison.methods)
    # States of the run's examples are of no use for others.
    experiment = replace(experiment, cache_states=False)
    comparison = replace(comparison, experiment=experiment)

    examples = () if options.examples is None else read_examples(options.examples)
    task = own_task(options.definition, examples)
    experiment.prepare(monitor.prepare)
    model = experiment.language_model()
    for option, text in {"--definition": task.definitions[0], "--ask": options.ask}.items():
        model.check_fit(model.tokenizer.encode(text), option)
    monitor.say(f"adapting {method}" if examples else f"generating with {method}")
    seed = comparison.seeds[0] if options.seed is None else options.seed
    own = adapt_to(comparison, folder, task, method=method, seed=seed, steps=options.steps)
    answer = ""
    if options.ask:
        prompt = prompt_text(options.ask, definition=task.definitions[0] if experiment.definition_in_prompt else "")
        answer = complete(model, prompt, lora=own.learner, where="--ask").strip()
    write_adapter(out, own.learner, model.decoder.architecture, base=str(model.source))
    lines = [f"LoRA: {out}, for {model.source}"]
    if own.losses:
        lines.append(f"Loss on {len(examples)} examples: {own.losses[0]:.3g}, after adaptation {own.losses[-1]:.3g}")
    return [*lines, f"Answer: {answer}"] if options.ask else lines
