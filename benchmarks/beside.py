"""A benchmark beside its state at an earlier commit: both run in turns, each in a process of its own.

Every program prints one JSON object in its last line. The figures of each side are medians over rounds.

`git worktree add ../before COMMIT`, then
`python benchmarks/beside.py --before ../before [--rounds 3] [--out FILE] benchmarks/navigation.py --quick`;
the last line is one JSON object.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from hypermaml.run.environment import environment


def figures_of(root: Path, program: list[str]) -> dict[str, float]:
    """Return the figures that the program prints, with the package of the worktree at `root`."""
    paths = os.pathsep.join(str(root / part) for part in ("src", "benchmarks"))
    run = subprocess.run(
        [sys.executable, *program], cwd=root, env=os.environ | {"PYTHONPATH": paths}, stdout=subprocess.PIPE, check=True
    )
    figures = json.loads(run.stdout.decode().strip().splitlines()[-1])
    return {name: value for name, value in figures.items() if isinstance(value, int | float)}


def main() -> None:
    """Run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, required=True, help="a worktree at the earlier commit")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="a file for the record")
    asked, program = parser.parse_known_args()
    here, made_by = Path(__file__).parents[1], environment()
    earlier = subprocess.run(["git", "rev-parse", "HEAD"], cwd=asked.before, capture_output=True, text=True, check=True)
    sides = {"before": asked.before.resolve(), "after": here}
    rows = {side: [] for side in sides}
    for _ in range(asked.rounds):
        for side, root in sides.items():
            rows[side].append(figures_of(root, program))
            print(side, rows[side][-1], flush=True)
    figures = {
        side: {name: float(np.median([row[name] for row in found])) for name in found[0]}
        for side, found in rows.items()
    }
    made_by["command"] = f"python benchmarks/beside.py --rounds {asked.rounds} --before ../before {' '.join(program)}"
    record = {
        "before_commit": earlier.stdout.strip(),
        "rounds": asked.rounds,
        "figures": figures,
        "environment": made_by,
    }
    if asked.out:
        asked.out.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record))


if __name__ == "__main__":
    main()
