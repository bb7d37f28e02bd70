import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from hypermaml.run import checkpoint
from hypermaml.run.checkpoint import CheckpointError, latest, restore, save


def _state(seed: int = 0, width: int = 8) -> dict[str, Any]:
    model = eqx.nn.MLP(2, 1, width, 1, key=jax.random.key(seed))
    return {"model": model, "optimizer": optax.adam(1e-3).init(eqx.filter(model, eqx.is_array)), "none": None}


def _same(one, two):
    assert jax.tree.structure(one) == jax.tree.structure(two)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True):
        assert type(a) is type(b)
        if isinstance(a, (jax.Array, np.ndarray, np.generic)):
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
        else:
            assert a == b


@pytest.fixture(scope="module")
def _saved(tmp_path_factory):
    root = tmp_path_factory.mktemp("checkpoints")
    save(root, 3, _state(), extra={"iteration": 3})
    return root


@pytest.fixture
def root(_saved, tmp_path):
    """A fresh copy of one checkpoint, of step 3."""
    return shutil.copytree(_saved, tmp_path / "root")


def _refused(root, match, like=None, step=3):
    with pytest.raises(CheckpointError, match=match) as refusal:
        restore(root, step, _state(1) if like is None else like)
    assert "\n" not in str(refusal.value)


def test_a_training_state_comes_back(root):
    assert latest(root) == 3
    tree, extra = restore(root, 3, _state(1))
    _same(tree, _state())
    assert extra == {"iteration": 3}


def test_every_kind_of_leaf_comes_back_to_the_bit(tmp_path):
    with jax.enable_x64(True):
        kinds = ["float64", "float32", "float16", "bfloat16", "complex64", "int8", "int32", "int64", "uint32", "bool"]
        finite = {kind: jnp.asarray(np.arange(6).reshape(2, 3).astype(jnp.dtype(kind))) for kind in kinds}
        special = {
            "float": jnp.asarray(np.asarray([0.1, -0.0, np.nan, np.inf, 5e-324, -np.pi])),
            "scalar": jnp.asarray(np.float32(2.5)),
            "count": jnp.asarray(np.int64(2**62)),
            "empty": jnp.asarray(np.zeros((0, 3))),
        }
        others = {
            "numpy": np.arange(4, dtype=np.float64)[::2],
            "numpy scalar": np.float32(7),
            "static": [3, "text", None, jnp.tanh],
        }
        tree = finite | special | others
        save(tmp_path, 0, tree, extra={})
        zeros = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), finite | special)
        blank = tree | jax.tree.map(jnp.asarray, zeros)
        blank |= {"numpy": np.zeros(2), "numpy scalar": np.float32(0)}
        _same(restore(tmp_path, 0, blank)[0], tree)
    _refused(tmp_path, "set jax_enable_x64 as it was", like=blank, step=0)


def test_a_tree_without_arrays_and_extra_json(tmp_path):
    extra = {"b": [1, 0.1, None, "é\n"], "a": {"nan": float("inf")}}
    save(tmp_path, 1, {"name": "x"}, extra=extra)
    assert restore(tmp_path, 1, {"name": "x"}) == ({"name": "x"}, extra)


def test_the_newest_two_are_kept_and_steps_only_grow(tmp_path):
    assert latest(tmp_path / "absent") is None
    for step in (8, 9, 10):
        save(tmp_path, step, {"a": jnp.asarray(step)}, extra={})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-10", "step-9"]
    assert latest(tmp_path) == 10
    assert int(restore(tmp_path, 9, {"a": jnp.asarray(0)})[0]["a"]) == 9
    with pytest.raises(CheckpointError, match="already holds step 10"):
        save(tmp_path, 10, {"a": jnp.asarray(0)}, extra={})


def test_the_manifest_tells_what_is_in_it(root):
    manifest = json.loads((root / "step-3" / "manifest.json").read_text())
    assert (manifest["format"], manifest["format_version"], manifest["step"]) == ("hypermaml checkpoint", 1, 3)
    assert {"path": "['model'].layers[0].weight", "dtype": "float32", "shape": [8, 2]} in manifest["leaves"]
    packages = {"python", "hypermaml", "jax", "equinox", "optax", "orbax-checkpoint"}
    assert packages <= manifest["versions"].keys()
    on_disk = {path.relative_to(root / "step-3").as_posix() for path in root.rglob("*") if path.is_file()}
    assert manifest["files"].keys() == on_disk - {"manifest.json"}


def test_every_flipped_bit_is_found_before_anything_is_read(root, monkeypatch):
    monkeypatch.setattr(checkpoint, "_checkpointer", lambda: pytest.fail("orbax was asked"))
    rng = np.random.default_rng(0)
    files = sorted(path for path in root.rglob("*") if path.is_file())
    for trial in range(60):
        path = files[trial % len(files)]
        intact = path.read_bytes()
        bit = int(rng.integers(8 * len(intact)))
        damaged = bytearray(intact)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        _refused(root, f"{path} is damaged")
        path.write_bytes(intact)


def test_missing_added_and_cut_files_are_named(root):
    folder = root / "step-3"
    victim = next(path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json")
    contents = victim.read_bytes()
    victim.unlink()
    _refused(root, f"the file {victim.relative_to(folder)} is missing")
    victim.write_bytes(contents[:-1])
    _refused(root, f"{victim} is damaged")
    victim.write_bytes(contents)
    (folder / "arrays" / "d" / "more").symlink_to("nowhere")
    _refused(root, "holds the file arrays/d/more")


def test_foreign_renamed_and_absent_checkpoints_are_told_apart(root):
    manifest = root / "step-3" / "manifest.json"
    shutil.copytree(root / "step-3", root / "step-4")
    _refused(root, "is the checkpoint of step 3 under a changed name", step=4)
    _refused(root, "step-5 is not a checkpoint", step=5)
    for foreign in ("{}", "[]", "weights", '{"step": 3}'):
        manifest.write_text(foreign)
        _refused(root, f"{manifest} is damaged or of another program")
    manifest.unlink()
    _refused(root, "step-3 is not a checkpoint")


def test_a_manifest_of_another_version_is_refused(root, monkeypatch):
    monkeypatch.setattr("hypermaml.run.manifest._VERSION", 2)
    _refused(root, "is not of the format 'hypermaml checkpoint', version 2")


class _Pair(NamedTuple):
    a: Any
    b: Any


class _Other(NamedTuple):
    a: Any
    b: Any


@pytest.mark.parametrize(
    ("like", "message"),
    [
        (_Pair(jnp.zeros((2, 4)), 1), r"the leaf \.a is float32\[2, 3\] in it and float32\[2, 4\] in the tree"),
        (_Pair(jnp.zeros((2, 3), int), 1), r"the leaf \.a is float32\[2, 3\] in it and int32\[2, 3\] in the tree"),
        (_Pair(jnp.zeros((2, 3)), 2), r"the leaf \.b is 1 in it and 2 in the tree"),
        (_Pair(jnp.zeros((2, 3)), None), r"the leaf \.b is 1 in it and absent in the tree"),
        (_Pair(jnp.zeros((2, 3)), {"c": 1}), r"the leaf \.b is 1 in it and absent in the tree"),
        (_Other(jnp.zeros((2, 3)), 1), "its leaves agree, but the nodes above them differ"),
    ],
)
def test_a_tree_that_does_not_fit_is_refused_with_its_first_leaf(tmp_path, like, message):
    save(tmp_path, 3, _Pair(jnp.zeros((2, 3)), 1), extra={})
    _refused(tmp_path, message, like=like)


@pytest.mark.parametrize("leaf", [jax.random.key(0), np.asarray(["text"]), np.asarray([None])])
def test_arrays_that_cannot_be_saved_are_refused(tmp_path, leaf):
    with pytest.raises(CheckpointError, match=r"The leaf \['x'\] has dtype .*save jax.random.key_data"):
        save(tmp_path, 0, {"x": leaf}, extra={})
    assert latest(tmp_path) is None


@pytest.mark.parametrize("moment", ["_write_arrays", "write_manifest", "sync"])
def test_a_kill_in_the_middle_leaves_the_older_checkpoint(root, monkeypatch, moment):
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, moment, lambda *_: signal.raise_signal(signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            save(root, 4, _state(4), extra={})
    assert latest(root) == 3
    _same(restore(root, 3, _state(1))[0], _state())
    assert any(path.name.startswith(".tmp") for path in root.iterdir())
    save(root, 4, _state(4), extra={})
    assert sorted(path.name for path in root.iterdir()) == ["step-3", "step-4"]


_SAVE_FOREVER = """
import sys
from itertools import count
from pathlib import Path
import numpy as np
from hypermaml.run.checkpoint import save
for step in count():
    save(Path(sys.argv[1]), step, {"a": np.full((64,), step)}, extra={"step": step})
    print(step, flush=True)
"""


def test_a_killed_process_leaves_whole_checkpoints(tmp_path):
    command = [sys.executable, "-c", _SAVE_FOREVER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stdout.readline() for _ in range(4)]
        os.kill(process.pid, signal.SIGKILL)
        assert process.stderr.read() == ""  # neither orbax nor its logger speaks
    assert lines == ["0\n", "1\n", "2\n", "3\n"]
    step = latest(tmp_path)
    assert step is not None
    assert step >= 3
    tree, extra = restore(tmp_path, step, {"a": np.zeros((64,), int)})
    assert extra == {"step": step}
    assert (tree["a"] == step).all()


def test_saving_is_silent_and_leaves_the_logger_as_it_was(tmp_path, capfd):
    before = logging.getLogger("absl").level
    save(tmp_path, 0, {"a": jnp.zeros(3)}, extra={})
    restore(tmp_path, 0, {"a": jnp.zeros(3)})
    assert logging.getLogger("absl").level == before
    assert capfd.readouterr() == ("", "")


def test_a_checkpoint_that_the_disk_cannot_hold_is_not_begun(tmp_path, monkeypatch):
    save(tmp_path, 1, {"a": np.zeros(3)}, extra={})
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(OSError, match=r"the disk is full: 1,000 bytes are free in .*, and [\d,]+ are needed"):
        save(tmp_path, 2, {"a": np.zeros(3)}, extra={})
    assert [path.name for path in tmp_path.iterdir()] == ["step-1"]


def test_what_orbax_says_of_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    def full(*_):
        raise ValueError("RESOURCE_EXHAUSTED: Error writing: No space left on device")

    monkeypatch.setattr("hypermaml.run.checkpoint._write_arrays", full)
    with pytest.raises(OSError, match="the disk is full"):
        save(tmp_path, 1, {"a": np.zeros(3)}, extra={})
    assert list(tmp_path.iterdir()) == []
