import io
import json
import zipfile

import jax
import numpy as np
import pytest
from safetensors.numpy import load

import hypermaml as hm
from hypermaml._misc.encoding import decode, encode
from hypermaml.apply.artifact import ARRAYS, MANIFEST
from hypermaml.experiments.given import given_family

RNG = np.random.default_rng(0)
SLOPE = RNG.normal(size=(20, 1))
X = RNG.normal(size=(20, 8, 1))
FAMILY = hm.ArrayFamily(X, SLOPE[:, None] * X, descriptions=SLOPE, shots=3, hidden=(4,))
FEW = X[0, :3], SLOPE[0] * X[0, :3]


@pytest.fixture(scope="module")
def trained() -> hm.Trained:
    return hm.train(hm.HyperMAML(), FAMILY, iterations=1, meta_batch=2, steps=1)


@pytest.fixture(scope="module")
def saved(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "m.hypermaml"
    trained.save(path)
    return path


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(MANIFEST)), archive.read(ARRAYS)


def written(path, manifest, arrays, how=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        archive.writestr(MANIFEST, json.dumps(manifest) if isinstance(manifest, dict) else manifest)
        archive.writestr(ARRAYS, arrays)
    path.write_bytes(file.getvalue())
    return path


def test_a_model_comes_back_the_same(trained, tmp_path):
    model = trained.adapt(*FEW, description=SLOPE[0])
    model.save(tmp_path / "model")
    again = hm.load(tmp_path / "model")
    assert isinstance(again, hm.FittedModel)
    np.testing.assert_array_equal(again.predict(X[0]), model.predict(X[0]))
    assert again.losses == model.losses
    assert again.family.x.shape[0] == 0


def test_other_programs_can_read_the_arrays(trained, saved):
    manifest, arrays = parts_of(saved)
    assert (manifest["format"], manifest["kind"]) == ("hypermaml model 2", "Trained")
    assert set(manifest["versions"]) == {"hypermaml", "jax", "equinox"}
    assert any(np.array_equal(each, trained.losses) for each in load(arrays).values())


def test_equal_methods_are_equal_files(trained, saved, tmp_path):
    hm.load(saved).save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == saved.read_bytes()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda data: data[: len(data) // 2], "is damaged: write it again with save"),
        (lambda data: b"nothing", "holds no trained method and no model: give a file that"),
        (lambda data: data.replace(b'"kind"', b'"kond"', 1).replace(b'"lambda"', b"", 1), "is damaged"),
    ],
)
def test_a_damaged_file_is_one_sentence(saved, tmp_path, spoil, sentence):
    path = tmp_path / "m"
    path.write_bytes(spoil(saved.read_bytes()))
    with pytest.raises(ValueError, match=sentence):
        hm.load(path)


def test_what_a_manifest_says_is_checked(saved, tmp_path):
    manifest, arrays = parts_of(saved)
    path = tmp_path / "m"
    for changed, sentence in [
        (manifest | {"format": "hypermaml model 3"}, "is of the format 'hypermaml model 3', which hypermaml"),
        (manifest | {"body": {"tuple": []}}, "its contents do not match their SHA-256"),
        ({"format": "hypermaml model 2"}, "its manifest.json or its arrays.safetensors is not complete"),
        ("[" * 100_000, "is damaged"),
        ("[]", "is damaged"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            hm.load(written(path, changed, arrays))
    with pytest.raises(ValueError, match="do not match their SHA-256"):
        hm.load(written(path, manifest, arrays[:-4] + b"abcd"))
    with pytest.raises(ValueError, match="has a size that it cannot have"):
        hm.load(written(path, manifest, b"0" * 10_000_000, zipfile.ZIP_DEFLATED))


def test_a_file_of_an_older_version_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "m", "w") as archive:
        archive.writestr("artifact.json", "{}")
    with pytest.raises(ValueError, match="was saved by an older hypermaml, in a format that is no longer read"):
        hm.load(tmp_path / "m")
    with pytest.raises(ValueError, match="method chooses from a run folder"):
        hm.load(tmp_path / "m", method="maml")
    with pytest.raises(FileNotFoundError):
        hm.load(tmp_path / "absent")


def test_a_file_of_a_table_names_no_task_and_no_path(tmp_path):
    rows = "".join(f"Lowood{n // 6},{n % 5},{n % 7},{'' if n == 3 else n % 3},{n // 6}\n" for n in range(72))
    (tmp_path / "pupils.csv").write_text("school,ses,score,age,place\n" + rows)
    (tmp_path / "schools.csv").write_text("school,size\n" + "".join(f"Lowood{n},{n}\n" for n in range(12)) + "Moor,9\n")
    where = {"rows": tmp_path / "pupils.csv", "descriptions": tmp_path / "schools.csv"}
    family = hm.TableFamily(**where, task="school", target="score", shots=3, hidden=(4,))
    assert "Moor" in family.account
    hm.train(hm.MAML(), family, iterations=1, meta_batch=2, steps=1).save(tmp_path / "m")
    text = json.dumps(parts_of(tmp_path / "m")[0])
    assert not [name for name in ("Lowood", "Moor", "pupils.csv", str(tmp_path)) if name in text]
    again = hm.load(tmp_path / "m").family
    assert again.describe_columns().columns == family.describe_columns().columns


EXPERIMENT = given_family(hm.ArrayFamily(np.ones((6, 5, 2)), np.ones((6, 5)), descriptions=np.ones((6, 3)), shots=2))
GENERATORS = {
    "dense": hm.Dense(gate=True, ensemble=2),
    "low-rank": hm.LowRank(rank=1, bound=0.5),
    "chunked": hm.Chunked(),
    "layers": hm.Layers(),
}


@pytest.mark.parametrize(
    "config",
    [
        *(method() for method in EXPERIMENT.methods().values()),
        *(hm.HyperMAML(generator=g) for g in GENERATORS.values()),
    ],
    ids=[*EXPERIMENT.methods(), *GENERATORS],
)
def test_the_parts_of_every_method_and_generator_come_back(config):
    family = EXPERIMENT.given
    method = config.build(family, key=jax.random.key(0)).method
    arrays = []
    again = decode(json.loads(json.dumps(encode(method, arrays))), arrays, {})
    assert jax.tree.structure(again) == jax.tree.structure(method)
    for ours, theirs in zip(jax.tree.leaves(method), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(ours, theirs)
