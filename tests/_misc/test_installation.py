import json
from types import SimpleNamespace

import pytest

from hypermaml._misc import installation


@pytest.mark.parametrize(
    ("record", "command"),
    [
        (None, "pip install 'hypermaml[tables]'"),
        ({"url": "{folder}", "dir_info": {}}, "pip install '{path}[tables]'"),
        ({"url": "{folder}", "dir_info": {"editable": True}}, "pip install -e '{path}[tables]'"),
        ({"url": "{folder}/gone", "dir_info": {}}, "pip install 'hypermaml[tables]'"),
        ({"url": "https://example.org/hypermaml.whl"}, "pip install 'hypermaml[tables]'"),
    ],
)
def test_the_command_names_what_was_installed(record, command, tmp_path, monkeypatch):
    clone = tmp_path / "my clone"
    clone.mkdir()
    (clone / "pyproject.toml").touch()
    text = record and json.dumps(record).replace("{folder}", clone.as_uri())
    monkeypatch.setattr(installation, "distribution", lambda _: SimpleNamespace(read_text=lambda _: text))
    installation.source.cache_clear()
    try:
        assert installation.install("tables") == command.replace("{path}", str(clone))
    finally:
        installation.source.cache_clear()
