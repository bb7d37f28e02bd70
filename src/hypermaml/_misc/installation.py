"""How an optional package of this package is installed, from wherever this package was."""

import json
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit


def install(extra: str) -> str:
    """Return the command that installs the packages of an extra, such as `pip install 'hypermaml[tables]'`.

    Where this package was installed from a folder, such as a clone, the command names the folder.

    Args:
        extra: a name of `[project.optional-dependencies]`.
    """
    return f"pip install {source()}[{extra}]'"


@lru_cache
def source() -> str:
    """Return what pip installed, with the opening quotation mark and `-e` where the package is edited in place."""
    try:
        record = json.loads(distribution("hypermaml").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        record = {}
    address = urlsplit(record.get("url", ""))
    folder = Path(unquote(address.path))
    if address.scheme == "file" and (folder / "pyproject.toml").is_file():
        return f"{'-e ' if record.get('dir_info', {}).get('editable') else ''}'{folder}"
    return "'hypermaml"
