"""Tables of the benchmark of one setting."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import stdtrit

from hypermaml._misc.intervals import half_width


def judged(values: np.ndarray) -> list[dict[str, float]]:
    """Return the mean over seeds after each step, and half of its 95% interval."""
    pairs = zip(values.mean(axis=0), half_width(values), strict=True)
    return [{"mean": float(f"{mean:.5g}"), "half": float(f"{half:.3g}")} for mean, half in pairs]


def summary(rows: Mapping[str, np.ndarray], *, higher: bool) -> dict[str, Any]:
    """Return means with half widths, and how far the best of the other methods is ahead at each step, paired by seed.

    Args:
        rows: by method an array of seeds and steps.
        higher: whether higher scores are better.
    """
    own, sign = rows["hypermaml"], 1 if higher else -1
    others = {name: values for name, values in rows.items() if name != "hypermaml"}
    best = [max(others, key=lambda name, k=k: sign * others[name][:, k].mean()) for k in range(own.shape[1])]
    ahead = np.stack([others[name][:, k] - own[:, k] for k, name in enumerate(best)], axis=1) * sign
    return {
        "seeds": len(own),
        "scores": {name: judged(values) for name, values in rows.items()},
        "best of the others": best,
        "ahead of hypermaml": judged(ahead),
    }


def table(found: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """Return the scores of each case as a table in Markdown."""
    lines = ["| case | seeds | method | step 0 | step 1 | step 2 | step 3 |", "|---|--:|---|--:|--:|--:|--:|"]
    for name, entry in found.items():
        for method, scores in entry["scores"].items():
            shown = " | ".join(f"{each['mean']:.3g} ± {each['half']:.2g}" for each in scores)
            lines.append(f"| {name} | {entry['seeds']} | {labels[method]} | {shown} |")
        pairs = zip(entry["best of the others"], entry["ahead of hypermaml"], strict=True)
        shown = " | ".join(f"{labels[best]}: {each['mean']:.2g} ± {each['half']:.2g}" for best, each in pairs)
        lines.append(f"| {name} | {entry['seeds']} | *the best of the others is ahead by* | {shown} |")
    return "\n".join(lines)


def bounds_table(bounds: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the scores of the methods that bound the others as a table in Markdown."""
    lines = ["| case | method | step 0 | step 1 | step 2 | step 3 |", "|---|---|--:|--:|--:|--:|"]
    for name, entry in bounds.items():
        for method, scores in entry.items():
            shown = " | ".join(f"{each['mean']:.3g} ± {each['half']:.2g}" for each in scores)
            lines.append(f"| {name} | {method} | {shown} |")
    return "\n".join(lines)


def short_table(found: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """Return the mean of HyperMAML and that of the best of the others, and which of the two is shown to be better."""
    lines = ["| case | seeds | step 0 | step 1 | step 2 | step 3 |", "|---|--:|--:|--:|--:|--:|"]
    for name, entry in found.items():
        cells = []
        for step, best in enumerate(entry["best of the others"]):
            own, other = (entry["scores"][each][step]["mean"] for each in ("hypermaml", best))
            ahead = entry["ahead of hypermaml"][step]
            shown = abs(ahead["mean"]) > ahead["half"]
            sign = "" if not shown else " †" if ahead["mean"] > 0 else " *"
            cells.append(f"{own:.3g} ({other:.3g} {labels[best]}){sign}")
        lines.append(f"| {name} | {entry['seeds']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def within(rows: Mapping[str, Mapping[str, np.ndarray]], margin: float) -> str:
    """Return how far HyperMAML is above MAML, as a share of MAML's mean, where descriptions tell nothing.

    The interval is that of two one-sided tests of 5%: 90%, Student's t over seeds.

    Args:
        rows: by case and method an array of seeds and steps.
        margin: that counts as equal.
    """
    lines = ["| case | seeds | step 0 | step 1 | step 2 | step 3 |", "|---|--:|--:|--:|--:|--:|"]
    for name, scores in rows.items():
        if "constant" in name or "random" in name:
            share = (scores["hypermaml"] - scores["maml"]) / scores["maml"].mean(axis=0)
            middle, half = (
                share.mean(axis=0),
                half_width(share) * stdtrit(len(share) - 1, 0.95) / stdtrit(len(share) - 1, 0.975),
            )
            sound = np.abs(middle) + half < margin
            sure = middle + half < margin
            cells = [
                f"{100 * m:+.0f}% ± {100 * h:.0f}{' =' if s else ' <' if c else ''}"
                for m, h, s, c in zip(middle, half, sound, sure, strict=True)
            ]
            lines.append(f"| {name} | {len(share)} | {' | '.join(cells)} |")
    return "\n".join(lines)
