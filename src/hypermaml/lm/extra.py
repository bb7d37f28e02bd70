"""What the extra `language` brings."""

from importlib.util import find_spec

from hypermaml._misc.installation import install


def require(package: str, purpose: str) -> None:
    """Raises `ModuleNotFoundError` where a package of the extra is not installed.

    Args:
        package: its name, as it is imported and installed.
        purpose: what needs it, to begin the sentence with.
    """
    if find_spec(package) is None:
        raise ModuleNotFoundError(
            f"{purpose} needs {package}, which is not installed: {install('language')}", name=package
        )
