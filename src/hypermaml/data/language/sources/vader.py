"""How pleasant words are: the lexicon of VADER (Hutto and Gilbert 2014), from its source archive on PyPI."""

from __future__ import annotations

import io
import re
import tarfile
from pathlib import Path

LICENSE = "MIT"
SNIPPETS = ("amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets", "tweets")
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
        return _ratings(archive.read_text("utf-8", "replace"), archive)
    lexicon = _member(archive, r"[^/]+/vaderSentiment/vader_lexicon\.txt")
    return _ratings(lexicon.decode("utf-8", "replace"), archive)


def read_snippets(archive: Path, name: str) -> dict[str, float]:
    """The mean rating of each of the rated texts, in [-4, 4].

    Args:
        archive: vaderSentiment-3.3.2.tar.gz.
        name: one of SNIPPETS.

    Raises:
        ValueError: it is damaged, or no such archive.
    """
    inner = io.BytesIO(_member(archive, r"[^/]+/additional_resources/hutto_ICWSM_2014\.tar\.gz"))
    ratings = {}
    for line in _member(archive, f"[^/]+/{name}_GroundTruth.txt", inner).decode("utf-8", "replace").splitlines():
        _, mean, text = (*line.split("\t", 2), "", "")[:3]
        if text.strip() and "\ufffd" not in text:
            ratings[text.strip()] = float(mean)
    return ratings


def _member(archive: Path, name: str, inside: io.BytesIO | None = None) -> bytes:
    """The one file of that name, a pattern, in an archive or in one that it holds."""
    try:
        with tarfile.open(archive, fileobj=inside) as files:
            for member in files:
                if re.fullmatch(name, member.name) and (file := files.extractfile(member)):
                    return file.read()
    except (tarfile.TarError, EOFError, OSError):
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
