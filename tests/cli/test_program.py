import os
import resource
import subprocess
import sys

import pytest

from hypermaml import __version__
from hypermaml.cli import main
from hypermaml.cli.program import VERBS, give_threads, ours

FAST = [
    ["--version"],
    ["--help"],
    ["compare", "--help"],
    ["compare", "navigation", "--help"],
    ["train", "sine", "hypermaml", "--help"],
    ["eval", "--help"],
    ["report", "--help"],
    ["list"],
    ["compare", "sine", "--methods", "fomalm"],
    ["train", "navigation", "fomalm"],
]
# Which modules a command loaded, on the last line of standard error.
CODE = """
import sys
from hypermaml.cli import main
try:
    main()
finally:
    print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


def start(args):
    return subprocess.run([sys.executable, "-c", CODE, *args], capture_output=True, text=True, check=False)


def processor_time(args):
    """Seconds of a new process: unlike the time on the wall they do not grow with the machine's load."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start(args)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("args", FAST, ids=" ".join)
def test_help_and_usage_errors_do_not_load_what_is_slow(args):
    modules = set(start(args).stderr.splitlines()[-1].split())
    assert "hypermaml" in modules
    assert not modules & {"jax", "equinox", "matplotlib", "orbax", "typeguard"}


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["compare", "navigation", "--help"]], ids=" ".join)
def test_help_takes_less_than_half_a_second(args):
    assert min(processor_time(args) for _ in range(3)) < 0.5


def test_version(hypermaml):
    assert hypermaml("--version") == (0, f"hypermaml {__version__}\n", "")


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "hypermaml", "list", "--what"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("hypermaml: ")


@pytest.mark.parametrize("args", [[], ["-h"], ["--help"], ["help"]])
def test_help_names_every_command(hypermaml, args):
    outcome = hypermaml(*args)
    assert outcome.status == 0
    assert all(f"  {verb} " in outcome.output for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_each_command_has_help(hypermaml, verb):
    outcome = hypermaml(verb, "--help")
    assert (outcome.status, outcome.errors) == (0, "")
    assert f"usage: hypermaml {verb}" in outcome.output
    assert max(map(len, outcome.output.splitlines())) <= 80


def test_unknown_command(hypermaml):
    outcome = hypermaml("compar")
    assert outcome.status == 2
    assert outcome.sentence.startswith("there is no command 'compar'; did you mean compare? The commands are list, ")


def test_the_entry_point_exits_with_the_status(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["hypermaml", "cite", "fomalm"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "did you mean fomaml?" in capsys.readouterr().err


def test_a_reader_that_stops_is_no_error():
    code = "import time; time.sleep(1); from hypermaml.cli import main; main()"
    command = [sys.executable, "-c", code, "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert process.stderr.read() == ""


def test_errors_of_others_keep_their_trace():
    def caught(function):
        try:
            function()
        except ValueError as error:
            return error

    assert not ours(caught(lambda: int("x")))
    assert not ours(caught(lambda: (_ for _ in ()).throw(ValueError("here"))))
    from hypermaml.experiments.experiment import Budget

    assert ours(caught(lambda: Budget(0, 1, 1, 1, 1, 1)))


def test_an_error_of_the_system_names_the_file(hypermaml, monkeypatch):
    def fail(args):
        raise PermissionError(13, os.strerror(13), "/somewhere/file")

    monkeypatch.setattr("hypermaml.cli.program.dispatch", fail)
    outcome = hypermaml("list")
    assert (outcome.status, outcome.sentence) == (1, "/somewhere/file: Permission denied")


@pytest.mark.parametrize(
    ("variables", "threads"),
    [
        ({}, None),
        ({"XLA_FLAGS": "--xla_cpu_enable_fast_math=false"}, None),
        ({"XLA_FLAGS": "--xla_dump_to=x --xla_force_host_platform_device_count=8"}, 16 + (os.cpu_count() or 1)),
        ({"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "PJRT_NPROC": "3"}, 3),
        ({"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "NPROC": "3"}, None),
    ],
)
def test_forced_devices_get_threads(variables, threads):
    give_threads(variables)
    assert variables.get("PJRT_NPROC") == (None if threads is None else str(threads))
