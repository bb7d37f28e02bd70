"""Does more training of the small decoder help on tasks that it has not seen?

`python benchmarks/small_decoder.py [--steps 3000] [--every 500] [--width 96] [--layers 4] [--quick]` trains the decoder
of `hypermaml compare language --preset small` (but for its sizes) on the text of the meta-training tasks. Every so many
steps, and after the last, it asks up to 16 instances of each task of three splits, told four ways: by nothing but the
input, by the definition, by two examples, and by both. All ways ask the same instances, those whose longest prompt
fits the context; of meta-training they are among those that it learns from. Definitions are in the wording that no
training sees. The rate falls over all steps, so that a reading before the last is not one of a shorter training.

The last line is one JSON object: for each count of steps, split and way the loss of the answers in nats a token and the
accuracy, each with its interval over tasks. Without `--quick`, which takes four steps, it is kept in
`benchmarks/results/small_decoder.json`.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np

from hypermaml.data.language.archive import load_language
from hypermaml.data.language.task import LanguageTask, split_tasks
from hypermaml.experiments.language_parts import sizes_of_decoders
from hypermaml.families.language.prompts import answer_text, documents_of, shown_tokens
from hypermaml.families.language.small import small_tokenizer
from hypermaml.lm.answers import Answers, answered, pack
from hypermaml.lm.pretrain import pretrain
from hypermaml.lm.tokenizer import Tokenizer
from hypermaml.lm.trained_tokenizer import END
from hypermaml.report.statistics import estimate
from hypermaml.run.environment import environment

RECORD = Path(__file__).parent / "results" / "small_decoder.json"
SPLITS = ("meta-train", "meta-validation", "meta-test")
WAYS = {"input": (False, False), "definition": (False, True), "examples": (True, False), "both": (True, True)}
SHOTS, ASKED, LONGEST = 2, 16, 32


def questions(
    tasks: Sequence[LanguageTask], tokenizer: Tokenizer, context: int
) -> tuple[dict[str, Answers], np.ndarray]:
    """The questions, told each way, and the task of each."""
    found: dict[str, list[tuple[list[int], list[int]]]] = {way: [] for way in WAYS}
    owners = []
    for place, task in enumerate(tasks):
        draws = np.random.default_rng(place)
        for _ in range(ASKED):
            *before, number = draws.permutation(len(task.instances))[: SHOTS + 1]
            examples = [(task.instances[each].input, task.instances[each].outputs[0]) for each in before]
            asked = task.instances[number]
            answer = [*tokenizer.encode(answer_text(asked.outputs[0])), tokenizer.end or 0]
            prompts = {
                way: shown_tokens(
                    tokenizer,
                    asked.input,
                    definition=task.definitions[-1] if defined else "",
                    examples=examples if shown else (),
                )
                for way, (shown, defined) in WAYS.items()
            }
            if max(map(len, prompts.values())) + len(answer) <= context:
                owners.append(place)
                for way, prompt in prompts.items():
                    found[way].append((prompt, answer))
    packed = {way: pack(pairs, length=context, longest=LONGEST) for way, pairs in found.items()}
    return packed, np.asarray(owners)


@eqx.filter_jit
def results_of(decoder: Any, batch: Answers) -> Any:
    """Of each question whether it is answered rightly, and the loss."""
    return jax.lax.map(lambda row: answered(decoder, None, jax.tree.map(lambda leaf: leaf[None], row)), batch)


def over_tasks(values: np.ndarray, owners: np.ndarray) -> dict[str, float]:
    """The mean over tasks, with its interval."""
    found = estimate(np.asarray([[values[owners == task].mean() for task in np.unique(owners)]]))
    return {"mean": found.mean, "low": found.low, "high": found.high}


def main() -> None:
    """Trains, asks and keeps."""
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = sizes_of_decoders()["small"]
    for name, default in {"steps": 3000, "every": 500, "width": sizes.width, "layers": sizes.layers}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--quick", action="store_true", help="four steps; leaves no record")
    given, made_by = parser.parse_args(), environment()
    steps, every = (4, 4) if given.quick else (given.steps, given.every)
    sizes = replace(sizes, steps=steps, width=given.width, layers=given.layers)
    splits = split_tasks(load_language())
    documents = documents_of(splits["meta-train"], end=END)
    tokenizer = small_tokenizer(documents, Path("tokenizer.json"))
    asked = {split: questions(splits[split], tokenizer, sizes.context) for split in SPLITS}
    found = []
    for done, loss, model in pretrain(documents, tokenizer, sizes, seed=0, chunk=every):
        print(f"{done} of {steps} steps: {loss:.3f} nats a token of the texts", flush=True)
        for split, (ways, owners) in asked.items():
            for way, batch in ways.items():
                right, losses = (np.asarray(values)[:, 0] for values in results_of(model.decoder, batch))
                row = {"loss": over_tasks(losses, owners), "accuracy": over_tasks(right, owners)}
                found.append({"steps": done, "split": split, "told by": way, **row})
                print(f"  {split}, told by {way}: loss {row['loss']['mean']:.2f}", flush=True)
    counts = {
        split: {"tasks": len(set(owners.tolist())), "questions": len(owners)} for split, (_, owners) in asked.items()
    }
    result = {"sizes": asdict(sizes), "asked": counts, "not_adapted": found}
    if not given.quick:
        RECORD.write_text(json.dumps({"environment": made_by, **result}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
