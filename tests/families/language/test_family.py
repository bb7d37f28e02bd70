import math
import re
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._core.collect import collect
from hypermaml._core.evaluate import evaluate
from hypermaml.families.language.corpus import encode_tasks
from hypermaml.families.language.descriptions import TaskSample
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.maml import MAML

KEY = jax.random.key(0)


@pytest.fixture(scope="module")
def language(build):
    return build()


def one(tasks, place=0):
    return jax.tree.map(lambda leaf: leaf[place], tasks)


@eqx.filter_jit
def drawn(family, split):
    """One instance each of twelve tasks of a split, and their descriptors."""
    tasks = family.sample(12, split=split, key=KEY)
    return family.batches(None, tasks, size=1, key=KEY), family.task_infos(tasks, key=KEY).description


scored = eqx.filter_jit(lambda family, learner, task, query: family.score(learner, task, query))
asked = eqx.filter_jit(
    lambda family, instances, other: family.corpus.rows(jnp.asarray(1), jnp.asarray(0), instances, other)
)


def test_a_row_holds_prompt_answer_and_where_the_answer_is(language, read):
    batch = asked(language, jnp.asarray([0, 8]), 0)
    assert read(batch) == [("Input: b0\nOutput:", " a"), ("Input: b8\nOutput:", " i")]
    other = asked(language, jnp.asarray([8]), 1)
    assert read(other) == [("Input: b8\nOutput:", " zz")]


def test_prompts_may_begin_with_the_definition_of_the_task_s_wording(build, read):
    definition_in_prompt = build(definition_in_prompt=True)
    for split, wordings in {"meta-train": {"0", "1"}, "meta-test": {"0", "2"}}.items():
        batches, vectors = drawn(definition_in_prompt, split)
        seen = set()
        for place in range(12):
            ((prompt, _),) = read(one(batches, place))
            name, wording = re.match(r"Do (.) (\d)\.\n\nInput: \1", prompt).groups()
            seen.add(wording)
            assert vectors[place].tolist() == [ord(name), int(wording)]
            assert name != "f" or wording == "0"
        assert seen == wordings


def test_support_and_query_share_no_instance(language, read):
    system = MAML().build(language, key=KEY)
    tasks = language.sample(6, split="meta-train", key=KEY)
    data = collect(system.method, system.objective, language, tasks, key=KEY)
    for place in range(6):
        asked = [*read(one(data.task_info.support, place)), *read(one(data.query[0], place))]
        assert len(set(asked)) == len(asked) == language.shots + language.queries
        assert len({prompt[7] for prompt, _ in asked}) == 1


def test_tasks_of_a_split_come_in_turn(language):
    for split, own in {"meta-train": [0, 1, 2], "meta-test": [4, 5], "extrapolation": [6]}.items():
        drawn = np.asarray(language.sample(6, split=split, key=KEY).index)
        assert sorted(drawn.tolist()) == sorted(own * (6 // len(own)))
    assert language.splits == ("meta-train", "meta-validation", "meta-test", "extrapolation")
    assert (language.metric, language.networks) == ("loss", False)


def test_a_split_without_tasks_is_none_of_the_family(build, splits):
    family = build(splits=splits | {"extrapolation": ()})
    assert family.test_splits == ("meta-test",)
    with pytest.raises(ValueError, match="the split is 'extrapolation', but Language has meta-train, meta-validation "):
        family.sample(1, split="extrapolation", key=KEY)


def test_shorter_tasks_use_their_own_instances_only(language):
    tasks = language.sample(30, split="meta-train", key=KEY)
    for place in range(30):
        task = one(tasks, place)
        count = 9 if task.index == 1 else 12
        assert sorted(language.instances(task, count, key=KEY).tolist()) == list(range(count))
        again = language.instances(task, 2 * count, key=KEY).reshape(2, -1)
        assert again[0].tolist() == again[1].tolist()


def test_the_key_decides_which_instances_are_support_and_which_are_asked(language):
    task = one(language.sample(1, split="meta-test", key=KEY))
    sets = [language.test_set(task, support_key=jax.random.key(n), query_key=KEY) for n in range(2)]
    chosen = [[*support.instances.tolist(), *query.tolist()] for support, query in sets]
    assert [len(set(each)) for each in chosen] == [6, 6]
    assert chosen[0] != chosen[1]


@eqx.filter_jit
def known(family):
    task, learner = one(family.sample(1, split="meta-test", key=KEY)), jnp.zeros(128)
    support, query = family.test_set(task, support_key=KEY, query_key=KEY)
    return family.inner_loss(learner, support), family.score(learner, task, query)


def test_the_loss_and_the_score_of_a_known_learner(language):
    """All logits equal: each token costs log 128; a learner that says one token never ends an answer."""
    loss, scores = known(language)
    assert float(loss) == pytest.approx(math.log(128), rel=1e-6)
    assert float(scores["loss"]) == pytest.approx(math.log(128), rel=1e-6)
    assert scores["accuracy"] == 0


def test_any_right_answer_counts_and_no_other(build):
    class Knows(type(build().model)):
        """Gives the second answer to every question."""

        def answered(self, learner, batch):
            second = jnp.sum(batch.weights, axis=1) == 4  # " zz" and the end
            return second.astype(float), jnp.full(len(second), jnp.where(second.all(), 9.0, 1.0))

    knows = eqx.tree_at(lambda family: family.model, build(), Knows())
    task = one(knows.sample(1, split="meta-test", key=KEY))
    _, query = knows.test_set(task, support_key=KEY, query_key=KEY)
    scores = scored(knows, jnp.zeros(128), task, query)
    assert (float(scores["accuracy"]), float(scores["loss"])) == (1.0, 1.0)


def test_an_answer_of_any_number_counts(build, splits):
    """One instance in three has six right answers; each is a number of letters, and the learner knows one."""

    class Knows(type(build().model)):
        def answered(self, learner, batch):
            right = jnp.sum(batch.weights, axis=1) == 3 + 4  # a space, the letters and the end
            return right.astype(float), jnp.ones(len(right))

    def with_six(task):
        instances = [
            replace(each, outputs=tuple("x" * (1 + size) for size in range(6)) if number % 3 == 0 else ("y" * 9,))
            for number, each in enumerate(task.instances)
        ]
        return replace(task, instances=tuple(instances))

    asked = {split: tuple(map(with_six, tasks)) for split, tasks in splits.items()}
    family = eqx.tree_at(lambda family: family.model, build(splits=asked), Knows())
    scores = scored(family, jnp.zeros(128), one(family.sample(1, split="meta-test", key=KEY)), jnp.arange(12))
    assert float(scores["accuracy"]) == pytest.approx(4 / 12)


def test_descriptions_for_controls(build):
    own = build().vectors
    assert own.shape == (7, 3, 2)
    assert own[:, 0, 0].tolist() == [ord(name) for name in "abcdefg"]
    shuffled = build(description="shuffled").vectors
    assert sorted(shuffled[:, 0, 0].tolist()) == own[:, 0, 0].tolist()
    assert not (shuffled[:, 0, 0] == own[:, 0, 0]).any()
    random = build(description="random").vectors
    assert random.shape == own.shape
    assert (random == random[:, :1]).all()
    assert not np.array_equal(random, build(description="random", seed=1).vectors)
    none = build(description="none", embed=None)
    assert none.task_info(one(none.sample(1, split="meta-test", key=KEY)), key=KEY).description.shape == (0,)


def test_another_wording_is_no_other_task(language):
    tasks = language.sample(3, split="meta-train", key=jax.random.key(0))
    assert language.identities(tasks) == language.identities(TaskSample(tasks.index, tasks.wording + 1))
    assert len(set(language.identities(tasks))) == 3


def test_the_last_definitions_are_held_out(build, splits):
    family, keys = build(held=2), jax.random.split(KEY, 12)
    seen = {
        (int(index), int(wording))
        for split in ("meta-train", "meta-test")
        for key in keys
        for index, wording in zip(*vars(family.sample(2, split=split, key=key)).values(), strict=True)
    }
    several = {int(index) for index in np.flatnonzero(family.wordings == 3)}
    first, end = family.bound("meta-train")
    assert {pair for pair in seen if pair[0] in several} == {
        (index, wording)
        for index in several & {pair[0] for pair in seen}
        for wording in ((0,) if first <= index < end else (1, 2))
    }
    task = splits["meta-train"][0]
    assert task.worded(1, 1).definitions == (task.definitions[0], task.definitions[2])
    assert task.worded(9, 5).definitions == task.definitions
    with pytest.raises(ValueError, match="held is 0, but it must be at least 1"):
        build(held=0)


def test_kinds_are_modes(language):
    assert language.modes == 3
    assert [int(kind) for kind in language.kinds] == [0, 0, 1, 0, 0, 1, 2]


def test_methods_learn_on_it(language):
    """A learner of one logit a token can learn which letters answer: an inner step lowers the loss."""
    system = HyperMAML(inner_lr=10.0, generator=hm.Dense(width=8, depth=1)).build(language, key=KEY)
    tasks = language.sample(2, split="meta-test", key=KEY)
    scores = evaluate(system.method, language, tasks, steps=1, key=KEY).scores["loss"]
    assert scores.shape == (2, 2)
    assert (scores[:, 1] < scores[:, 0]).all()


@eqx.filter_jit
def pictured(family, tasks):
    support, query = family.test_sets(tasks, support_key=KEY, query_key=KEY)
    portrait = family.picture.portrait(family, jnp.zeros(128), one(tasks), one(query), key=KEY)
    return query, portrait, family.signature(jax.tree.map(lambda leaf: leaf[0, :1], support))


def test_a_picture_and_a_signature(language):
    tasks = language.sample(2, split="meta-test", key=KEY)
    query, portrait, signature = pictured(language, tasks)
    scene = language.picture.scene(language, tasks, None, query)
    names = [("ef"[index - 4], row) for index, row in zip(tasks.index.tolist(), np.asarray(query), strict=True)]
    assert scene["task"].tolist() == [name for name, _ in names]
    assert scene["asked"].tolist() == [[f"{name}{number}" for number in row] for name, row in names]
    assert scene["truth"].tolist() == [[chr(97 + number) for number in row] for _, row in names]
    assert portrait.tolist() == [0.0] * 4
    assert float(jnp.linalg.norm(signature)) == pytest.approx(1.0, rel=1e-5)


def test_references_have_the_task_in_the_prompt_as_far_as_there_is_room(build):
    seen = []

    class Listens(type(build().model)):
        """Records the prompts."""

        def answered(self, learner, batch):
            jax.debug.callback(lambda tokens: seen.extend(np.asarray(tokens).tolist()), batch.tokens)
            return super().answered(learner, batch)

    family = eqx.tree_at(lambda f: f.model, build(context=70), Listens())
    tasks = family.sample(1, split="meta-test", key=KEY)
    support, query = family.test_sets(tasks, support_key=KEY, query_key=KEY)
    found = family.references(tasks, support, query)
    assert list(found) == [
        "definition in the prompt",
        "2 examples in the prompt",
        "definition and 2 examples in the prompt",
    ]
    assert all(scores.tolist() == [0.0] for scores in found.values())
    jax.effects_barrier()
    task, (first, second), third = family.texts.tasks[int(tasks.index[0])], support.instances[0], query[0, 0]
    definition = f"{task.definitions[-1]}\n\n"
    ask = f"Input: {task.instances[third].input}\nOutput:"
    shown = [f"Input: {task.instances[n].input}\nOutput: {chr(97 + n)}\x02\n\n" for n in (first, second)]
    texts = ["".join(map(chr, row)) for row in seen]
    for before in (definition, "".join(shown), f"{definition}{shown[1]}"):
        assert any(text.startswith(f"\x01{before}{ask}") for text in texts), before
    assert not any(text.startswith(f"\x01{definition}{''.join(shown)}") for text in texts)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"shots": 0}, "Language: shots is 0, but it must be at least 1"),
        ({"test_examples": 0}, "Language: test_examples is 0, but it must be at least 1"),
        ({"shots": 6}, "tasks/b.json: 'Instances' has 9, but 10 are needed"),
        (
            {"context": 21},
            "tasks/a.json: 'Instances[10].output' has 3 tokens, but there is room for 2: shorten it",
        ),
        (
            {"context": 18},
            "tasks/a.json: 'Instances[0].input' gives a prompt of 18 tokens, but the model ",
        ),
        ({"description": "noisy"}, "Language: description is 'noisy', but it must be one of full, shuffled, random, "),
        (
            {"embed": lambda texts: np.zeros((3, 2))},
            "Language: embed gave an array of shape (3, 2), but it must ",
        ),
    ],
)
def test_what_does_not_fit_is_refused(build, options, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        build(**options)


def test_a_context_vector_and_no_tasks_are_refused(language, encoder):
    with pytest.raises(ValueError, match="a language model has no inputs for a context"):
        language.learner(context=2, key=KEY)
    with pytest.raises(ValueError, match="there are no tasks to encode"):
        encode_tasks([], encoder, context=20)
