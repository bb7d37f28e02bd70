"""The small decoder of comparisons with many seeds: trained on this machine on the tasks' text once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from hypermaml._misc.cache import cache_folder
from hypermaml.data.language.task import LanguageTask
from hypermaml.families.language.prompts import documents_of
from hypermaml.lm.model import LanguageModel, load_model
from hypermaml.lm.pretrain import Pretraining, pretrain
from hypermaml.lm.tokenizer import Tokenizer
from hypermaml.lm.trained_tokenizer import END, train_tokenizer
from hypermaml.lm.write import write_model

VOCABULARY = 2048


def small_decoder(
    tasks: Sequence[LanguageTask],
    sizes: Pretraining,
    *,
    cache: Path | None = None,
    report: Callable[[int, int, str], None] = lambda *_: None,
) -> LanguageModel:
    """Return the decoder that was trained on these tasks at these sizes; where there is none yet, it is trained now.

    Args:
        tasks: of meta-training, whose text it learns.
        sizes: of the model and of its training.
        cache: the folder that holds a folder of each decoder; the user's cache by default.
        report: called with the steps done, those of all, and a text.

    Raises:
        ModuleNotFoundError: a package of the extra `language` is not installed.
        ValueError: the folder is damaged; the sentence says what to delete.
    """
    documents = documents_of(tasks, end=END)
    folder = (cache or cache_folder()) / f"decoder-{_name(documents, sizes)}"
    if not (folder / "config.json").is_file():  # which is written last
        tokenizer = small_tokenizer(documents, folder / "tokenizer.json")
        for done, _, model in pretrain(documents, tokenizer, sizes, seed=0, chunk=20):
            report(done, sizes.steps, "steps of a small decoder")
            if done == sizes.steps:
                write_model(folder, model)
    try:
        return load_model(folder)
    except ValueError as error:
        raise ValueError(f"{error}; delete {folder}, and it is trained again") from error


def small_tokenizer(documents: Sequence[str], path: Path) -> Tokenizer:
    """Return the small decoder's tokenizer, trained on its documents.

    Args:
        documents: texts to learn the merges from.
        path: that errors name; nothing is written.
    """
    backend = train_tokenizer(documents, VOCABULARY)
    return Tokenizer(backend, path, backend.token_to_id(END))


def _name(documents: Sequence[str], sizes: Pretraining) -> str:
    """Return the folder's name, from all that the decoder depends on."""
    return hashlib.sha256("\0".join([str(sizes), str(VOCABULARY), *documents]).encode()).hexdigest()[:12]
