"""Splits share no instance, and a task is not cut to its first instances."""

import re
from collections import Counter

import pytest

from hypermaml.data.language.shared import without_shared
from hypermaml.data.language.task import Instance, LanguageTask


def task(name, split, pairs):
    own = tuple(Instance(asked, answers) for asked, answers in pairs)
    return LanguageTask(name, "kind", ("Do it.",), own, split=split, place=f"{name}.json")


def pairs(first, count):
    return [(f"word {number}", (f"answer {number}",)) for number in range(first, first + count)]


def test_splits_that_learn_have_nothing_that_is_asked_in_tests():
    splits = {
        "meta-train": (task("a", "meta-train", pairs(0, 10)), task("b", "meta-train", pairs(100, 3))),
        "meta-validation": (task("c", "meta-validation", [*pairs(8, 4), *pairs(50, 1)]),),
        "meta-test": (task("d", "meta-test", [*pairs(0, 2), *pairs(50, 1)]),),
        "extrapolation": (task("e", "extrapolation", [*pairs(2, 1), *pairs(0, 1)]),),
    }
    sentence = (
        "6 instances are left out, because a split that tests asks the same: c.json: 'Instances[4].input' as in d.json"
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(sentence)}$"):
        fresh = without_shared(splits)
    assert list(fresh) == list(splits)
    assert [each.input for each in fresh["meta-train"][0].instances] == [f"word {number}" for number in range(3, 8)]
    assert [each.input for each in fresh["meta-validation"][0].instances] == [
        f"word {number}" for number in range(8, 12)
    ]
    assert fresh["meta-train"][0].where(4, "input") == "a.json, instance 7: 'input'"
    for split in ("meta-test", "extrapolation"):
        assert fresh[split] == splits[split]
    assert fresh["meta-train"][1] is splits["meta-train"][1]


def test_the_same_question_with_another_answer_is_another_instance():
    same = pairs(0, 2)
    splits = {
        "meta-train": (task("a", "meta-train", [(asked, ("other",)) for asked, _ in same]),),
        "meta-validation": (task("b", "meta-validation", pairs(10, 2)),),
        "meta-test": (task("c", "meta-test", same),),
    }
    assert without_shared(splits) == splits


def test_a_task_that_another_split_asks_as_a_whole():
    splits = {
        "meta-train": (task("a", "meta-train", pairs(0, 2)),),
        "meta-validation": (task("b", "meta-validation", pairs(10, 2)),),
        "meta-test": (task("c", "meta-test", pairs(0, 9)),),
    }
    sentence = "a.json: all its 'Instances' are asked by c.json too, which is in another split: put both tasks in one"
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        without_shared(splits)


def test_fewer_instances_are_drawn_and_not_the_first_ones():
    labels = [(f"word {number}", ("yes" if number < 400 else "no",)) for number in range(800)]
    whole = task("a", "meta-train", labels)
    drawn = whole.drawn(300)
    assert drawn == whole.drawn(300)
    numbers = [int(each.input[5:]) for each in drawn.instances]
    assert numbers == sorted(set(numbers))
    counts = Counter(each.outputs[0] for each in drawn.instances)
    assert 120 < counts["yes"] < 180
    assert counts.total() == 300
    assert whole.drawn(800) is whole
    assert [each.input for each in task("b", "meta-train", labels).drawn(300).instances] != [
        each.input for each in drawn.instances
    ]
    assert drawn.where(0, "input") == f"a.json, instance {numbers[0]}: 'input'"
