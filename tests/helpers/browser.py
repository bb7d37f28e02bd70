"""Chromium without a window, driven through its DevTools protocol."""

import base64
import itertools
import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import connect

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


class Browser:
    """One tab."""

    def __init__(self, socket: Any):
        self.socket, self.numbers, self.logged = socket, itertools.count(1), []

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            found = json.loads(self.socket.recv(timeout=30))
            if found.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.logged.append(found["params"])
            if found.get("id") == number:
                assert "error" not in found, found
                return found["result"]

    def value(self, expression: str) -> Any:
        """Return the value of JavaScript."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait(self, expression: str, seconds: float = 20) -> Any:
        """Return the value of JavaScript as soon as it is true."""
        end = time.monotonic() + seconds
        while not (found := self.value(expression)):
            assert time.monotonic() < end, f"{expression} is not true: {self.value('document.body.innerText')[:500]}"
            time.sleep(0.02)
        return found

    def size(self, width: int, height: int) -> None:
        mobile = width < 600
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)

    def dark(self) -> None:
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])

    def go(self, address: str) -> None:
        self.call("Page.navigate", url=address)

    def middle(self, element: str) -> tuple[float, float]:
        """Return the middle of what a selector finds, in pixels of the window."""
        find = f"document.querySelector({json.dumps(element)})"
        self.value(f"{find}.scrollIntoView({{block: 'center'}})")
        box = self.value(f"{find}.getBoundingClientRect().toJSON()")
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def mouse(self, kind: str, x: float, y: float) -> None:
        pressed = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **pressed)

    def drag(self, element: str, right: float, down: float, parts: int = 5) -> Iterator[None]:
        """Drag what a selector finds by these pixels, and yield after each part."""
        x, y = self.middle(element)
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y)
        for part in range(1, parts + 1):
            moved = (x + right * part / parts, y + down * part / parts)
            self.call("Input.dispatchMouseEvent", type="mouseMoved", x=moved[0], y=moved[1], button="left", buttons=1)
            yield
        self.mouse("mouseReleased", x + right, y + down)

    def key(self, name: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name)

    def picture(self, whole: bool = True) -> bytes:
        """Return a PNG of the page."""
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"])


def program() -> str | None:
    """Return the path of Chromium; `None` where it is not installed."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def browser(folder: Any) -> Iterator[Browser]:
    """Start Chromium with its profile in a folder, and end it."""
    flags = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
    ]
    flags += ["--no-first-run", "--disable-background-networking", "--hide-scrollbars"]
    process = subprocess.Popen([program() or PROGRAMS[0], *flags, "about:blank"], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        port = next(
            found[1] for line in process.stderr if (found := re.search(r"DevTools listening on ws://.*:(\d+)/", line))
        )
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            (page,) = (each for each in json.load(answer) if each["type"] == "page")
        with connect(page["webSocketDebuggerUrl"], max_size=None) as socket:
            tab = Browser(socket)
            for domain in ("Page", "Runtime", "Log"):
                tab.call(f"{domain}.enable")
            yield tab
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
