import shutil
from dataclasses import replace
from types import SimpleNamespace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.families.language.cached_states import with_states
from hypermaml.families.language.corpus import encode_tasks
from hypermaml.lm.adapted import Adapted
from hypermaml.lm.architecture import Architecture
from hypermaml.lm.weights import draw_decoder

SHAPE = Architecture(128, 16, 3, 2, 1, 8, 24, 64, 1e-5, 1e4, tied=True)


@pytest.fixture(scope="module")
def adapted():
    return Adapted(draw_decoder(SHAPE, seed=3), layers=1, rank=2)


@pytest.fixture(scope="module", params=[False, True])
def corpus(request, splits, encoder):
    tasks = [task for own in splits.values() for task in own]
    return encode_tasks(tasks, encoder, context=64, definition_in_prompt=request.param)


def drawn(corpus, alternative=0):
    definition = jnp.asarray(corpus.prompts.shape[1] - 1)
    return eqx.filter_jit(corpus.rows)(jnp.asarray(1), definition, jnp.asarray([0, 8, 3]), alternative)


def test_losses_and_answers_go_on_from_what_is_kept(adapted, corpus, tmp_path):
    told = []
    kept = with_states(adapted, corpus, cache=tmp_path, report=lambda *progress: told.append(progress))
    texts = int((corpus.answer_lengths > 0).sum()) * corpus.prompts.shape[1]
    real = corpus.answer_lengths[:, None] > 0
    tokens = int(((corpus.prompt_lengths[..., None] + corpus.answer_lengths[:, None]) * real).sum())
    assert kept.reading.states.shape == (tokens + corpus.length, 16)
    assert told[-1] == (texts, texts, told[-1][2])
    mebibytes = round((tokens + corpus.length) * 16 * 4 / 2**20)
    assert told[-1][2] == f"texts through the frozen layers, {mebibytes} MiB in memory"
    lora = jax.tree.map(lambda leaf: leaf + 0.1, adapted.learner(key=jax.random.key(0)))
    for alternative in (0, 1):
        plain, quick = drawn(corpus, alternative), drawn(kept, alternative)
        assert plain.starts is None
        assert quick.starts.shape == (3,)
        assert np.any(plain.weights > 0)
        np.testing.assert_array_equal(plain.tokens, quick.tokens)
        losses = [
            jax.value_and_grad(lambda lora, rows=rows, reading=reading: adapted.loss(lora, rows, reading))(lora)
            for rows, reading in ((plain, None), (quick, kept.reading))
        ]
        jax.tree.map(lambda one, two: np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6), *losses)
        (_, plain_loss), (_, quick_loss) = (
            adapted.answered(lora, rows, reading) for rows, reading in ((plain, None), (quick, kept.reading))
        )
        np.testing.assert_allclose(plain_loss, quick_loss, rtol=1e-5)


def test_states_are_computed_once_for_a_model_and_its_texts(adapted, corpus, tmp_path):
    def files():
        return {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}

    first = with_states(adapted, corpus, cache=tmp_path)
    (name,), known = files(), files()
    again = with_states(adapted, corpus, cache=tmp_path, report=lambda *_: pytest.fail("computed again"))
    assert files() == known
    np.testing.assert_array_equal(first.reading.states, again.reading.states)
    deeper = Adapted(draw_decoder(SHAPE, seed=3), layers=2, rank=2)
    other = Adapted(draw_decoder(replace(SHAPE, rope_base=1e5), seed=3), layers=1, rank=2)
    stretched = eqx.tree_at(lambda a: a.decoder.frequencies, adapted, replace_fn=lambda leaf: leaf * 0.5)
    for changed in (deeper, other, stretched):
        with_states(changed, corpus, cache=tmp_path)
    with_states(adapted, eqx.tree_at(lambda c: c.prompts, corpus, replace_fn=lambda leaf: leaf + 1), cache=tmp_path)
    assert len(files()) == 5
    assert not any(name.startswith(".") for name in files())
    whole = (tmp_path / name).read_bytes()
    for size in (len(whole) // 2, 0):
        (tmp_path / name).write_bytes(whole[:size])
        with pytest.raises(ValueError, match=f"{name} is damaged: delete it"):
            with_states(adapted, corpus, cache=tmp_path)


def test_a_file_that_has_no_room_is_told_before_it_is_written(adapted, corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(OSError, match="MiB are free: lower instances"):
        with_states(adapted, corpus, cache=tmp_path)
    assert not list(tmp_path.iterdir())


def test_states_that_memory_cannot_hold_are_told_before_they_are_computed(adapted, corpus, tmp_path, monkeypatch):
    monkeypatch.setattr("hypermaml.families.language.cached_states.available", lambda: 1 << 10)
    with pytest.raises(ValueError, match=r"texts take \d+ MiB of memory, but 0 MiB are free: lower instances"):
        with_states(adapted, corpus, cache=tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_of_an_interrupted_pass(adapted, corpus, tmp_path):
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        with_states(adapted, corpus, cache=tmp_path, report=stop)
    assert not list(tmp_path.iterdir())
