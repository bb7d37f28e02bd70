"""Training in several processes over the loopback, each with a device of its own, against one process; in float64."""

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(__file__).parents[1] / "helpers/on_hosts.py"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def trained(folder: Path, processes: int, *args: object) -> list[dict]:
    """What each of the processes has come to."""
    port, outs = free_port(), [folder / f"{processes}-{number}.npz" for number in range(processes)]
    started = [
        subprocess.Popen([sys.executable, str(PROGRAM), *map(str, (number, processes, port, *args, out))])
        for number, out in enumerate(outs)
    ]
    assert [each.wait(600) for each in started] == [0] * processes
    return [dict(np.load(out)) for out in outs]


def check(folder: Path, many: list[int], *args: object) -> None:
    (one,) = trained(folder, 1, *args)
    for processes in many:
        for found in trained(folder, processes, *args):
            assert found["devices"] == processes
            for name in ("losses", "scores"):
                scale = max(np.abs(one[name]).max(), 1.0 if args[0] not in ("small", "sine") else 0.0)
                assert np.abs(found[name] - one[name]).max() < 1e-5 * scale, (name, processes)


def test_two_processes_and_tasks_that_they_do_not_divide(tmp_path):
    check(tmp_path, [2], "small", "maml", 2, 5)


@pytest.mark.product
@pytest.mark.parametrize("family", ["sine", "navigation", "halfcheetah-velocity"])
def test_fifty_iterations_in_two_and_four_processes(family, tmp_path):
    check(tmp_path, [2, 4], family, "maml", 50, 10)
