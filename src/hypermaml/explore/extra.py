"""The packages of the extra `explore`."""

from importlib.util import find_spec

from hypermaml._misc.installation import install


def check_installed() -> None:
    """Check that the packages that serve the page are there.

    Raises:
        ModuleNotFoundError: one is not installed; the sentence says how to install it.
    """
    for package in ("starlette", "uvicorn"):
        if find_spec(package) is None:
            raise ModuleNotFoundError(
                f"the explorer needs {package}, which is not installed: {install('explore')}", name=package
            )
