"""Does more training of the small decoder help on tasks that it has not seen?

`python benchmarks/small_decoder.py [--steps 3000] [--every 500] [--width 96] [--layers 4] [--quick]` trains the decoder
of `hypermaml compare language --preset small` (but for its sizes) on the text of the meta-training tasks. Every so many
steps it asks 16 instances of each task of three splits, of meta-training those that it learns from, told four ways: by
nothing but the input, by the definition, by four examples, and by both. The last line is one JSON object: for each
count of steps, split and way the loss of the answers in nats a token and the accuracy, each with its interval over
tasks. Without `--quick`, which takes four steps, it is kept in `benchmarks/results/small_decoder.json`.
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
from hypermaml.experiments.language import sizes_of_decoders
from hypermaml.lm.answers import Answers, answered, pack
from hypermaml.lm.pretrain import pretrain
from hypermaml.lm.tokenizer import Tokenizer
from hypermaml.lm.trained_tokenizer import END, train_tokenizer
from hypermaml.report.statistics import estimate
from hypermaml.run.environment import environment
from hypermaml.tasks.language.prompts import answer_text, documents_of, shown_tokens
from hypermaml.tasks.language.small import VOCABULARY

RECORD = Path(__file__).parent / "results" / "small_decoder.json"
SPLITS = ("meta-train", "meta-validation", "meta-test")
WAYS = {"input": (False, False), "definition": (False, True), "examples": (True, False), "both": (True, True)}
SHOTS, ASKED, LONGEST = 4, 16, 32


def questions(
    tasks: Sequence[LanguageTask], tokenizer: Tokenizer, *, context: int, shown: bool, defined: bool
) -> tuple[Answers, np.ndarray]:
    """Instances of each task after four others, as many of them as fit the context, and the task of each."""
    found, owners = [], []
    for place, task in enumerate(tasks):
        draws = np.random.default_rng(place)
        for _ in range(ASKED):
            *before, asked = draws.permutation(len(task.instances))[: SHOTS + 1]
            examples = [(task.instances[each].input, task.instances[each].outputs[0]) for each in before]
            told = task.definitions[-1] if defined else ""
            answer = [*tokenizer.encode(answer_text(task.instances[asked].outputs[0])), tokenizer.end or 0]
            for first in range(SHOTS + 1) if shown else (SHOTS,):
                given = task.instances[asked].input
                prompt = shown_tokens(tokenizer, given, definition=told, examples=examples[first:])
                if len(prompt) + len(answer) <= context:
                    found.append((prompt, answer))
                    owners.append(place)
                    break
    return pack(found, length=context, longest=LONGEST), np.asarray(owners)


@eqx.filter_jit
def judged(decoder: Any, batch: Answers) -> Any:
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
    backend = train_tokenizer(documents, VOCABULARY)
    tokenizer = Tokenizer(backend, Path("tokenizer.json"), backend.token_to_id(END))
    asked = {
        (split, way): questions(splits[split], tokenizer, context=sizes.context, shown=shown, defined=defined)
        for split in SPLITS
        for way, (shown, defined) in WAYS.items()
    }
    found = []
    for done, loss, model in pretrain(documents, tokenizer, sizes, seed=0, chunk=min(every, 100)):
        print(f"{done} of {steps} steps: {loss:.3f} nats a token of the texts", flush=True)
        if done % every == 0:
            for (split, way), (batch, owners) in asked.items():
                right, losses = (np.asarray(values)[:, 0] for values in judged(model.decoder, batch))
                row = {"loss": over_tasks(losses, owners), "accuracy": over_tasks(right, owners)}
                found.append({"steps": done, "split": split, "told by": way, **row})
                print(f"  {split}, told by {way}: loss {row['loss']['mean']:.2f}", flush=True)
    result = {"sizes": asdict(sizes), "untouched": found}
    if not given.quick:
        RECORD.write_text(json.dumps({"environment": made_by, **result}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
