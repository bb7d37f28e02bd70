import os
import subprocess
import sys

import pytest

from hypermaml.run.lock import RunInUse, locked

_HOLD = """
import sys, time
from pathlib import Path
from hypermaml.run.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_holder_is_refused_with_folder_and_process(tmp_path):
    with locked(tmp_path), pytest.raises(RunInUse) as refusal, locked(tmp_path):
        pass
    assert str(tmp_path) in str(refusal.value)
    assert f"process {os.getpid()};" in str(refusal.value)


def test_the_lock_ends_with_its_block_even_by_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        raise ZeroDivisionError
    with locked(tmp_path):
        pass
    assert (tmp_path / "lock").read_bytes() == b""


def test_an_unknown_holder_is_told_as_such(tmp_path):
    with locked(tmp_path):
        (tmp_path / "lock").write_text("no number")
        with pytest.raises(RunInUse, match="in use by another process;"), locked(tmp_path):
            pass


def test_the_lock_dies_with_a_killed_process(tmp_path):
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunInUse, match=f"process {holder.pid};"), locked(tmp_path):
            pass
        holder.kill()
    with locked(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
