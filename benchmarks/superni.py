"""HyperMAML-en-LLM on tasks that people wrote: methods at equal data and tuning, controls, and two curves.

`python benchmarks/superni.py --data FOLDER [--model small] [--seeds 3] [--iterations 400]` reads a folder of tasks in
the format of Super-NaturalInstructions. Every method gets eight trials on meta-validation tasks, of their own seed; the
loss after the inner steps 1 to 5 chooses. Methods that read the definition try two embeddings, the model's own and
MiniLM's, at four pairs of rates. `--trials 4` leaves four of the eight, with the model's own embedding. There is no
test-time schedule. Tests are on unseen tasks and on unseen kinds, with 4 and 16 examples, after 0, 1, 3 and 5 inner
steps: loss, exact match, and ROUGE-L of the first `--written` answers. Of each test split there are as many tasks as
the smaller one has, drawn by the seed.

The controls give a trained method another task's description, one of five random ones, or the mean of its kind;
`--controls` names some of them. Scores of a record with the same sizes are taken from it.
`--curves` trains methods with 14, 28, 56 and all tasks of meta-training, and with 1, 4 and all definitions of each.
`--prompted` trains methods with the definition in each prompt. `--chosen FILE` takes the settings that earlier trials
chose, as JSON by method. With `--rates-after` methods that are trained without inner steps have the inner rate, of
four, that meta-validation tasks prefer after training. Results are kept in `MODEL.json` of the folder `--keep`, where
it goes on if it was cut, with checkpoints beside it. Tables are written to `benchmarks/results/superni` after each
part. `--quick` trains for a moment and writes nothing there.
"""

import argparse
import itertools
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from stored import Stored
from superni_parts import (
    LONG,
    SHOWN,
    STEPS,
    TESTS,
    Public,
    Setting,
    described,
    in_tests,
    prompted,
    trained,
    validated,
    with_rate,
    with_shots,
)
from superni_tables import METRICS, compared, table

from hypermaml._compare.training_run import TrainingRun
from hypermaml._misc.atomic import write_atomic
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.language import LanguageExperiment
from hypermaml.families.language.family import Language
from hypermaml.run.environment import environment

METHODS = ("random", "pretrained", "maml", "maml_en_llm", "hypernet", "hypermaml", "hypermaml_algorithm_2")
UNTOUCHED = "untouched"
READERS = ("hypernet", "hypermaml", "hypermaml_algorithm_2")
OWN, TRIALS_SEED = "hypermaml", 1_000
OUTER, INNER, ADAM = (1e-3, 3e-3), (0.2, 0.5, 0.05, 1.0), (0.01, 0.03, 0.003, 0.1)  # the middle ones first
WITHOUT, AFTER = ("random", "pretrained", "hypernet"), (0.5, 0.2, 0.05, 0.02)  # no inner steps in training
CONTROLS = ("another", *(f"random {draw}" for draw in range(5)), "kind")
TASKS, DEFINITIONS = (14, 28, 56, 0), (1, 4, 0)  # 0 for all
PROMPTS = ((0, False), (0, True), (4, False), (4, True), (16, False))  # examples, definition
RESULTS = Path(__file__).parent / "results/superni"
LABELS = {
    "random": "random LoRA",
    "pretrained": "multitask LoRA",
    "maml": "MAML-en-LLM, plain inner steps",
    "maml_en_llm": "MAML-en-LLM, shared moments",
    "hypernet": "text-to-LoRA",
    "hypermaml": "HyperMAML-en-LLM",
    "hypermaml_algorithm_2": "HyperMAML-en-LLM, Algorithm 2",
}


def trials(method: str) -> list[Setting]:
    """Return the eight settings that a method tries, first those that `--trials 4` leaves."""
    inner = ADAM if method == "maml_en_llm" else INNER
    if method == "random":
        return [Setting(OUTER[0], rate) for rate in (0.2, 0.5, 0.1, 1.0, 0.05, 2.0, 0.02, 5.0)]
    if method in READERS:
        pairs = itertools.product(("model", "minilm"), inner[:2], OUTER)
        return [Setting(outer, rate, embedding) for embedding, rate, outer in pairs]
    return [Setting(outer, rate) for rate, outer in itertools.product(inner, OUTER)]


class Benchmark:
    """Measures, and keeps what it measured."""

    def __init__(self, asked: argparse.Namespace):
        """Build the families of what was asked."""
        self.asked = asked
        small = asked.model in ("small", "tiny")
        experiment = LanguageExperiment(
            data=asked.data,
            model=asked.model,
            layers=asked.layers or (2 if small else 10),
            instances=asked.instances,
            test_examples=asked.test_examples,
            held_definitions=2,
            context=LONG if small else 512,
            answer_tokens=96,
            shapes=asked.shapes,
            cache_states=True,
        )
        self.public = Public(experiment)
        self.folder = Path(asked.keep)
        self.chosen = json.loads(Path(asked.chosen).read_text()) if asked.chosen else {}
        self.store = Stored(self.folder / f"{Path(asked.model).name}.json")
        self.take_up(RESULTS / f"{Path(asked.model).name}.json")

    def take_up(self, path: Path) -> None:
        """Take the scores of a record that was made with the same sizes, so that it goes on with further seeds."""
        record = json.loads(path.read_text()) if path.exists() else {}
        if record.get("sizes") != sizes(self.asked):
            return
        for method, setting in record["chosen"].items():
            for seed, row in enumerate(record["rows"].get(LABELS[method], [])):
                if self.complete(method, row):
                    name = self.name("test", method, Setting(**setting), seed, self.asked.iterations)
                    self.store.found.setdefault(name, row)
        for shown, definition in PROMPTS:
            for seed, row in enumerate(record["rows"].get(prompt_label(shown, definition), [])):
                self.store.found.setdefault(prompt_name(shown, definition, seed), row)

    def complete(self, method: str, row: Mapping[str, Any]) -> bool:
        """Return whether a row has all tests of its method."""
        others = [f"4, {how}" for how in self.asked.controls] if method in READERS else []
        return all(f"{split}, {test}" in row for split in TESTS for test in ("4", "16", *others))

    def run(self, method: str, setting: Setting, seed: int, iterations: int) -> TrainingRun:
        """Return a training run."""
        family = self.public.family(setting)
        budget = Budget(
            iterations=iterations,
            meta_batch=self.asked.meta_batch,
            chunk=min(iterations, self.asked.chunk),
            validation_tasks=family.count("meta-validation"),
            test_tasks=1_000,
            steps=STEPS,
        ).up_to(family)
        return TrainingRun(method, self.public.settings(method, setting), family, budget, seed)

    def name(self, kind: str, method: str, setting: Setting, seed: int, iterations: int) -> str:
        """Return the name of a result."""
        values = "|".join(f"{name}={value}" for name, value in vars(setting).items())
        after = "|after" * (self.asked.rates_after and method in WITHOUT and kind in ("part", "test"))
        return f"{kind}|{method}|{values}|seed={seed}|iterations={iterations}|batch={self.asked.meta_batch}{after}"

    def best(self, method: str) -> Setting:
        """Return the setting that meta-validation prefers, or preferred earlier."""
        if method in self.chosen:
            return Setting(**self.chosen[method])
        tried = {}
        for setting in trials(method)[: self.asked.trials]:
            name = self.name("trial", method, setting, TRIALS_SEED, self.asked.trial_iterations)
            tried[setting] = self.store.get(name, partial(self.trial, method, setting))
        return min(tried, key=lambda setting: float("inf") if tried[setting] is None else tried[setting])

    def trial(self, method: str, setting: Setting) -> float | None:
        """Return the loss of a trial on meta-validation, or nothing where it diverges."""
        run = self.run(method, setting, TRIALS_SEED, self.asked.trial_iterations)
        name = self.name("trial", method, setting, TRIALS_SEED, self.asked.trial_iterations)
        learned = trained(run, self.folder / name.replace("|", "/"), trial=True)
        return None if learned is None else validated(run, learned)

    def measured(self, method: str, setting: Setting, seed: int, *, controls: bool, whole: bool) -> dict[str, Any]:
        """Return the scores of a trained method in each kind of test.

        Args:
            method: to train.
            setting: of it.
            seed: of it.
            controls: whether to test it with other descriptions, too.
            whole: whether to test it with 16 examples, too, and to write answers.
        """
        began = time.monotonic(), time.process_time()
        run = self.run(method, setting, seed, self.asked.iterations)
        learned = trained(run, self.folder / self.name("run", method, setting, seed, 0).replace("|", "/"))
        spent: dict[str, float] = {
            "seconds": round(time.monotonic() - began[0]),
            "cpu_seconds": round(time.process_time() - began[1]),
        }
        if learned is None:
            return spent
        if self.asked.rates_after and method in WITHOUT:
            losses = {rate: validated(run, with_rate(learned, rate)) for rate in AFTER}
            spent["inner"] = min(losses, key=lambda rate: losses[rate])
            print(f"{method}: loss by inner rate {losses}", flush=True)
            learned = with_rate(learned, spent["inner"])
        everything, found = self.public.family(setting), dict[str, Any]()
        name = self.name("part", method, setting, seed, self.asked.iterations)

        def test(part: str, family: Language, **how: Any) -> None:
            split = part.split(",")[0]
            found[part] = self.store.get(f"{name}|{part}", partial(in_tests, run, learned, family, split, **how))

        for split in TESTS:
            for shots in (4, 16) if whole else (4,):
                test(f"{split}, {shots}", with_shots(everything, shots), texts=self.asked.written if whole else 0)
            for how in self.asked.controls if controls else ():
                family = everything if how == "another" else described(everything, how)
                test(f"{split}, 4, {how}", family, other=how == "another")
        return found | spent

    def results(self, method: str, setting: Setting, **how: bool) -> list[dict[str, Any]]:
        """Return the scores of all seeds."""
        return [
            self.store.get(
                self.name("test", method, setting, seed, self.asked.iterations),
                partial(self.measured, method, setting, seed, **how),
            )
            for seed in range(self.asked.seeds)
        ]

    def untouched(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Yield the scores of the untouched model with each kind of prompt, of all seeds."""
        setting = Setting(OUTER[0], INNER[0])
        for shown, definition in PROMPTS:

            def measure(seed: int, shown: int = shown, definition: bool = definition) -> dict[str, Any]:
                run = self.run("random", setting, seed, 1)
                how = {"shown": shown, "definition": definition, "texts": self.asked.written}
                return {
                    f"{split}, {shots}": prompted(run, with_shots(self.public.family(setting), shots), split, **how)
                    for split in TESTS
                    for shots in ((shown,) if shown else (4, 16))
                }

            names = [prompt_name(shown, definition, seed) for seed in range(self.asked.seeds)]
            yield (
                prompt_label(shown, definition),
                [self.store.get(name, partial(measure, seed)) for seed, name in enumerate(names)],
            )


def sizes(asked: argparse.Namespace) -> dict[str, Any]:
    """Return what decides the scores of a method beside its settings and the seed."""
    names = ["iterations", "meta_batch", "layers", "instances", "test_examples", "written", "shapes", "controls"]
    return {name: getattr(asked, name) for name in [*names, "rates_after"]}


def prompt_label(shown: int, definition: bool) -> str:
    """Return what the tables call the untouched model with a kind of prompt."""
    parts = ["the definition"] * definition + [f"{shown} examples"] * bool(shown)
    return f"untouched, {' and '.join(parts) or 'the question'} in the prompt"


def prompt_name(shown: int, definition: bool, seed: int) -> str:
    """Return the name of the scores of the untouched model with a kind of prompt."""
    return f"prompt|{shown}|{definition}|{seed}"


def listed(rows: Mapping[str, Sequence[Mapping[str, Any]]], test: str) -> dict[str, list[Any]]:
    """Return the rows of one test by method, of the methods that have it."""
    return {name: [row.get(test) for row in each] for name, each in rows.items() if any(test in row for row in each)}


def write(
    asked: argparse.Namespace, rows: Mapping[str, Any], curves: Mapping[str, Any], best: Mapping[str, Any]
) -> None:
    """Write the tables and the record."""
    command, hidden = "python benchmarks/superni.py --data FOLDER", ("data", "quick", "keep")
    for name, value in vars(asked).items():
        words = " ".join(f"'{each}'" if " " in each else each for each in value) if isinstance(value, list) else value
        words = "" if words is True else f" {words}" if words else None
        command += f" --{name.replace('_', '-')}{words}" if words is not None and name not in hidden else ""
    parts = [f"`{command}`", "Means, with 95% intervals over tasks and seeds, crossed. A star: clear of zero."]
    for test in [f"{split}, {shots}" for split in TESTS for shots in (4, 16)]:
        own = listed(rows, test)
        if not own:
            continue
        parts.append(f"## {test} examples")
        parts += [table(own, metric, SHOWN) for metric in METRICS]
        if LABELS[OWN] in own:
            parts += [compared(own, LABELS[OWN], metric, SHOWN) for metric in METRICS]
    for method in READERS:
        for split in TESTS:
            of = rows.get(LABELS[method], [])
            kinds = {"its own": f"{split}, 4"} | {how: f"{split}, 4, {how}" for how in CONTROLS}
            own = {
                how: [row.get(test) for row in of]
                for how, test in kinds.items()
                if of and all(test in row for row in of)
            }
            if len(own) > 1:
                parts += [
                    f"## {LABELS[method]} on {split} with other descriptions",
                    compared(own, "its own", "loss", SHOWN),
                ]
    for split in TESTS:
        own = listed(curves, f"{split}, 4")
        if own:
            parts += [f"## {split}: tasks and definitions of meta-training", table(own, "loss", SHOWN)]
    chosen = {name: vars(setting) for name, setting in best.items()}
    after = {name: [row["inner"] for row in rows.get(LABELS[name], []) if "inner" in row] for name in chosen}
    lines = [
        f"- {LABELS[name]}: {setting}" + (f", inner rates after training {after[name]}" if after[name] else "")
        for name, setting in chosen.items()
    ]
    parts.append("## Chosen\n\n" + "\n".join(lines))
    RESULTS.mkdir(parents=True, exist_ok=True)
    record = {"command": command, "sizes": sizes(asked), "chosen": chosen, "rows": rows, "curves": curves}
    record["environment"] = environment()
    write_atomic(RESULTS / f"{Path(asked.model).name}.json", json.dumps(record) + "\n")
    write_atomic(RESULTS / f"{Path(asked.model).name}.md", "\n\n".join(parts) + "\n")


def arguments() -> argparse.Namespace:
    """Return what was asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder or .zip file of tasks")
    parser.add_argument("--model", default="small", help="small, tiny or smollm2")
    parser.add_argument("--methods", nargs="+", default=[*METHODS, UNTOUCHED], choices=[*METHODS, UNTOUCHED])
    parser.add_argument("--chosen", default="", help="JSON file of settings by method, instead of trials")
    parser.add_argument("--keep", default="runs/superni", help="folder of what is kept")
    parser.add_argument("--layers", type=int, default=0, help="that adapt; by default 2, or 10 of smollm2")
    for name, value in {
        "seeds": 3,
        "iterations": 400,
        "trials": 8,
        "trial-iterations": 100,
        "meta-batch": 8,
        "chunk": 50,
        "instances": 100,
        "test-examples": 16,
        "written": 8,
        "shapes": 8,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--prompted", nargs="*", default=[], choices=METHODS)
    parser.add_argument("--curves", nargs="*", default=[], choices=READERS + METHODS)
    parser.add_argument(
        "--controls", nargs="*", default=[*CONTROLS], choices=CONTROLS, help="descriptions that replace"
    )
    parser.add_argument("--rates-after", action="store_true")
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Tune, train, test and write."""
    asked = arguments()
    benchmark = Benchmark(asked)
    if asked.quick:
        asked.written = 2
        for method in [name for name in asked.methods if name != UNTOUCHED]:
            run = benchmark.run(method, trials(method)[0], 0, 2)
            learned = trained(run, benchmark.folder / "quick" / method)
            family = benchmark.public.family(trials(method)[0])
            found = {} if learned is None else in_tests(run, learned, family, "meta-test", texts=2)
            print(json.dumps({method: found.get("rouge", [])[:1]}), flush=True)
        return
    rows: dict[str, Any] = {}
    curves: dict[str, Any] = {}
    best = {method: benchmark.best(method) for method in asked.methods if method != UNTOUCHED}
    for method, setting in best.items():
        rows[LABELS[method]] = benchmark.results(method, setting, controls=method in READERS, whole=True)
        write(asked, rows, curves, best)
    for label, found in benchmark.untouched() if UNTOUCHED in asked.methods else ():
        rows[label] = found
        write(asked, rows, curves, best)
    for method in asked.curves:
        for name, counts in {"tasks": TASKS, "definitions": DEFINITIONS}.items():
            for count in counts:
                setting = replace(best[method], **{name: count})
                full = {"controls": method in READERS and not count, "whole": not count}
                curves[f"{LABELS[method]}, {count or 'all'} {name}"] = benchmark.results(method, setting, **full)
                write(asked, rows, curves, best)
    for method in asked.prompted:
        setting = replace(best[method], prompted=True)
        rows[f"{LABELS[method]}, definition in the prompt"] = benchmark.results(
            method, setting, controls=False, whole=True
        )
        write(asked, rows, curves, best)
    print(json.dumps({name: setting.embedding for name, setting in best.items()}))


if __name__ == "__main__":
    main()
