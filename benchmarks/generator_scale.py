"""The scale of the generator's output, measured over widths on navigation with the full descriptor.

Four ways to let the head (weights W, bias b) turn the last hidden layer h of n units into an initialization:

- `standard`: b + W h, one outer rate for all;
- `fan_in`: b + W h / sqrt(n);
- `own_rate`: b + W h, with 1/n of the outer rate for W;
- `normalized`: b + W rms(h) / n, what `hypermaml.init.DenseChange` does.

Each is trained by Adam at MAML's outer rate from the same start, and scored on meta-validation after 0 to 3 inner
steps. The rates are nobody's tuned ones: the question is which way needs no tuning as the width changes.

`python benchmarks/generator_scale.py [--quick]` writes `benchmarks/results/generator_scale.json` and `.png` (`--quick`
writes neither); the last line is one JSON object with a record for each run. A run that is not finite tells the
iteration where it ended and has no returns.
"""

import argparse
import itertools
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float
from matplotlib import rc_context

from hypermaml._core.evaluate import evaluate
from hypermaml._core.system import System
from hypermaml._core.train import NonFinite, train
from hypermaml.experiments.navigation import NavigationExperiment
from hypermaml.families.navigation import Navigation
from hypermaml.init.configuration import Dense
from hypermaml.init.dense import DenseChange
from hypermaml.init.generator import AbstractChange, Generator
from hypermaml.outer.adam import last_layers
from hypermaml.outer.descent import Descent
from hypermaml.report.plots.scale import fit_scale
from hypermaml.report.plots.style import SETTINGS, grid

WIDTHS, ITERATIONS, META_BATCH, CHUNK, OUTER_LR, STEPS = (32, 100, 320), 150, 20, 25, 1e-3, 3
COLORS = {"standard": "#7c7f86", "fan_in": "#d9a400", "own_rate": "#0069d8", "normalized": "#d04a00"}
RESULTS = Path(__file__).parent / "results"


class Unnormalized(AbstractChange):
    """The dense generator with its hidden layer as it is.

    Attributes:
        dense: gives hidden layer and head.
        power: of the width, which divides the head's output.
    """

    dense: DenseChange
    power: float = eqx.field(static=True)

    @property
    def heads(self) -> Any:
        return self.dense.heads

    def __call__(self, embedding: Float[Array, " embedding"]) -> Any:
        hidden = jax.nn.relu(self.dense.features.hidden(embedding))
        scale = hidden.size**-self.power
        return jax.tree.map(lambda w: scale * jnp.tensordot(hidden, w, axes=1), self.dense.weight)


def build(family: Navigation, variant: str, width: int, key: jax.Array) -> System:
    """HyperMAML with a variant of the generator."""
    tuned = NavigationExperiment().settings(["full"])["hypermaml"]
    settings = replace(tuned, outer_lr=OUTER_LR, generator=Dense(width=width))
    system = settings.build(family, key=key)
    if variant == "normalized":
        return system
    assert isinstance(system.method.init, Generator)
    assert isinstance(system.method.init.change, DenseChange)
    change = Unnormalized(system.method.init.change, 0.5 if variant == "fan_in" else 0.0)
    system = eqx.tree_at(lambda s: s.method.init, system, Generator(change, system.method.init.bias))
    if variant == "own_rate":
        slower = optax.chain(optax.adam(1.0), optax.masked(optax.scale(1 / width), last_layers))
        system = System(system.method, system.objective, Descent(slower, OUTER_LR))
    return system


def run(variant: str, width: int, iterations: int) -> dict[str, Any]:
    """Trains and scores one variant at one width."""
    family = NavigationExperiment().family("full")
    init_key, train_key, task_key, score_key = jax.random.split(jax.random.key(0), 4)
    system = build(family, variant, width, init_key)
    record: dict[str, Any] = {"variant": variant, "width": width, "diverged": None, "returns": None}
    states = train(system, family, iterations=iterations, meta_batch=META_BATCH, chunk=CHUNK, key=train_key)
    try:
        state, _ = list(states)[-1]
    except NonFinite as error:
        return record | {"diverged": str(error)}
    tasks = family.sample(40, split="meta-validation", key=task_key)
    scores = np.asarray(evaluate(state.method, family, tasks, steps=STEPS, key=score_key).scores["return"]).mean(0)
    return record | {"returns": [float(value) if math.isfinite(value) else None for value in scores]}


def draw(records: list[dict[str, Any]]) -> None:
    """The return before and after one inner step against the width; a cross at the foot for a run that diverged."""
    finite = [record for record in records if record["returns"]]
    scale = fit_scale("return", 1, [value for record in finite for value in record["returns"][:2] if value is not None])
    with rc_context(SETTINGS):
        figure, panels = grid(1, 2, width=4.5, height=3.2, share=False)
        for step, axes in enumerate(panels[0]):
            axes.set(xscale="log", xlabel="width of the generator", title=f"inner step {step}", ylabel=scale.label)
            axes.set_xticks(WIDTHS, [str(width) for width in WIDTHS])
            axes.minorticks_off()
            for variant, color in COLORS.items():
                kept = [record for record in finite if record["variant"] == variant]
                lost = [r["width"] for r in records if r["variant"] == variant and not r["returns"]]
                values = [math.nan if r["returns"][step] is None else r["returns"][step] for r in kept]
                axes.plot([r["width"] for r in kept], values, "o-", color=color, label=variant)
                axes.plot(lost, [0.03] * len(lost), "x", color=color, transform=axes.get_xaxis_transform())
            scale.apply(axes)
        handles, labels = panels[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4)
        figure.savefig(RESULTS / "generator_scale.png", dpi=150, metadata={"Software": None})


def main() -> None:
    """Run every variant at every width."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two iterations of two variants at the smallest width")
    quick = parser.parse_args().quick
    records = []
    for width, variant in itertools.product(WIDTHS[:1] if quick else WIDTHS, list(COLORS)[2:] if quick else COLORS):
        records.append(run(variant, width, 2 if quick else ITERATIONS))
        print(json.dumps(records[-1]), flush=True)
    if not quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "generator_scale.json").write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
        draw(records)
    print(json.dumps({"generator_scale": records}))


if __name__ == "__main__":
    main()
