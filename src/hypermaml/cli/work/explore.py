"""Serve the page of a run, and open it in the browser."""

from __future__ import annotations

import errno
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from hypermaml.cli.files import named_files
from hypermaml.cli.names import UsageError
from hypermaml.cli.progress import Monitor
from hypermaml.cli.runs import load
from hypermaml.cli.terminal import errors
from hypermaml.explore.open import open_methods, scene_of
from hypermaml.explore.server import address, application, listen, serve

if TYPE_CHECKING:
    from hypermaml.cli.explore import Options


def explore(name: str, options: Options) -> None:
    """Open the run, compile, print the address of the page, and serve until Ctrl-C.

    Args:
        name: of the run folder, or of the file of a trained method.
        options: of the page.
    """
    path = Path(name)
    if not path.exists():
        raise UsageError(f"{name} does not exist: name the folder of a run")
    try:
        listening = listen(options.port)
    except OSError as error:
        why = "is busy" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise UsageError(
            f"port {options.port} {why}: give another one with --port, or --port 0 for a free one"
        ) from None
    with listening:
        with Monitor(errors(), "opening the run") as monitor:
            if path.is_dir():
                load(name, options.files)  # its sentences name the command line
            chosen = {"methods": options.methods, "seed": options.seed, "descriptor": options.descriptor}
            methods = open_methods(path, **chosen, files=named_files(options.files))
            scene = scene_of(path, methods, options.steps)
            monitor.say("compiling")
            scene.compile()
        page = address(listening)
        print(f"Page: {page}  (Ctrl-C ends it)", flush=True)
        if not options.no_open:
            # In a thread, since a browser of the terminal returns when it is closed.
            threading.Thread(target=webbrowser.open, args=(page,), daemon=True).start()
        try:
            serve(application(scene), listening)
        except KeyboardInterrupt:
            print("Ended.")
