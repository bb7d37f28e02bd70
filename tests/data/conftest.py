"""A folder of one font that is always there: matplotlib ships it."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def fonts(tmp_path_factory) -> Path:
    package = find_spec("matplotlib")
    folder = tmp_path_factory.mktemp("fonts")
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        shutil.copy(Path(package.origin).parent / "mpl-data" / "fonts" / "ttf" / name, folder)
    return folder
