"""A line between the processes of one training run: orders, and a sign of life each second.

An exchange inside of a compiled program waits for a process that is gone or stuck for as long as it takes. So each
process says every second that it lives and how far it has come, on a connection of its own. Whoever finds that another
one is gone, silent or left behind says so in a sentence, and all of them end.
"""

from __future__ import annotations

import json
import os
import queue
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

BEAT = 1.0  # seconds between two signs of life
SILENCE = 30.0  # seconds without one after which a process counts as stuck
BEHIND = 60.0  # seconds after which one counts as stuck that has not come as far as another
PATIENCE = 5.0  # and this many times the longest wait before, where that is longer
_STATUS = 1


class HostEnded(RuntimeError):
    """Another process of the training run has ended, or does not go on."""


@dataclass
class Peer:
    """Another process, as this one hears of it.

    Attributes:
        number: of the process.
        host: the name of its machine.
        connection: to it.
        lines: that come from it.
        heard: when it was last heard of.
        reached: how many times it has told of its progress.
        since: when it has come so far.
        longest: the longest time between two tellings.
        goal: how far another one had come when this one was last seen to be as far as its goal.
        goal_since: when that was.
    """

    number: int
    host: str
    connection: socket.socket
    lines: TextIO
    heard: float = field(default_factory=time.monotonic)
    reached: int = 0
    since: float = field(default_factory=time.monotonic)
    longest: float = 0.0
    goal: int = 0
    goal_since: float = field(default_factory=time.monotonic)

    def hear(self, reached: int) -> None:
        """Take note of a sign of life."""
        self.heard = now = time.monotonic()
        if reached > self.reached:
            self.longest = max(self.longest, now - self.since)
            self.reached, self.since = reached, now

    def behind(self, furthest: int) -> float:
        """Return for how long, in seconds, it has not come as far as another one had come then.

        Those who go on together tell of it at different moments, and one may be told of first each time.

        Args:
            furthest: how far any process has come by now.
        """
        now = time.monotonic()
        if self.reached >= self.goal:
            self.goal, self.goal_since = furthest, now
        return now - self.goal_since


class Link:
    """The line of this process to the others; the first one listens, and the others follow it."""

    def __init__(self, number: int, processes: int, *, end: Callable[[str], None] | None = None):
        """Begin.

        Args:
            number: of this process.
            processes: how many there are.
            end: called in a thread with the sentence that ends this process; by default the sentence is printed and the
                process exits at once, since XLA may wait in the main thread.
        """
        self.number, self.processes, self.reached = number, processes, 0
        self.peers: list[Peer] = []
        self.orders: queue.Queue[str] = queue.Queue()
        self.finished = threading.Event()  # in one that follows: whether the first process has done all of its work
        self.token = secrets.token_hex(8)
        self.advice = ""
        self._end, self._lock, self._over = end or end_now, threading.Lock(), threading.Event()
        self._listener: socket.socket | None = None
        self._listening = False

    def listen(self) -> int:
        """Wait for the others at a port, which is returned."""
        self._listener = socket.create_server(("", 0), backlog=self.processes)
        return self._listener.getsockname()[1]

    def accept(self, identity: str) -> None:
        """Take the connections of all others.

        Args:
            identity: of what is trained, which theirs must equal.

        Raises:
            HostEnded: one was started with other settings, or does not come.
        """
        assert self._listener is not None
        with self._listener as listener:
            listener.settimeout(SILENCE)
            while len(self.peers) < self.processes - 1:
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    raise HostEnded(f"{len(self.peers) + 1} of {self.processes} processes have come") from None
                if (hello := self._greeted(connection)) is None:
                    continue
                if hello.get("identity") != identity:
                    raise HostEnded(f"{self._name(self.peers[-1])} was started with other arguments than process 0")
        self._begin()

    def follow(self, address: str, port: int, token: str, identity: str) -> None:
        """Connect with the first process.

        Args:
            address: of its machine.
            port: that it listens at.
            token: by which it knows this process.
            identity: of what is trained here.

        Raises:
            HostEnded: nobody listens there.
        """
        try:
            connection = socket.create_connection((address, port), timeout=SILENCE)
        except OSError as error:
            raise HostEnded(f"process 0 is not reached at {address}:{port}: {error.strerror or error}") from None
        connection.settimeout(None)
        self.peers = [Peer(0, address, connection, connection.makefile())]
        self._tell(
            self.peers[0],
            {"token": token, "number": self.number, "host": socket.gethostname(), "identity": identity},
        )
        self._begin()

    def order(self, name: str) -> None:
        """Tell all others to train this training run with this process; without a name there is none left."""
        for peer in self.peers:
            self._tell(peer, {"train": name})

    def advance(self) -> None:
        """Say that this process has come one step further; each takes the same steps."""
        self.reached += 1

    def close(self, sentence: str = "") -> None:
        """End the line, with the sentence that this process ends with, if it ends before its work is done."""
        self._over.set()
        for peer in self.peers:
            self._tell(peer, {"ended": sentence, "by": self.number} if sentence else {"done": True})
            with suppress(OSError):
                peer.connection.shutdown(socket.SHUT_WR)
        if not self._listening:
            self._hang_up()

    def wait_for_end(self) -> None:
        """Wait for a sentence about another process, which ends this one, for a moment."""
        time.sleep(3 * BEAT)

    def _greeted(self, connection: socket.socket) -> dict[str, Any] | None:
        """Return what a process says first, and keep it among the peers; `None` for a stranger."""
        connection.settimeout(SILENCE)
        lines = connection.makefile()
        with suppress(OSError, ValueError):
            hello = json.loads(lines.readline())
            if isinstance(hello, dict) and hello.get("token") == self.token:
                connection.settimeout(None)
                self.peers.append(Peer(int(hello["number"]), str(hello["host"])[:80], connection, lines))
                return hello
        lines.close()
        connection.close()
        return None

    def _hang_up(self) -> None:
        for peer in self.peers:
            with suppress(OSError):
                peer.lines.close()
                peer.connection.close()

    def _begin(self) -> None:
        self._listening = True
        for peer in self.peers:
            threading.Thread(target=self._listen, args=(peer,), daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()

    def _listen(self, peer: Peer) -> None:
        with suppress(OSError, ValueError), peer.connection, peer.lines:
            for line in peer.lines:
                message = json.loads(line)
                peer.hear(message.get("reached", 0))
                if "done" in message:
                    self.finished.set()
                elif "train" in message:
                    self.orders.put(message["train"])
                elif sentence := message.get("ended"):
                    own = f"{self._name(peer)} ended: {sentence}" if message["by"] == peer.number else sentence
                    self._finish(own)
                    return
        if not self.finished.is_set():
            self._finish(f"{self._name(peer)} is gone")

    def _watch(self) -> None:
        while not self._over.wait(BEAT):
            for peer in self.peers:
                self._tell(peer, {"reached": self.reached})
            now = time.monotonic()
            furthest = max(self.reached, *(peer.reached for peer in self.peers))
            for peer in self.peers:
                if now - peer.heard > SILENCE:
                    self._finish(f"{self._name(peer)} has not been heard of for {SILENCE:.0f} s")
                elif (behind := peer.behind(furthest)) > max(BEHIND, PATIENCE * peer.longest):
                    self._finish(f"{self._name(peer)} has not come as far as the others for {behind:.0f} s")

    def _finish(self, sentence: str) -> None:
        """End this process, and tell all others the reason."""
        with self._lock:
            if self._over.is_set():
                return
            self._over.set()
            for peer in self.peers:
                self._tell(peer, {"ended": sentence, "by": -1})
            self._end(f"{sentence}{f'; {self.advice}' if self.advice else ''}")

    def _tell(self, peer: Peer, message: dict[str, Any]) -> None:
        with suppress(OSError):  # it is gone, which its listener finds
            peer.connection.sendall(f"{json.dumps(message)}\n".encode())

    def _name(self, peer: Peer) -> str:
        return f"process {peer.number} of {self.processes}, on {peer.host},"


def end_now(sentence: str) -> None:
    """Print the sentence and exit at once, from any thread: XLA may wait in the main one."""
    with suppress(OSError):
        os.write(2, f"hypermaml: {sentence}\n".encode())
    os._exit(_STATUS)
