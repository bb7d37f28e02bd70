"""Map arguments to a verb, and an error to a sentence and an exit status."""

import os
import re
import signal
import sys
import warnings
from collections.abc import MutableMapping
from importlib import import_module
from pathlib import Path

from hypermaml import __version__
from hypermaml._misc.kept_programs import give_up, keep_programs
from hypermaml.cli.names import UsageError, nearest

VERBS = {
    "list": ("", "List families and methods; piped, one bare name a line."),
    "compare": ("FAMILY", "Compare methods on one family, with a report."),
    "train": ("FAMILY METHOD", "Train one method on one family, with settings of your own."),
    "plan": ("FAMILY METHOD", "Show the memory and the time of a training run before it begins."),
    "check": ("FAMILY", "Check a family of tasks, and a method on it, for faults that training would not show."),
    "new": ("KIND NAME", "Write the skeleton of a family or a method of your own, with its test."),
    "adapt": ("RUN", "Adapt a trained method to a task of your own: from its description, examples, or both."),
    "predict": ("MODEL FILE", "Predict with an adapted model, for each row of a file."),
    "export": ("MODEL OUT", "Write an adapted model as ONNX, StableHLO, arrays for torch, or a folder for peft."),
    "eval": ("RUN", "Evaluate the checkpoints of a run on fresh tasks."),
    "report": ("RUN", "Write the tables, plots and page of a run again."),
    "render": ("RUN", "Draw a robot before and after adaptation, as frames or a video."),
    "explore": ("RUN", "Show a run on a local page: change the task, and see each model adapt."),
    "embed": ("FAMILY", "Embed tasks as vectors: a table, a map, and whether similar tasks start alike."),
    "risks": ("FAMILY", "Measure six risks of generated initializations, with a report."),
    "tune": ("FAMILY", "Run the trials that choose the rates of methods."),
    "data": ("NAME", "Make images for the family glyphs from fonts, or language tasks from dictionaries."),
    "cite": ("METHOD", "Print the BibTeX entry of a method."),
}
AT_ONCE = ("list", "new", "cite")  # verbs that compile nothing
PACKAGE = Path(__file__).parents[1]
USAGE_ERROR, RUN_ERROR = 2, 1  # a request to end: 128 and the number of its signal


def main() -> None:
    """Run the command `hypermaml`: exit with 0, 2 where arguments are wrong, 1 where the work failed, 130 on Ctrl-C.

    A process that is asked to end by another signal exits with 128 and its number, as 143.
    """
    give_threads(os.environ)
    status = command(sys.argv[1:])
    if status > 128 or _waits_for_others():
        # XLA may still be computing in threads of its own, and crashes if Python is taken down under them. The
        # processes of several hosts would wait for each other, though one of them has failed.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def give_threads(variables: MutableMapping[str, str]) -> None:
    """Have XLA keep more threads than it has forced devices of a processor, before JAX starts.

    A device that waits for the others in an exchange holds a thread. Without a further one nobody computes what they
    wait for.

    Args:
        variables: of the environment; one that the user has set is left alone.
    """
    forced = re.search(r"--xla_force_host_platform_device_count=(\d+)", variables.get("XLA_FLAGS", ""))
    if forced and "NPROC" not in variables:
        variables.setdefault("PJRT_NPROC", str(2 * int(forced[1]) + (os.cpu_count() or 1)))


def _waits_for_others() -> bool:
    """Return whether JAX is still in touch with the processes of other hosts."""
    jax = sys.modules.get("jax")
    return jax is not None and jax.distributed.is_initialized()


def command(args: list[str]) -> int:
    """Run the verb of the arguments, and print an error as one sentence on standard error.

    Args:
        args: without the program's name.

    Returns:
        The exit status.
    """
    try:
        with warnings.catch_warnings():
            warnings.showwarning = warn
            dispatch(args)
        sys.stdout.flush()
    except UsageError as error:
        return tell(str(error), USAGE_ERROR)
    except KeyboardInterrupt as interruption:
        return tell(str(interruption) or "interrupted", 128 + getattr(interruption, "number", signal.SIGINT))
    except BrokenPipeError:
        # Whoever read standard output has seen enough; Python must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return RUN_ERROR
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return tell(f"{where}{error.strerror or error}", RUN_ERROR)
    except (ValueError, RuntimeError, FloatingPointError, MemoryError, ModuleNotFoundError) as error:
        if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
            first = str(error).partition("\n")[0]
            return tell(
                f"not enough memory ({first}): --tasks-at-once, fewer examples or hidden units need less", RUN_ERROR
            )
        if not ours(error):
            raise
        return tell(str(error), RUN_ERROR)
    return 0


def dispatch(args: list[str]) -> None:
    """Run the verb that the first argument names."""
    for arg in args:
        try:
            whole = b"\0" not in os.fsencode(arg)
        except UnicodeEncodeError:
            whole = False
        if not whole:
            raise UsageError(f"the argument {arg!r} is not text: remove what no file can be named")
    if not args or args[0] in ("-h", "--help", "help"):
        print(overview())
    elif args[0] == "--version":
        print(f"hypermaml {__version__}")
    elif args[0] in VERBS:
        if args[0] not in AT_ONCE and not {"-h", "--help"} & set(args):
            keep_programs()
        import_module(f"hypermaml.cli.{args[0]}").run(args[1:])
    else:
        raise UsageError(nearest("command", args[0], VERBS))


def overview() -> str:
    """Return the help of the whole program."""
    lines = {f"{verb} {takes}": line for verb, (takes, line) in VERBS.items()}
    width = max(map(len, lines))
    return "\n".join(
        [
            "usage: hypermaml [-h] [--version] COMMAND ...",
            "",
            "Task-conditioned initializations: HyperMAML beside MAML and its relatives.",
            "",
            *(f"  {call:{width}}  {line}" for call, line in lines.items()),
            "",
            "Start with `hypermaml compare navigation`; `hypermaml COMMAND --help` lists the options.",
        ]
    )


def ours(error: BaseException) -> bool:
    """Return whether the package itself raised the error, and so says what is wrong; any other keeps its trace."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__", "").partition(".")[0] == "hypermaml"


def warn(message: Warning | str, category: type[Warning], filename: str, lineno: int, *rest: object) -> None:
    """Print a warning as a sentence on standard error, if the package itself gives it; others with their place."""
    own = category.__module__.partition(".")[0] == "hypermaml" or PACKAGE in Path(filename).parents
    if trouble := give_up(str(message)):
        message, own = trouble, True
    print(f"hypermaml: {message}" if own else f"{filename}:{lineno}: {category.__name__}: {message}", file=sys.stderr)


def tell(sentence: str, status: int) -> int:
    """Print the sentence to standard error in one line, and return the status."""
    print("hypermaml: " + "\\n".join(sentence.splitlines()), file=sys.stderr)
    return status
