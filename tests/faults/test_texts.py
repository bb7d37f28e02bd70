"""Language tasks that nobody means: each ends in one sentence, or is read as it stands."""

import io
import json
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import outcomes
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_files import as_json, change, damaged, deep, put
from outcomes import examples

from hypermaml.cli.work.tasks_file import read_tasks
from hypermaml.data.language import archive, folder
from hypermaml.data.language.archive import load_language
from hypermaml.data.language.examples import listed_examples, read_examples, read_inputs
from hypermaml.data.language.folder import read_task
from hypermaml.data.language.shared import without_shared
from hypermaml.data.language.task import Instance, LanguageTask, split_tasks
from hypermaml.families.language.corpus import encode_tasks
from hypermaml.lm.texts import GivenVectors
from hypermaml.lm.tokenizer import Tokenizer
from hypermaml.lm.trained_tokenizer import train_tokenizer

pytestmark = pytest.mark.faults


outcome = partial(outcomes.outcome, errors=(ValueError, FileNotFoundError))

# Texts with halves of surrogate pairs, controls and separators; numbers of any size; values in each other.

odd = st.sampled_from(["", " ", "\ud800", "\udfff a", "\u2028", "\x00", "é\u0301", "\ufeff", "𝄞", "</s>", "a\nb", "\r"])
texts = st.one_of(st.text(max_size=12), odd, st.text(st.characters(categories=["Cs", "Lu", "Zs"]), max_size=3))
numbers = st.one_of(st.integers(), st.sampled_from([10**30, -(10**400), 2**63, 2**64 - 1]), st.floats())
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
right_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip)
instances = st.fixed_dictionaries(
    {"input": st.one_of(right_texts, right_texts, values), "output": values | right_texts}
)
right_instances = st.fixed_dictionaries(
    {"input": right_texts, "output": right_texts | st.lists(right_texts, min_size=1, max_size=5)}
)
tasks = st.fixed_dictionaries(
    {
        "Definition": st.one_of(right_texts, st.lists(right_texts, min_size=1, max_size=3), values),
        "Instances": st.one_of(st.lists(right_instances, min_size=1, max_size=4), st.lists(instances), values),
    },
    optional={
        "Categories": st.lists(right_texts) | values,
        "Split": st.sampled_from(["meta-train", "meta-test", "meta-validation", "extrapolation"]) | values,
        "definition": values,
        "Source": values,
        "Input_language": values,
    },
)
damage = st.lists(change, max_size=2)
contents = st.one_of(
    st.builds(lambda task, only, changes: damaged(as_json(task, only), changes), tasks, st.booleans(), damage),
    st.builds(lambda task: as_json(task), tasks),
    st.builds(lambda value, only: as_json(value, only), values, st.booleans()),
    deep,
    st.builds(
        lambda task, code: json.dumps(task).encode(code), tasks, st.sampled_from(["utf-8-sig", "utf-16", "utf-7"])
    ),
    st.builds(lambda digits: b'{"Definition": "a", "Instances": ' + b"9" * digits + b"}", st.sampled_from([20, 10**5])),
)


def check_task(task, held):
    """Compare a task with what Python's own reader makes of its file."""
    given = {key.lower(): value for key, value in json.loads(held.decode("utf-8-sig")).items()}
    listed = {key: value if isinstance(value, list) else [value] for key, value in given.items()}
    assert task.definitions == tuple(dict.fromkeys(each.strip() for each in listed["definition"]))
    assert [each.input for each in task.instances] == [each["input"].strip() for each in given["instances"]]
    for ours, theirs in zip(task.instances, given["instances"], strict=True):
        outputs = theirs["output"] if isinstance(theirs["output"], list) else [theirs["output"]]
        assert ours.outputs == tuple(dict.fromkeys(each.strip() for each in outputs))
    assert task.split == (given.get("split") or None)


def test_the_file_of_a_task(tally):
    @examples(1200)
    @given(contents)
    def one(held):
        task, how = outcome(lambda: read_task(held, name="a", place="tasks/a.json"))
        if task is not None:
            check_task(task, held)
        tally("file of a language task", how)

    one()


names = st.sampled_from([".d.json", "e.txt", "f.JSON", "é.json", "a.json", "\udcff.json", "g\nh.json"])
kinds = st.sampled_from(["file"] * 6 + ["pipe", "folder", "lost", "round", "device", "terminal"])
right_contents = st.builds(lambda task: as_json(task), st.fixed_dictionaries(
    {"Definition": right_texts, "Instances": st.lists(right_instances, min_size=1, max_size=3)},
    optional={"Split": st.sampled_from(["meta-train", "meta-test", "meta-validation"])},
))  # fmt: skip


@pytest.mark.filterwarnings("ignore:.* left out, because a split that tests asks the same")
def test_a_folder_of_tasks(tally, tmp_path_factory):
    plain = st.dictionaries(st.sampled_from("abchij"), right_contents, min_size=3)
    strange = st.dictionaries(names, st.tuples(kinds, st.one_of(right_contents, contents)), max_size=1)

    @examples(500)
    @given(plain, strange)
    def one(whole, more):
        files = {f"{name}.json": ("file", held) for name, held in whole.items()} | more
        place = tmp_path_factory.mktemp("tasks")
        for name, (kind, held) in files.items():
            put(place / name, kind, held)
        found, how = outcome(lambda: without_shared(split_tasks(load_language(place))))
        if found is not None:
            read = {task.name: task for own in found.values() for task in own}
            wanted = {Path(name).stem for name in files if name.endswith(".json") and not name.startswith(".")}
            assert read.keys() == wanted
            asked = {
                split: {(each.input, frozenset(each.outputs)) for task in own for each in task.instances}
                for split, own in found.items()
            }
            assert not asked["meta-train"] & (asked["meta-test"] | asked["meta-validation"])
        tally("folder of language tasks", how)

    one()


def zipped(files, method, changes, encrypted):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as packed:
        for name, held in files:
            packed.writestr(name, held)
    held = bytearray(buffer.getvalue())
    if encrypted:  # the flag of each entry of the directory
        place = -1
        while (place := held.find(b"PK\x01\x02", place + 1)) >= 0:
            held[place + 8] |= 1
    return damaged(bytes(held), changes)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_of_tasks(tally, tmp_path_factory, monkeypatch):
    for room in (archive, folder):  # bombs burst early
        monkeypatch.setattr(room, "LIMIT", 1 << 16)
        monkeypatch.setattr(room, "MOST", 1 << 18)
    bomb = st.builds(lambda size: b'{"Definition": "' + b" " * size, st.sampled_from([1 << 12, 1 << 17, 1 << 22]))
    held = st.one_of(right_contents, right_contents, right_contents, contents, bomb)
    entry = st.tuples(st.sampled_from(["a.json", "b.json", "one/c.json", "../d.json", "notes.txt", "x/a.json"]), held)
    methods = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    place = tmp_path_factory.mktemp("archives") / "tasks.zip"

    @examples(700)
    @given(st.lists(entry, max_size=4), methods, damage, st.integers(0, 9))
    def one(files, method, changes, luck):
        place.write_bytes(zipped(files, method, changes if luck < 6 else (), luck == 9))
        found, how = outcome(lambda: load_language(place))
        if found is not None and luck >= 6:
            read, wanted = {task.name: task for task in found}, [each for each in files if each[0].endswith(".json")]
            assert len(read) == len(wanted)
            for name, own in wanted:
                check_task(read[Path(name).stem], own)
        tally("archive of language tasks", how)

    one()


def test_examples_of_a_task(tally, tmp_path_factory):
    place = tmp_path_factory.mktemp("examples") / "few.jsonl"
    line = st.one_of(right_instances, right_instances, instances, values)

    @examples(500)
    @given(st.lists(line, max_size=4), st.booleans(), damage, st.sampled_from(["\n", "\r\n", "\n\n"]), st.booleans())
    def one(lines, only, changes, end, whole):
        place.write_bytes(damaged(end.encode().join(as_json(each, only) for each in lines), () if whole else changes))
        found, how = outcome(lambda: read_examples(place))
        if found is not None and whole:
            assert [each.input for each in found] == [each["input"].strip() for each in lines]
        tally("file of examples", how)
        found, how = outcome(lambda: read_inputs(place))
        if found is not None and whole:
            assert found == [each["input"].strip() for each in lines]
        tally("file of examples", how)

    one()


def test_vectors_of_definitions(tally, tmp_path_factory):
    place = tmp_path_factory.mktemp("vectors") / "vectors.json"
    vector = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2)

    @examples(300)
    @given(st.dictionaries(texts, st.one_of(vector, vector, values), max_size=3), st.booleans(), damage, st.booleans())
    def one(held, only, changes, whole):
        place.write_bytes(damaged(as_json(held, only), () if whole else changes))
        found, how = outcome(lambda: GivenVectors.read(place))
        if found is not None and whole:
            wanted = {name: [float(number) for number in each] for name, each in held.items()}
            assert {name: each.tolist() for name, each in found.vectors.items()} == wanted
        tally("file of vectors", how)

    one()


def test_any_text_in_tokens(tally, tmp_path):
    tokenizer = Tokenizer(train_tokenizer(["give the plural of the noun"] * 3, 280), tmp_path, 0)

    @examples(250)
    @given(st.lists(st.tuples(right_texts, st.lists(right_texts, min_size=1, max_size=6)), min_size=1, max_size=3))
    def one(pairs):
        own = tuple(Instance(f"{n} {asked}", tuple(answers)) for n, (asked, answers) in enumerate(pairs))
        task = LanguageTask("a", "kind", ("Do it.",), own, place="a.json")
        corpus, how = outcome(lambda: encode_tasks([task], tokenizer, context=200))
        if corpus is not None:
            for number, instance in enumerate(own):
                for alternative, answer in enumerate(instance.outputs):
                    size = int(corpus.answer_lengths[0, number, alternative])
                    if size == 0:  # longer than there is room for, and not the first
                        assert alternative > 0
                        continue
                    row = np.asarray(corpus.answers[corpus.answer_rows[0, number, alternative]])[:size]
                    start = int(corpus.prompt_lengths[0, 0, number])
                    prompt = np.asarray(corpus.prompts[0, 0, number])[:start]
                    if "<end>" not in f"{instance.input}{answer}":
                        said = tokenizer.decode([*prompt.tolist(), *row[:-1].tolist()])
                        assert said == f"Do it.\n\nInput: {instance.input}\nOutput: {answer}"
                    assert row[-1] == 0
        tally("text in tokens", how)

    one()


class Reader:
    """Reads descriptions and examples as the family of language tasks does."""

    read_description = staticmethod(str)
    read_examples = staticmethod(lambda path: (read_examples(path), None))
    listed_examples = staticmethod(lambda given: (listed_examples(given), None))


def test_a_file_of_own_tasks(tally, tmp_path):
    (tmp_path / "few.jsonl").write_bytes(as_json({"input": "a", "output": "b"}))
    put(tmp_path / "pipe", "pipe")
    files = st.sampled_from(["few.jsonl", "pipe", "..", "no.jsonl", "a\0", "x" * 300, "/dev/zero"])
    named = st.sampled_from(["a", "A", "b-c", "..", ".", "../a", "a/b", "é", "x" * 61, "con ", "\n"]) | values
    line = st.fixed_dictionaries(
        {"name": named},
        optional={
            "description": right_texts | values,
            "support": files | st.lists(right_instances | values, max_size=3) | values,
            "more": values,
        },
    )
    right = st.fixed_dictionaries(
        {"name": st.sampled_from("abcdeé")},
        optional={"description": right_texts, "support": st.just("few.jsonl") | st.lists(right_instances, min_size=1)},
    )
    odd_line = st.builds(as_json, line) | st.builds(damaged, st.builds(as_json, right), damage) | deep
    own = st.lists(st.builds(as_json, right), max_size=3) | st.lists(st.builds(as_json, right) | odd_line, max_size=3)

    @examples(1000)
    @given(own)
    def one(lines):
        path = tmp_path / "tasks.jsonl"
        path.write_bytes(b"\n".join(lines))
        found, how = outcome(lambda: read_tasks(path, Reader))
        if found is not None:
            given_tasks = [
                json.loads(line) for line in path.read_bytes().decode("utf-8-sig").split("\n") if line.strip()
            ]
            assert [each.name for each in found] == [each["name"] for each in given_tasks]
            assert len({each.name.casefold() for each in found}) == len(found) > 0
            assert all((tmp_path / each.name).parent == tmp_path for each in found)
        tally("file of own tasks", how)

    one()
