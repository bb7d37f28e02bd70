"""Whether test tasks are new, and whether the support of a test stays out of its query."""

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from hypermaml._check.places import TASKS, TESTS, place
from hypermaml._check.results import Finding, ok
from hypermaml._check.subject import Subject
from hypermaml._check.trees import entry, rows

DRAWN, RECORDED = 100, 500
FEW = 4
LARGEST = 2**26  # bytes of the examples that are compared
SPLITS, SUPPORT = "splits", "support in query"


def check_splits(subject: Subject) -> Iterator[Finding]:
    """Check that no task of a test is in meta-training."""
    family = subject.family
    train, validation, *tests = family.splits
    seen = {split: _tasks(subject, split) for split in family.splits}
    names = {split: rows(tasks) for split, tasks in seen.items()}
    every = {name for of_split in names.values() for name in of_split}
    found = []
    for split, earlier in [*((each, train) for each in (validation, *tests)), *((each, validation) for each in tests)]:
        shared = len(set(names[split]) & set(names[earlier]))
        if shared and len(every) > FEW:
            found.append(
                Finding(
                    "error",
                    SPLITS,
                    place(family, TASKS),
                    f"{shared} of {len(set(names[split]))} tasks of {split} are tasks of {earlier}, too: draw the "
                    "tasks of each split apart, each with the key of its split (split_key) and from its own part of "
                    "the tasks",
                )
            )
        elif not shared and len(every) > FEW:
            found += _equal_data(subject, split, earlier, seen)
    if found:
        yield from found
    elif len(every) <= FEW:
        yield ok(SPLITS, f"there are only {len(every)} tasks, the same in all splits, so that no test has new ones")
    else:
        yield ok(SPLITS, f"no task of {', '.join((validation, *tests))} is in {train}")


def _tasks(subject: Subject, split: str) -> Any:
    count = subject.family.count(split)
    # As in training and in comparisons: meta-training has its own key, and the other splits share one.
    key = subject.key(9 if split == subject.family.splits[0] else 10)
    return subject.sample(DRAWN if count is None else min(count, RECORDED), split=split, key=key)


def _equal_data(subject: Subject, split: str, earlier: str, seen: dict[str, Any]) -> list[Finding]:
    """Return the finding that recorded tasks of two splits have the same examples."""
    family = subject.family
    if family.on_policy or family.count(split) is None:
        return []
    shapes = jax.eval_shape(lambda tasks: subject.same_key(tasks, subject.key(6)), seen[earlier])
    if sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(shapes)) > LARGEST:
        return []
    one, other = (rows(subject.same_key(seen[each], subject.key(6))) for each in (split, earlier))
    shared = len(set(one) & set(other))
    if not shared:
        return []
    return [
        Finding(
            "error",
            SPLITS,
            place(family, TASKS),
            f"{shared} of {len(one)} tasks of {split} have the same examples as a task of {earlier}: keep copies of a "
            "task in one split",
        )
    ]


def check_support(subject: Subject) -> Iterator[Finding]:
    """Check that no example of a test is both in the support and in the query."""
    family = subject.family
    if family.on_policy:
        return
    support, query = subject.drawn.support, subject.drawn.query
    if jax.tree.structure(support) != jax.tree.structure(query):
        yield ok(SUPPORT, "support and query have different forms, so that they are not compared")
        return
    shared = asked = repeated = 0
    for index in range(subject.count):
        ours, theirs = (_examples(entry(each, index)) for each in (support, query))
        shared += sum(row in set(ours) for row in theirs)
        asked += len(theirs)
        repeated += len(ours) - len(set(ours))
    if not shared:
        yield ok(SUPPORT, "no example of a test is in both")
        return
    text = (
        f"{100 * shared / max(asked, 1):.0f}% of the query examples of tests are in the support, too, so that a test "
        "asks for what it has shown"
    )
    if repeated:
        yield Finding(
            "warning",
            SUPPORT,
            place(family, TESTS),
            f"{text}; examples also repeat within a support: draw without repetition, unless there are few inputs",
        )
    else:
        yield Finding(
            "error", SUPPORT, place(family, TESTS), f"{text}: draw both at once without repetition and divide them"
        )


def _examples(batch: Any) -> list[bytes]:
    """Return the contents of each example, without padding."""
    mask = getattr(batch, "mask", None)
    contents = rows(batch)
    if mask is None or np.ndim(mask) != 1:
        return contents
    return [row for row, real in zip(contents, np.asarray(mask), strict=True) if real]
