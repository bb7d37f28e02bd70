"""Checkpoints: a tree's arrays by orbax, and a manifest by which everything is proved before it is restored.

ROOT/step-100/manifest.json
ROOT/step-100/arrays/...
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hypermaml._misc.atomic import FULL, disk_full, is_full, sync
from hypermaml.run.manifest import CheckpointError, check_fit, describe, read_manifest, write_manifest

if TYPE_CHECKING:
    from jaxtyping import PyTree

__all__ = ["CheckpointError", "latest", "restore", "save"]

_Tree = TypeVar("_Tree")
_KEPT = 2
_OVERHEAD = 1 << 18  # bytes of a checkpoint beside its arrays


def save(root: Path, step: int, tree: PyTree, *, extra: Mapping[str, Any]) -> None:
    """Write a checkpoint, and delete all but the newest two.

    It is written under another name, flushed to the disk and then renamed, so a kill at any moment leaves the older
    checkpoints as they were; what the kill left behind goes with the next save. One process at a time writes in `root`.

    Args:
        root: the folder of this run's checkpoints, created if absent.
        step: larger than that of every checkpoint in `root`.
        tree: any pytree. Its arrays are saved; whether an array is weakly typed is not kept.
        extra: what JSON holds; returned by `restore`.

    Raises:
        CheckpointError: the step is not new, or an array holds random keys, objects or text.
        OSError: the disk is full, or the folder cannot be written.
    """
    newest = latest(root)
    if newest is not None and step <= newest:
        raise CheckpointError(f"{root} already holds step {newest}; a checkpoint of step {step} must come before it.")
    root.mkdir(parents=True, exist_ok=True)
    for leftover in root.glob(".tmp-*"):
        shutil.rmtree(leftover)

    needed = _check_room(root, tree)
    temporary = root / f".tmp-{step}"
    try:
        temporary.mkdir()
        _write_arrays(temporary / "arrays", tree)
        write_manifest(temporary, step, tree, extra)
        for path in (*temporary.rglob("*"), temporary):
            sync(path)
        temporary.rename(_folder(root, step))
    except Exception as error:
        shutil.rmtree(temporary, ignore_errors=True)
        # Orbax hands on the system's message in an error of its own.
        if is_full(error) or any(os.strerror(number) in str(error) for number in FULL):
            raise disk_full(root, needed) from None
        raise
    sync(root)

    for old in _steps(root)[:-_KEPT]:
        # A folder that is half deleted must not look like a checkpoint.
        shutil.rmtree(_folder(root, old).rename(root / f".tmp-old-{old}"))


def latest(root: Path) -> int | None:
    """Return the step of the newest checkpoint in `root`, or `None` where there is none."""
    return max(_steps(root), default=None)


def restore(root: Path, step: int, like: _Tree) -> tuple[_Tree, dict[str, Any]]:
    """Prove a checkpoint, then read it.

    Args:
        root: the folder that `save` was given.
        step: the checkpoint's step.
        like: a tree of the saved structure, shapes and dtypes, which gives the leaves that are not arrays.

    Returns:
        The saved tree, with `jax.Array` where `like` has one and NumPy arrays where it has those; and `extra`.

    Raises:
        CheckpointError: the checkpoint is absent, foreign or damaged, or does not fit `like`.
    """
    import jax
    import numpy as np

    folder = _folder(root, step)
    manifest = read_manifest(folder, step)
    check_fit(folder, manifest, like)
    leaves, structure = jax.tree_util.tree_flatten(like)
    stored = _stored(manifest["leaves"])
    arrays = {}
    if stored:
        with _checkpointer() as checkpointer:
            arrays = checkpointer.restore((folder / "arrays").resolve())
    for index in stored:
        wanted = leaves[index]
        value = (jax.numpy if isinstance(wanted, jax.Array) else np).asarray(arrays[str(index)])
        if (value.dtype, value.shape) != (wanted.dtype, wanted.shape):
            raise CheckpointError(
                f"The leaf {manifest['leaves'][index]['path']} of {folder} came back as {value.dtype}, not "
                f"{wanted.dtype}; set jax_enable_x64 as it was when the checkpoint was saved."
            )
        leaves[index] = value[()] if isinstance(wanted, np.generic) else value
    return jax.tree_util.tree_unflatten(structure, leaves), manifest["extra"]


def _write_arrays(path: Path, tree: PyTree) -> None:
    import jax
    import numpy as np

    leaves = jax.tree_util.tree_leaves(tree)
    arrays = {str(index): np.asarray(leaves[index]) for index in _stored(describe(tree))}
    if arrays:
        hook = sys.unraisablehook
        sys.unraisablehook = partial(_tell_unless_closed, hook)
        try:
            with _checkpointer() as checkpointer:
                checkpointer.save(path.resolve(), arrays)
        finally:
            sys.unraisablehook = hook


def _tell_unless_closed(hook: Callable[..., Any], unraisable: Any) -> None:
    """Print an error that nobody can catch, but not those of orbax's threads, which go on after one of them failed."""
    if "Event loop is closed" not in str(unraisable.exc_value):
        hook(unraisable)


def _check_room(root: Path, tree: PyTree) -> int:
    """Return the bytes that a checkpoint takes at most, if the disk has them: nothing is begun that cannot end."""
    import jax

    needed = _OVERHEAD + sum(leaf.nbytes for leaf in jax.tree_util.tree_leaves(tree) if hasattr(leaf, "nbytes"))
    if shutil.disk_usage(root).free < needed:
        raise disk_full(root, needed)
    return needed


def _stored(leaves: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the indices of the leaves that orbax keeps: the arrays, but not the empty ones, which it refuses."""
    return [index for index, leaf in enumerate(leaves) if "shape" in leaf and 0 not in leaf["shape"]]


@contextmanager
def _checkpointer() -> Iterator[Any]:
    """Yield orbax's checkpointer of this process alone; others may compute with it, and do not call it.

    Orbax is imported late, since that takes a second, and its log and warnings are kept off the terminal.
    """
    import jax

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import orbax.checkpoint as ocp

        number = jax.process_index()
        alone = ocp.options.MultiprocessingOptions(number, {number}) if jax.process_count() > 1 else None
        options: dict[str, Any] = {} if alone is None else {"multiprocessing_options": alone}
        log = logging.getLogger("absl")
        level = log.level
        log.setLevel(logging.CRITICAL)
        try:
            with ocp.Checkpointer(ocp.StandardCheckpointHandler(**options), **options) as checkpointer:
                yield checkpointer
        finally:
            log.setLevel(level)


def _folder(root: Path, step: int) -> Path:
    return root / f"step-{step}"


def _steps(root: Path) -> list[int]:
    names = (path.name for path in root.glob("step-*"))
    return sorted(int(match[1]) for name in names if (match := re.fullmatch(r"step-(\d+)", name)))
