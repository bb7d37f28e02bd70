"""How pleasant words are: the lexicon of VADER (Hutto and Gilbert 2014), from its source archive on PyPI."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

LICENSE = "MIT"
FETCH = "pip download --no-deps --no-binary :all: vaderSentiment"


def read_lexicon(archive: Path) -> dict[str, float]:
    """The mean rating of each plain word, in [-4, 4].

    Args:
        archive: vaderSentiment-3.3.2.tar.gz, or a file of the lexicon alone.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, or no such archive.
    """
    if not archive.is_file():
        raise FileNotFoundError(
            f"there is no archive {archive}: `{FETCH}` fetches VADER's lexicon; name it with --vader"
        )
    if archive.suffix == ".txt":
        return _ratings(archive.read_text("utf-8"), archive)
    return _ratings(_member(archive, r"[^/]+/vaderSentiment/vader_lexicon\.txt"), archive)


def _member(archive: Path, name: str) -> str:
    try:
        with tarfile.open(archive) as files:
            for member in files:
                if re.fullmatch(name, member.name) and (file := files.extractfile(member)):
                    return file.read().decode("utf-8")
    except (tarfile.TarError, EOFError, OSError, UnicodeDecodeError):
        pass
    raise ValueError(f"{archive} is damaged, or no source archive of vaderSentiment: `{FETCH}` fetches it")


def _ratings(text: str, archive: Path) -> dict[str, float]:
    ratings = {}
    for line in text.splitlines():
        word, _, rest = line.partition("\t")
        if re.fullmatch("[a-z]{3,}", word):
            try:
                ratings[word] = float(rest.partition("\t")[0])
            except ValueError:
                raise ValueError(f"{archive}: '{line[:40]}' in its lexicon has no rating") from None
    return ratings
