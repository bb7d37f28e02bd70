"""Hidden states below the adapters, which no task and no method changes: computed once for all instances."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from hypermaml._misc.cache import cache_folder
from hypermaml._misc.memory import available
from hypermaml.families.language.corpus import LENGTHS, Corpus
from hypermaml.lm.adapted import Adapted
from hypermaml.lm.answers import Answers
from hypermaml.lm.shapes import Reading

ROWS = 16  # texts that are read at once


def with_states(
    adapted: Adapted,
    corpus: Corpus,
    *,
    cache: Path | None = None,
    report: Callable[[int, int, str], None] = lambda *_: None,
) -> Corpus:
    """Return the corpus with the hidden states of each instance with each of its right answers.

    They are in a file, 4 bytes a number, and in memory; those of a text are as many as its tokens. The file is written
    where there is none yet for this model and these texts.

    Args:
        adapted: the model, split for the layers that adapt.
        corpus: the texts.
        cache: the folder of the files of states; the user's cache by default.
        report: called with the texts done, those of all, and a text that says how much memory the states take.

    Raises:
        OSError: there is no room for the file.
        ValueError: the file is damaged, and the sentence says what to delete; or there is not enough memory.
    """
    alternatives = corpus.answer_rows.shape[2]
    real = np.broadcast_to(corpus.answer_lengths[:, None] > 0, (*corpus.prompts.shape[:3], alternatives))
    number = np.where(real, np.cumsum(real).reshape(real.shape) - 1, 0)
    texts = np.zeros((int(real.sum()), corpus.length), np.int32)
    for each in range(alternatives):
        own = real[..., each]
        texts[number[..., each][own]] = np.asarray(_tokens(corpus, jnp.asarray(each)))[own]
    lengths = np.asarray(corpus.prompt_lengths[..., None] + corpus.answer_lengths[:, None])[real]
    ends = np.cumsum(lengths)
    rows, width = int(ends[-1]) + corpus.length, adapted.decoder.architecture.width
    needed, free = rows * width * adapted.decoder.embedding.dtype.itemsize, available()
    if free is not None and needed > free:
        what = f"the hidden states of {len(texts):,} texts take {needed / 2**20:,.0f} MiB of memory"
        raise ValueError(f"{what}, but {free / 2**20:,.0f} MiB are free: lower instances, or do not cache states")
    path = (cache or cache_folder()) / f"states-{_name(adapted, texts)}.npy"
    if not path.is_file():
        said = f"texts through the frozen layers, {needed / 2**20:,.0f} MiB in memory"
        _write(path, adapted, texts, lengths, (rows, width), lambda done, of: report(done, of, said))
    try:
        values = np.load(path, mmap_mode="r")
    except (EOFError, ValueError) as error:
        raise ValueError(f"{path} is damaged: delete it, and the states are computed again") from error
    if values.shape != (rows, width):
        raise ValueError(f"{path} is damaged: delete it, and the states are computed again")
    states = jnp.asarray(values, adapted.decoder.embedding.dtype)
    shapes = ((corpus.length, corpus.answers.shape[1]),) if corpus.reading is None else corpus.reading.shapes
    starts = jnp.asarray((ends - lengths)[number])
    return replace(corpus, reading=Reading(shapes, states), starts=starts)


@eqx.filter_jit
def _tokens(corpus: Corpus, alternative: Int[Array, ""]) -> Int[Array, "task definition instance token"]:
    """Return the tokens of all instances with one of their right answers."""
    tasks, definitions, instances = (jnp.arange(size) for size in corpus.prompts.shape[:3])

    def of_task(task: Array) -> Array:
        return jax.vmap(lambda definition: corpus.rows(task, definition, instances, alternative).tokens)(definitions)

    return jax.vmap(of_task)(tasks)


def _name(adapted: Adapted, texts: Int[np.ndarray, "text token"]) -> str:
    """Return the file's name, from all that the states depend on."""
    digest = hashlib.sha256(str(("one after another", adapted.decoder.architecture, texts.shape)).encode())
    decoder = adapted.decoder
    for leaf in (*jax.tree.leaves((decoder.embedding, decoder.frequencies, decoder.lower)), texts):
        digest.update(np.ascontiguousarray(leaf).view(np.uint8).data)
    return digest.hexdigest()[:12]


def _write(
    path: Path,
    adapted: Adapted,
    texts: Int[np.ndarray, "text token"],
    lengths: Int[np.ndarray, " text"],
    shape: tuple[int, int],
    report: Callable[[int, int], None],
) -> None:
    """Write the states of all texts one after another, then zeros; texts of similar length are read together."""
    path.parent.mkdir(parents=True, exist_ok=True)
    needed, free = shape[0] * shape[1] * 4, shutil.disk_usage(path.parent).free
    if free < needed:  # a full disk would kill the process that writes to a mapped file
        raise OSError(f"{path} needs {needed / 2**20:,.0f} MiB, but {free / 2**20:,.0f} MiB are free: lower instances")
    # Of its own name, since other runs may be at the same file.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        states = np.lib.format.open_memmap(temporary, "w+", np.float32, shape)
        starts = np.cumsum(lengths) - lengths
        order = np.argsort(lengths, kind="stable")
        for first in range(0, len(order), ROWS):
            part = order[first : first + ROWS]
            length = min(-(-int(lengths[part[-1]]) // LENGTHS) * LENGTHS, texts.shape[-1])
            read = np.resize(part, ROWS)
            for text, own in zip(part, _states(adapted, texts[read, :length]), strict=False):
                states[starts[text] : starts[text] + lengths[text]] = own[: lengths[text]]
            report(min(first + ROWS, len(order)), len(order))
        states.flush()
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _states(adapted: Adapted, tokens: Int[np.ndarray, "text token"]) -> Float[np.ndarray, "text token width"]:
    """Return the states of texts whose answers do not matter."""
    nowhere, nothing = jnp.zeros((len(tokens), 1), jnp.int32), jnp.zeros((len(tokens), 1))
    return np.asarray(adapted.with_states(Answers(jnp.asarray(tokens), nowhere, nothing)).states, np.float32)
