"""The parts of the benchmark of public language tasks: families, training that goes on where it was cut, scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import hypermaml as hm
from hypermaml._compare.training import restore
from hypermaml._compare.training_run import TrainingRun
from hypermaml._core.evaluate import evaluate, test_data
from hypermaml._core.train import NonFinite, start, train
from hypermaml.experiments.language import LanguageExperiment
from hypermaml.experiments.language_parts import LanguageParts
from hypermaml.families.language.descriptions import TaskSample
from hypermaml.families.language.family import Language
from hypermaml.families.language.in_context import prompt_in_room
from hypermaml.families.language.prompts import answers_tokens
from hypermaml.lm.answers import pack
from hypermaml.lm.greedy import greedy
from hypermaml.lm.rouge import rouge_l
from hypermaml.run import checkpoint

SHOWN = (0, 1, 3, 5)  # inner steps of the tables
STEPS = SHOWN[-1]
TESTS = ("meta-test", "extrapolation")
ROWS, WRITTEN_ROWS = 8, 16  # prompts that are read at once, and those that are answered in words
LONG = 1024  # tokens of a prompt with its definition


@dataclass(frozen=True)
class Setting:
    """What decides the scores of a trained method, beside its name and the seed.

    Attributes:
        outer: rate.
        inner: rate.
        embedding: of definitions, model or minilm.
        prompted: whether prompts begin with the definition.
        tasks: of meta-training, 0 for all.
        definitions: of a task in meta-training, 0 for all.
    """

    outer: float
    inner: float
    embedding: str = "model"
    prompted: bool = False
    tasks: int = 0
    definitions: int = 0


@dataclass(frozen=True)
class Public:
    """The families of one data set and model.

    Attributes:
        experiment: its options.
    """

    experiment: LanguageExperiment
    _parts: dict[tuple[str, bool], LanguageParts] = field(default_factory=dict, compare=False, hash=False)

    def parts(self, embedding: str, prompted: bool) -> LanguageParts:
        """Return the parts of the experiment with this embedding and these prompts."""
        key = embedding, prompted
        if key not in self._parts:
            changes: dict[str, Any] = {"embedding": embedding, "definition_in_prompt": prompted}
            if prompted:  # each definition makes other texts: their states would not fit
                changes |= {"cache_states": False, "definitions": 2, "context": LONG}
            self._parts[key] = LanguageParts(replace(self.experiment, **changes))
        return self._parts[key]

    @lru_cache(maxsize=4)  # noqa: B019
    def whole(self, embedding: str, prompted: bool) -> Language:
        """Return the family with all tasks."""
        parts = self.parts(embedding, prompted)
        parts.prepare(lambda done, of, what: print(what, done, of, flush=True) if done == of else None)
        return parts.family("full")

    def family(self, setting: Setting) -> Language:
        """Return the family with as many tasks and definitions as the setting says; all compile to one program."""
        family = self.whole(setting.embedding, setting.prompted)
        first, end = family.bound("meta-train")
        if setting.tasks:
            chosen = np.random.default_rng(0).permutation(end - first)[: setting.tasks]
            order = np.arange(len(family.kinds))
            order[first:end] = first + np.resize(chosen, end - first)
            family = reordered(family, jnp.asarray(order))
        if setting.definitions:
            family = fewer_definitions(family, setting.definitions)
        return family

    def settings(self, method: str, setting: Setting) -> hm.MethodConfig:
        """Return the configuration of a method."""
        own = self.experiment.settings()[method]
        return replace(own, outer_lr=setting.outer, inner_lr=setting.inner)


def reordered(family: Language, order: Any) -> Language:
    """Return the family whose task of each number is another one."""
    corpus = family.tokens
    by_task = ("prompts", "prompt_lengths", "answer_rows", "answer_lengths", "instances", "starts")
    moved = {name: leaf[order] for name in by_task if (leaf := getattr(corpus, name)) is not None}
    own = {name: getattr(family, name)[order] for name in ("vectors", "kinds", "wordings")}
    names = (*own, "corpus")
    return eqx.tree_at(
        lambda f: [getattr(f, name) for name in names], family, [*own.values(), replace(corpus, **moved)]
    )


def fewer_definitions(family: Language, most: int) -> Language:
    """Return the family whose meta-training sees the first definitions of each task alone."""
    first, end = family.bound("meta-train")
    slots = np.arange(family.vectors.shape[1])
    vectors = family.vectors.at[first:end].set(family.vectors[first:end][:, slots % most])
    return eqx.tree_at(lambda f: f.vectors, family, vectors)


def described(family: Language, how: str) -> Language:
    """Return the family whose test tasks have another description, alone or with those of the others.

    Args:
        family: of the tasks.
        how: `random 0`, `random 1` … for noise of the mean and the deviation of meta-training; `kind` for the mean of
            its kind in meta-training, or of all where it has no such kind.
    """
    first, end = family.bound("meta-train")
    known = np.asarray(family.vectors[first:end])
    counts = np.asarray(family.wordings[first:end])
    means = np.stack([rows[:count].mean(axis=0) for rows, count in zip(known, counts, strict=True)])
    if how == "kind":
        kinds, own = np.asarray(family.kinds), np.asarray(family.kinds[first:end])
        vectors = np.stack([means[own == kind].mean(axis=0) if kind in own else means.mean(axis=0) for kind in kinds])
    else:
        draws = np.random.default_rng(1_000 + int(how.split()[1]))
        vectors = means.mean(axis=0) + known.std(axis=(0, 1)) * draws.normal(size=(len(family.kinds), means.shape[1]))
    vectors = np.broadcast_to(vectors[:, None], family.vectors.shape)
    return eqx.tree_at(lambda f: f.vectors, family, jnp.asarray(vectors, family.vectors.dtype))


def with_shots(family: Language, shots: int) -> Language:
    """Return the family with support sets of this size."""
    values = {name: getattr(family, name) for name in family.__dataclass_fields__}
    return Language.of_parts(values | {"shots": shots})


def trained(run: TrainingRun, folder: Path, *, trial: bool = False) -> hm.Method | None:
    """Return the method that a training run leaves, `None` where it diverges; it goes on from its last checkpoint.

    A trial of rates does without what a method decides on meta-validation tasks: HyperMAML trusts each description.
    """
    system, budget = run.build(), run.budget
    state = restore(run, system, folder)
    chunks = train(
        system,
        run.family,
        iterations=run.iterations,
        meta_batch=budget.meta_batch,
        chunk=budget.chunk,
        key=run.training_key(),
        state=state,
    )
    try:
        for reached, metrics in chunks:
            state = reached
            done = int(state.iteration)
            print(f"{run.name}: {done} of {run.iterations}, loss {float(np.mean(metrics.loss)):.3f}", flush=True)
            checkpoint.save(folder / "checkpoints", done, state, extra=run.identity())
    except NonFinite as error:
        print(f"{run.name}: {error}", flush=True)
        return None
    if not run.settings.trained:
        return start(system).method
    return state.method if trial else run.tested(state.method)


def with_rate(method: hm.Method, rate: float) -> hm.Method:
    """Return the method with another inner rate."""
    return eqx.tree_at(lambda m: m.adapt.rule.rate, method, hm.NonTrainable(rate))


def validated(run: TrainingRun, method: hm.Method) -> float:
    """Return the loss on meta-validation tasks, a mean over the inner steps from the first one on."""
    key, tasks = run.evaluation_key("meta-validation"), run.tasks("meta-validation")
    losses = evaluate(method, run.family, tasks, steps=STEPS, key=key).scores["loss"]
    return float(jnp.mean(losses[:, 1:]))


def in_tests(
    run: TrainingRun, method: hm.Method, family: Language, split: str, *, other: bool = False, texts: int = 0
) -> dict[str, Any]:
    """Return loss, exact match and, of some answers, ROUGE-L of each task of a split after the steps of the tables.

    Args:
        run: of the method.
        method: to test.
        family: with the tasks.
        split: whose tasks.
        other: whether each task has the description of the next one.
        texts: answers of a task to write in words, 0 for no ROUGE-L.
    """
    tasks, key = run.tasks(split), run.evaluation_key(split)
    names = family.identities(tasks)
    shift = np.roll(np.arange(len(names)), 1) if other else None
    adapted = evaluate(method, family, tasks, steps=STEPS, key=key, described=shift)
    found = {name: rounded(np.asarray(adapted.scores[name])[:, SHOWN]) for name in ("loss", "accuracy")}
    if texts:
        learners = jax.tree.map(lambda leaf: leaf[:, jnp.asarray(SHOWN)], adapted.learners)
        asked = jnp.asarray(adapted.query)[:, :texts]
        found["rouge"] = rounded(rouges(family, tasks, asked, learners))
    return {"tasks": names} | found


def rounded(values: np.ndarray) -> list[list[float]]:
    """Return the values with five digits."""
    return [[float(f"{value:.5g}") for value in row] for row in values]


@eqx.filter_jit
def _prompts(family: Language, tasks: TaskSample, asked: Any) -> Any:
    """Return the prompts of the questions of each task, and their lengths."""
    texts = jax.vmap(family.examples)(tasks, asked)
    return texts.tokens, texts.places[:, :, 0] + 1


def rouges(family: Language, tasks: TaskSample, asked: Any, learners: Any) -> np.ndarray:
    """Return ROUGE-L of the answers of learners that are stacked by task and step, a mean over a task's questions.

    Prompts of similar length are answered together, because the longest one of them decides how long that takes.
    """
    encoder: Any = family.texts.encoder
    model: Any = family.model
    tokens, lengths = (np.asarray(leaf) for leaf in _prompts(family, tasks, asked))
    count = jax.tree.leaves(learners)[0].shape[1]
    places = list(np.ndindex(*lengths.shape, count))
    places.sort(key=lambda place: lengths[place[:2]])
    found = np.zeros((*lengths.shape, count))
    for first in range(0, len(places), WRITTEN_ROWS):
        part = places[first : first + WRITTEN_ROWS]
        task, question, step = np.resize(np.asarray(part), (WRITTEN_ROWS, 3)).T
        each = jax.tree.map(lambda leaf, at=(task, step): leaf[at], learners)
        rows, ends = jnp.asarray(tokens[task, question]), jnp.asarray(lengths[task, question])
        longest = family.tokens.answers.shape[1]
        written = greedy(model.decoder, each, rows, ends, longest=longest, ends=model.ends, stacked=True)
        for place, row in zip(part, np.asarray(written), strict=False):
            own = family.texts.tasks[int(tasks.index[place[0]])].instances[int(asked[place[:2]])]
            found[place] = scored(encoder, row, own)
    return found.mean(axis=1)


def scored(encoder: Any, tokens: Any, instance: Any) -> float:
    """Return ROUGE-L of an answer's tokens."""
    own = tokens.tolist()
    ends = [place for place, token in enumerate(own) if token in encoder.ends]
    return rouge_l(encoder.decode(own[: ends[0]] if ends else own), instance.outputs)


def prompted(run: TrainingRun, family: Language, split: str, *, shown: int, definition: bool, texts: int) -> dict:
    """Return the scores of the untouched model with examples, a definition or both in its prompt."""
    tasks = run.tasks(split)
    support, query = test_data(family, tasks, key=run.evaluation_key(split))
    model, own = family.model, family.texts
    untouched = family.learner(key=jax.random.key(0))
    rows = []
    columns = zip(
        np.asarray(tasks.index),
        np.asarray(tasks.wording),
        np.asarray(support.instances),
        np.asarray(query),
        strict=True,
    )
    longest = family.tokens.answers.shape[1]
    for index, wording, examples, asked in columns:
        task = own.tasks[index]
        words = own.definition(index, wording) if definition else ""
        before = [task.instances[number] for number in examples[:shown]]
        pairs = []
        for number in asked:
            answers = answers_tokens(task, own.encoder, number=number, room=longest)
            prompt = prompt_in_room(own, task.instances[number].input, before, words, own.context - longest)
            pairs.append((prompt, answers))
        right, losses, written = np.zeros(len(pairs)), np.zeros(len(pairs)), []
        for first in range(0, len(pairs), ROWS):
            part = pairs[first : first + ROWS]
            for alternative in range(max(len(answers) for _, answers in part)):
                some = [(prompt, answers[min(alternative, len(answers) - 1)]) for prompt, answers in part]
                good, loss = judged(model, untouched, some, own.context, longest)
                right[first : first + len(part)] = np.maximum(right[first : first + len(part)], good)
                if not alternative:
                    losses[first : first + len(part)] = loss
            if first < texts:
                tokens = written_by(model, [prompt for prompt, _ in part], own.context, longest)
                numbers = asked[first : first + len(part)]
                written += [
                    scored(own.encoder, row, task.instances[int(n)]) for row, n in zip(tokens, numbers, strict=True)
                ]
        rows.append((losses.mean(), right.mean(), np.mean(written[:texts]) if texts else np.nan))
    scores = {
        name: [[float(f"{row[place]:.5g}")] for row in rows] for place, name in enumerate(("loss", "accuracy", "rouge"))
    }
    return {"tasks": family.identities(tasks)} | scores


def judged(model: Any, untouched: Any, pairs: Sequence[Any], context: int, longest: int) -> tuple[Any, Any]:
    """Return of each prompt whether it is answered rightly, and the loss of the right answer."""
    filled = [*pairs, *[pairs[-1]] * (ROWS - len(pairs))]
    length = min(-(-max(len(prompt) + len(answer) for prompt, answer in filled) // 64) * 64, context)
    right, losses = _judged(model, untouched, pack(filled, length=length, longest=longest))
    return np.asarray(right)[: len(pairs)], np.asarray(losses)[: len(pairs)]


_judged = eqx.filter_jit(lambda model, untouched, batch: model.answered(untouched, batch))


def written_by(model: Any, prompts: Sequence[Sequence[int]], context: int, longest: int) -> np.ndarray:
    """Return the tokens with which the untouched model goes on."""
    filled = [*prompts, *[prompts[-1]] * (ROWS - len(prompts))]
    length = min(-(-max(map(len, filled)) // 64) * 64, context)
    rows = np.zeros((ROWS, length), np.int32)
    for row, prompt in zip(rows, filled, strict=True):
        row[: len(prompt)] = prompt
    lengths = jnp.asarray([len(prompt) for prompt in filled])
    found = greedy(model.decoder, None, jnp.asarray(rows), lengths, longest=longest, ends=model.ends)
    return np.asarray(found)[: len(prompts)]
