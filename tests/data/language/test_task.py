import pytest

from hypermaml.data.language.task import Instance, LanguageTask, check_shared_inputs, split_tasks


def task(name, *inputs, split=None, kind="other"):
    instances = tuple(Instance(each, ("yes",)) for each in inputs or (name,))
    return LanguageTask(name, kind, ("Say yes.",), instances, split=split)


def test_tasks_go_where_they_say():
    tasks = [
        task("a", split="meta-train"),
        task("b", split="meta-test"),
        task("c", split="meta-validation"),
        task("d", split="extrapolation", kind="new"),
        task("e", split="meta-train"),
    ]
    names = {split: [each.name for each in own] for split, own in split_tasks(tasks).items()}
    assert names == {"meta-train": ["a", "e"], "meta-validation": ["c"], "meta-test": ["b"], "extrapolation": ["d"]}


def test_tasks_that_name_no_split_are_parted_by_their_names_alone():
    tasks = [task(f"task{number}") for number in range(20)]
    parts = split_tasks(tasks)
    assert [len(parts[split]) for split in parts] == [14, 2, 4, 0]
    again = split_tasks(tasks[::-1])
    assert {split: {each.name for each in own} for split, own in parts.items()} == {
        split: {each.name for each in own} for split, own in again.items()
    }


def test_too_few_tasks_for_the_splits():
    with pytest.raises(ValueError, match="1 tasks leave meta-train empty: name the 'Split' of each task, or add tasks"):
        split_tasks([task("a")])


def test_a_kind_of_extrapolation_is_unseen():
    seen = [task(split, split=split) for split in ("meta-train", "meta-validation", "meta-test")]
    with pytest.raises(ValueError, match=r"d: 'Split' is extrapolation, but tasks of its kind, other, are in another"):
        split_tasks([*seen, task("d", split="extrapolation")])


def test_two_splits_may_not_share_an_instance():
    own = task("a", "one", "two", split="meta-train")
    check_shared_inputs([own, task("b", "two", split="meta-train"), task("c", "three", split="meta-test")])
    with pytest.raises(ValueError, match="c: 'Instances' asks 'two' as a does, which is in another split"):
        check_shared_inputs([own, task("c", "two", split="meta-test")])
    with pytest.raises(ValueError, match="a and a are two tasks of one name, a"):
        check_shared_inputs([own, task("a", "four")])


def test_too_few_instances_are_told_with_the_place():
    own = LanguageTask("a", "other", ("Say yes.",), (Instance("one", ("yes",)),), place="tasks/a.json")
    own.check_count(1)
    with pytest.raises(ValueError, match=r"^tasks/a.json: 'Instances' has 1, but 5 are needed$"):
        own.check_count(5)
