"""One file that holds a trained method or a model: `manifest.json`, which says what it is, and `arrays.safetensors`.

The file is a zip archive without compression, so that no array can be larger than the file. Equal contents give equal
bytes. Other programs can read the arrays with the package safetensors.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import equinox
import jax
import numpy as np
import safetensors.numpy

import hypermaml
from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.encoding import decode, encode
from hypermaml._misc.read import read_bytes

FORMAT = "hypermaml model 2"
MANIFEST, ARRAYS, OLD = "manifest.json", "arrays.safetensors", "artifact.json"
LARGEST_MANIFEST = 1 << 27  # bytes


class ArtifactError(ValueError):
    """A file holds nothing that this package saved, is damaged, or needs something that is not here."""


def save_artifact(path: Path, saved: Any) -> None:
    """Write a trained method or a model into one file, whole or not at all.

    Args:
        path: the file; its folder exists.
        saved: a `Trained` or a `FittedModel`, without tasks.

    Raises:
        ValueError: a part is a function or a class that another program could not import.
        OSError: the file cannot be written.
    """
    arrays: list[np.ndarray] = []
    body = encode(saved, arrays)
    packed = safetensors.numpy.save({str(index): array for index, array in enumerate(arrays)})
    manifest = {
        "format": FORMAT,
        "kind": type(saved).__name__,
        "versions": {"hypermaml": hypermaml.__version__, "jax": jax.__version__, "equinox": equinox.__version__},
        "body": body,
        "sha256": {"body": digest(body), "arrays": hashlib.sha256(packed).hexdigest()},
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in ((MANIFEST, json.dumps(manifest).encode()), (ARRAYS, packed)):
            archive.writestr(zipfile.ZipInfo(name), data)  # without the time
    write_atomic(path, file.getvalue())


def load_artifact(path: Path, known: Mapping[str, Any]) -> Any:
    """Read a trained method or a model.

    Args:
        path: the file.
        known: classes and functions by the names that they were saved under, for those of modules that are not
            imported.

    Raises:
        ArtifactError: the file holds neither, is damaged, or needs a class that is not here.
        OSError: the file cannot be read.
    """
    manifest, packed = read_parts(path)
    try:
        form, body, seals = manifest["format"], manifest["body"], manifest["sha256"]
        versions = ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
        if form != FORMAT:
            raise ArtifactError(
                f"{path} is of the format '{form}', which hypermaml {hypermaml.__version__} does not read: it was "
                f"saved with {versions}"
            )
        if seals != {"body": digest(body), "arrays": hashlib.sha256(packed).hexdigest()}:
            raise ArtifactError(f"{path} is damaged: its contents do not match their SHA-256")
        stored = safetensors.numpy.load(packed)
        arrays = [stored[str(index)] for index in range(len(stored))]
    except (KeyError, TypeError, AttributeError, safetensors.SafetensorError):
        raise ArtifactError(f"{path} is damaged: its {MANIFEST} or its {ARRAYS} is not complete") from None
    try:
        return decode(body, arrays, known)
    except ValueError as error:
        raise ArtifactError(f"{path} (saved with {versions}) cannot be read: {error}") from error
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ArtifactError(
            f"{path} (saved with {versions}) cannot be read: {type(error).__name__}: {error}"
        ) from error


def read_parts(path: Path) -> tuple[dict[str, Any], bytes]:
    """Return the manifest and the packed arrays of a file.

    Raises:
        ArtifactError: the file holds no manifest, or is damaged.
        OSError: the file cannot be read.
    """
    path.stat()  # a file that is not there is an error of the system
    right = "give a file that Trained.save or FittedModel.save wrote, or a run folder"
    try:
        data = read_bytes(path, what="a trained method or a model", limit=1 << 40)
    except ValueError as error:
        raise ArtifactError(f"{error}: {right}") from None
    if not data.startswith(b"PK"):
        raise ArtifactError(f"{path} holds no trained method and no model: {right}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if OLD in names:
                raise ArtifactError(
                    f"{path} was saved by an older hypermaml, in a format that is no longer read: train and save again"
                )
            if MANIFEST not in names or ARRAYS not in names:
                raise ArtifactError(f"{path} holds no trained method and no model: {right}")
            for info in archive.infolist():
                limit = LARGEST_MANIFEST if info.filename == MANIFEST else len(data)
                if info.compress_type != zipfile.ZIP_STORED or info.file_size > min(limit, len(data)):
                    raise ArtifactError(f"{path} is damaged: {info.filename} has a size that it cannot have")
            manifest = json.loads(archive.read(MANIFEST))
            if not isinstance(manifest, dict):
                raise ValueError
            return manifest, archive.read(ARRAYS)
    except ArtifactError:
        raise
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError, RecursionError):
        raise ArtifactError(f"{path} is damaged: write it again with save") from None


def digest(body: Any) -> str:
    """Return the SHA-256 of what a manifest says."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
