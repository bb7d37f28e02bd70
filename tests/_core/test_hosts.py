"""Training in several processes over the loopback, each with a device of its own, against one process; in float64."""

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hypermaml._core.execution import LARGE

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


def check(folder: Path, many: list[int], *args: object, large: int = LARGE) -> list[dict]:
    (one,) = trained(folder, 1, *args, large)
    for processes in many:
        for found in (last := trained(folder, processes, *args, large)):
            assert found["devices"] == processes
            for name in ("losses", "scores"):
                scale = max(np.abs(one[name]).max(), 1.0 if args[0] not in ("small", "sine") else 0.0)
                assert np.abs(found[name] - one[name]).max() < 1e-5 * scale, (name, processes)
    return last


def test_two_processes_and_tasks_that_they_do_not_divide(tmp_path):
    check(tmp_path, [2], "small", "maml", 2, 5)


@pytest.mark.parametrize("family", ["small", pytest.param("halfcheetah-velocity", marks=pytest.mark.product)])
def test_large_arrays_are_divided_among_two_processes(family, tmp_path):
    one, other = check(tmp_path, [2], family, "hypermaml", 2, 4, large=300)
    assert len(one["parts"]) > 3
    assert set(one["parts"]) == {2}
    np.testing.assert_array_equal(one["phi"], other["phi"])


@pytest.mark.product
@pytest.mark.parametrize("family", ["sine", "navigation", "halfcheetah-velocity"])
def test_fifty_iterations_in_two_and_four_processes(family, tmp_path):
    check(tmp_path, [2, 4], family, "maml", 50, 10)
