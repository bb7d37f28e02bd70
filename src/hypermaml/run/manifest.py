"""What a checkpoint says of itself, and the proof that it is still true.

`manifest.json` lists the leaves of the saved tree, the size and SHA-256 of every file beside it, and the SHA-256 of its
own contents. Its bytes are a function of its contents, so any changed bit shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypermaml._misc.read import read_bytes
from hypermaml.run.checksums import NAME, file_digest, proven, render
from hypermaml.run.environment import versions

if TYPE_CHECKING:
    from jaxtyping import PyTree

_FORMAT = "hypermaml checkpoint"
_VERSION = 1
_PACKAGES = ("hypermaml", "jax", "equinox", "optax", "orbax-checkpoint", "numpy")


class CheckpointError(ValueError):
    """A checkpoint is damaged, foreign, or of another tree than the one asked for."""


def write_manifest(folder: Path, step: int, tree: PyTree, extra: Mapping[str, Any]) -> None:
    """Write the manifest of a folder that holds the arrays of `tree` at `step` already; `extra` is what JSON holds."""
    contents = {
        "format": _FORMAT,
        "format_version": _VERSION,
        "step": step,
        "versions": versions(_PACKAGES),
        "structure": _fingerprint(tree),
        "leaves": describe(tree),
        "files": {name: file_digest(folder / name) for name in _files(folder)},
        "extra": dict(extra),
    }
    (folder / NAME).write_bytes(render(json.loads(json.dumps(contents))))


def read_manifest(folder: Path, step: int) -> dict[str, Any]:
    """Read a manifest and prove it, and every file that it lists.

    Args:
        folder: the checkpoint.
        step: the step that it must be of.

    Raises:
        CheckpointError: the folder is foreign, or a file is damaged, missing or too many; the sentence names it.
    """
    path = folder / NAME
    if not path.exists():
        raise CheckpointError(f"{folder} is not a checkpoint: it holds no {NAME}.")
    try:
        contents = proven(read_bytes(path, what="the manifest of a checkpoint"), str(path))
    except ValueError:
        raise CheckpointError(
            f"{path} is damaged or of another program: its bytes do not match its own SHA-256."
        ) from None
    if (contents.get("format"), contents.get("format_version")) != (_FORMAT, _VERSION):
        raise CheckpointError(f"{path} is not of the format {_FORMAT!r}, version {_VERSION}, that this version reads.")
    if contents["step"] != step:
        raise CheckpointError(f"{folder} is the checkpoint of step {contents['step']} under a changed name.")

    found = _files(folder)
    for name in sorted(contents["files"].keys() | set(found)):
        if name not in found:
            raise CheckpointError(f"{folder} is damaged: the file {name} is missing.")
        if name not in contents["files"]:
            raise CheckpointError(f"{folder} is damaged: it holds the file {name}, which its manifest does not list.")
        if file_digest(folder / name) != contents["files"][name]:
            raise CheckpointError(f"{folder / name} is damaged: its bytes do not match the SHA-256 in the manifest.")
    return contents


def check_fit(folder: Path, manifest: Mapping[str, Any], like: PyTree) -> None:
    """Raise `CheckpointError`, naming the first leaf that differs, if `like` is not of the saved tree's form."""
    saved, asked = ({leaf["path"]: _text(leaf) for leaf in leaves} for leaves in (manifest["leaves"], describe(like)))
    for path in dict.fromkeys(chain(saved, asked)):
        old, new = saved.get(path, "absent"), asked.get(path, "absent")
        if old != new:
            raise CheckpointError(
                f"The checkpoint {folder} does not fit: the leaf {path} is {old} in it and {new} in the tree asked for."
            )
    if manifest["structure"] != _fingerprint(like):
        raise CheckpointError(
            f"The checkpoint {folder} does not fit: its leaves agree, but the nodes above them differ."
        )


def describe(tree: PyTree) -> list[dict[str, Any]]:
    """Return path, dtype and shape of every array leaf, path and value (or name) of every other, in tree order.

    Raises:
        CheckpointError: an array holds random keys, objects or text.
    """
    import jax
    import numpy as np

    leaves = []
    for key_path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        path = jax.tree_util.keystr(key_path) or "."
        if not isinstance(leaf, (jax.Array, np.ndarray, np.generic)):
            plain = isinstance(leaf, (bool, int, float, complex, str, bytes))
            static = repr(leaf) if plain else getattr(leaf, "__qualname__", type(leaf).__qualname__)
            leaves.append({"path": path, "static": static})
        elif jax.numpy.issubdtype(leaf.dtype, np.number) or leaf.dtype == bool:
            leaves.append({"path": path, "dtype": str(leaf.dtype), "shape": list(leaf.shape)})
        else:
            raise CheckpointError(f"The leaf {path} has dtype {leaf.dtype}; of random keys, save jax.random.key_data.")
    return leaves


def _text(leaf: Mapping[str, Any]) -> str:
    return leaf["static"] if "static" in leaf else f"{leaf['dtype']}{leaf['shape']}"


def _fingerprint(tree: PyTree) -> str:
    """Hash the types of the tree's nodes and how they nest; static fields print addresses and are left out."""
    import jax

    def nodes(structure: Any) -> Any:
        data = structure.node_data()
        return None if data is None else [data[0].__qualname__, *map(nodes, structure.children())]

    return hashlib.sha256(json.dumps(nodes(jax.tree_util.tree_structure(tree))).encode()).hexdigest()


def _files(folder: Path) -> list[str]:
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(name for path in paths if (name := path.relative_to(folder).as_posix()) != NAME)
