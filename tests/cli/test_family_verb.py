"""Verbs that begin with a family, and how little of the package their help loads."""

import subprocess
import sys

import pytest

from hypermaml.cli.compare import Options
from hypermaml.cli.family_verb import FamilyCall
from hypermaml.cli.names import UsageError
from hypermaml.cli.program import VERBS

COMMANDS = [[verb, "--help"] for verb in VERBS] + [
    ["data", "glyphs", "--help"],
    ["data", "language", "--help"],
    ["risks", "sine", "--help"],
    ["embed", "sine", "--help"],
    ["tune", "sine", "--help"],
]
CODE = """
import sys
from hypermaml.cli import main
try:
    main()
finally:
    print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_help_loads_no_jax(args):
    done = subprocess.run([sys.executable, "-c", CODE, *args], capture_output=True, text=True, check=True)
    modules = set(done.stderr.splitlines()[-1].split())
    assert not modules & {"jax", "equinox", "numpy", "matplotlib", "orbax", "typeguard"}


def test_names_and_options_are_read():
    args = ["sine", "maml", "--seeds", "3"]
    call = FamilyCall.read("verb", args, (Options(),), about="Try.", names=("FAMILY", "METHOD"))
    assert (call.family.name, call.others, call.preset, call.rest) == ("sine", ("maml",), "quick", ["--seeds", "3"])
    (options,) = call.options((Options(),))
    assert options.seeds == 3


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ([], "FAMILY is missing: write hypermaml verb FAMILY METHOD, then the options"),
        (["sine"], "METHOD is missing: write hypermaml verb FAMILY METHOD, then the options"),
        (["sines", "maml"], "there is no family 'sines'; did you mean sine?"),
        (["sine", "maml", "--preset", "small"], "there is no preset 'small'"),
    ],
)
def test_a_wrong_name_is_one_sentence(args, sentence):
    with pytest.raises(UsageError, match=sentence.replace("?", r"\?")):
        FamilyCall.read("verb", args, (Options(),), about="Try.", names=("FAMILY", "METHOD"))
