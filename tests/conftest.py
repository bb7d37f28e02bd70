"""Settings of the whole suite: how XLA compiles in tests, the float64 fixture, and what a skip means."""

import gc
import importlib.util
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from importlib.metadata import version

import pytest

# Compilation dominates the suite, so XLA optimizes little here (a fifth of the compile time on nested scans and
# gradients) and divides no program among threads (three quarters of the rest). XLA reads this when JAX starts, in the
# commands that tests start too.
FLAGS = ["--xla_backend_optimization_level=0"]
if version("jaxlib").startswith("0.10."):  # XLA aborts on a flag it does not know, and these are young
    FLAGS += ["--xla_cpu_use_fusion_emitters=false", "--xla_cpu_parallel_codegen_split_count=1"]
os.environ["XLA_FLAGS"] = " ".join([*FLAGS, os.environ.get("XLA_FLAGS", "")]).strip()

# Many tests, and the commands that they start, compile the same small programs: kept in a folder, they save a fifth of
# the time. The first process makes the folder, and those that it starts inherit it.
CACHE = None
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    CACHE = tempfile.mkdtemp(prefix="hypermaml-programs-")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = CACHE
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

# One process for each core: threads of scikit-learn and torch beside it would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# pytest-xdist gives its processes a width, to which the command would cut its lines.
os.environ.pop("COLUMNS", None)

# A shell starts background jobs with the interruption ignored, which tests that interrupt would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup ignores


@pytest.fixture
def float64():
    """Runs the test in double precision: arrays made inside it are float64."""
    import jax

    with jax.enable_x64(True):
        yield


@pytest.fixture(autouse=True)
def bounded_memory(request):
    """Frees compiled programs, or the process of the suite would crash inside the compiler.

    A module whose tests share programs and count traces says so by `FREES_PROGRAMS`, and frees them itself.
    """
    yield
    if "jax" in sys.modules and time.monotonic() > CHECKED["at"] + 1:  # to count takes as long as many a test
        from hypermaml._misc.programs import count_maps, free_programs

        CHECKED["at"] = time.monotonic()
        PEAK["memory maps"] = max(PEAK["memory maps"], count_maps())
        if not hasattr(request.module, "FREES_PROGRAMS"):
            free_programs(above=3_500)  # so few that no test crosses the package's own bound while it counts traces


@pytest.fixture(autouse=True, scope="module")
def bounded_memory_of_module():
    """Frees programs where they are many: each takes a MiB and more, and another module seldom calls the same."""
    yield
    if "jax" in sys.modules:
        from hypermaml._misc.programs import free_programs

        free_programs(above=1_500)


CHECKED = {"at": 0.0}  # seconds
PEAK = {"memory maps": 0}
PEAKS = {}  # by process of the suite


def peak_of_process():
    """Returns the most memory maps after a test, and the greatest resident memory in bytes."""
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**PEAK, "resident": kib * (1 if sys.platform == "darwin" else 1024)}


# The modules of all tests are imported first and stay. A third of that time would be a search for garbage among them,
# and later the many small objects of JAX's tracing would cause a search each millisecond.
@pytest.hookimpl(wrapper=True)
def pytest_collection():
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000, 10, 10)
        gc.enable()


def pytest_unconfigure():
    if CACHE:
        shutil.rmtree(CACHE, ignore_errors=True)


def pytest_sessionfinish(session):
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["peak"] = peak_of_process()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    PEAKS[node.gateway.id] = getattr(node, "workeroutput", {}).get("peak")  # of one that crashed nothing is known


def pytest_terminal_summary(terminalreporter):
    for name, peak in sorted((PEAKS or {"this process": peak_of_process()}).items()):
        if peak:
            gib, maps = peak["resident"] / 1024**3, peak["memory maps"]
            terminalreporter.write_line(f"peak of {name}: {gib:.2f} GiB resident, {maps:,} memory maps")


def pytest_addoption(parser):
    parser.addoption("--no-skip", action="store_true", help="count a skipped test or module as failed, as CI does")


def pytest_runtest_setup(item):
    if item.get_closest_marker("oracle"):
        missing = [
            name for name in ("torch", "higher", "transformers", "peft") if importlib.util.find_spec(name) is None
        ]
        if missing:
            pytest.skip(f"needs {' and '.join(missing)}: pip install '.[oracle]'")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    return refuse_skip((yield), item.config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return refuse_skip((yield), collector.config)


def refuse_skip(report, config):
    """Turns the report of a skip into that of a failure under `--no-skip`; an expected failure stays one."""
    if config.getoption("no_skip") and report.skipped and not hasattr(report, "wasxfail"):
        _, _, reason = report.longrepr
        report.outcome = "failed"
        report.longrepr = f"--no-skip: {reason}"
    return report
