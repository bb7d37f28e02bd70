"""One file that holds a trained method: `artifact.json`, which says what it is, and its arrays."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import hypermaml
from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.encoding import decode, encode

FORMAT = "hypermaml trained 1"


class ArtifactError(ValueError):
    """A file holds no trained method, is damaged, or needs something that is not here."""


def save_artifact(path: Path, trained: Any) -> None:
    """Write a trained method into one file, whole or not at all.

    Args:
        path: the file; its folder exists.
        trained: a `Trained`.

    Raises:
        ValueError: a part is a function or a class that another program could not import.
        OSError: the file cannot be written.
    """
    arrays: list[np.ndarray] = []
    body = encode(trained, arrays)
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **{str(index): array for index, array in enumerate(arrays)})
    contents = {"format": FORMAT, "version": hypermaml.__version__, "body": body, "sha256": digest(body, arrays)}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in (("artifact.json", json.dumps(contents).encode()), ("arrays.npz", packed.getvalue())):
            archive.writestr(zipfile.ZipInfo(name), data)  # without the time, so that equal methods are equal files
    write_atomic(path, file.getvalue())


def load_artifact(path: Path, known: Mapping[str, Any]) -> Any:
    """Read a trained method.

    Args:
        path: the file.
        known: classes and functions by the names that they were saved under, for those that cannot be imported.

    Raises:
        ArtifactError: the file holds no trained method, is damaged, or needs a class that is not here.
        OSError: the file cannot be read.
    """
    data = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            contents = json.loads(archive.read("artifact.json"))
            with np.load(io.BytesIO(archive.read("arrays.npz")), allow_pickle=False) as stored:
                arrays = [stored[str(index)] for index in range(len(stored.files))]
        form, body, seal = contents["format"], contents["body"], contents["sha256"]
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, NotImplementedError):
        raise ArtifactError(
            f"{path} holds no trained method, or is damaged: give a file that Trained.save wrote"
        ) from None
    if form != FORMAT:
        raise ArtifactError(
            f"{path} is of the format '{form}', which hypermaml {hypermaml.__version__} does not read: it was saved by "
            f"hypermaml {contents.get('version')}"
        )
    if digest(body, arrays) != seal:
        raise ArtifactError(f"{path} is damaged: its contents do not match their SHA-256")
    try:
        return decode(body, arrays, known)
    except ValueError as error:
        raise ArtifactError(f"{path} cannot be read: {error}") from error


def digest(body: Any, arrays: list[np.ndarray]) -> str:
    """Return the SHA-256 of what a file says."""
    found = hashlib.sha256(json.dumps(body, sort_keys=True).encode())
    for array in arrays:
        found.update(f"{array.dtype} {array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()
