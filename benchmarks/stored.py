"""Results that a benchmark keeps while it runs, so that it goes on where it was cut."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypermaml._misc.atomic import write_atomic


class Stored:
    """Results by name, in one JSON file."""

    def __init__(self, path: Path):
        """Read what is there.

        Args:
            path: of the file; its folder is made.
        """
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.found = self.read()

    def read(self) -> dict[str, Any]:
        """Return what the file holds."""
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def get(self, name: str, measure: Callable[[], Any]) -> Any:
        """Return the result of this name, measured and written where it is not there yet."""
        if name not in self.found:
            result = measure()
            self.found = self.read() | {name: result}  # another process may have written meanwhile
            write_atomic(self.path, json.dumps(self.found, indent=1) + "\n")
            print(f"{name}: done", flush=True)
        return self.found[name]
