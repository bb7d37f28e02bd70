"""A meta-batch that is larger than memory, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(__file__).parents[1] / "helpers/memory_of_gradient.py"
GIB = 2**30

pytestmark = [
    pytest.mark.product,
    pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the peak"),
]


def test_two_thousand_tasks_with_ten_inner_steps_within_a_gibibyte(tmp_path):
    found = {}
    for name, at_once in {"together": [], "chunks": ["200"]}.items():
        command = [sys.executable, str(PROGRAM), str(tmp_path / f"{name}.npy"), *at_once]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[name] = json.loads(done.stdout.splitlines()[-1])
    assert all(max(sizes.values()) < GIB for sizes in found.values()), found
    assert all(found["chunks"][name] < 0.5 * found["together"][name] for name in ("held", "resident")), found
    together, chunks = (np.load(tmp_path / f"{name}.npy").astype(float) for name in found)
    assert np.linalg.norm(chunks - together) < 1e-6 * np.linalg.norm(together)
