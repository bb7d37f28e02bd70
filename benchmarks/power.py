"""Closed-loop steps of the battery family: 4,000 sites, each quarter hour seen, decided and settled, on all cores.

One policy of 7-64-64-1 (tanh, as the family's default) acts on all sites at once. Beside it, in turns and in the same
run, are measured its three matrix products alone, which bound what any simulation around them can reach; the same loop
with actions that are given, which is the simulation without a policy; and the support set of a meta-batch, 20 sites
with a policy each and 20 trajectories over 5 days. Times are medians, compilation is not counted.

Goal: 5 million site-steps a second, or half of what the matrix products allow.

`python benchmarks/power.py [--quick]`; the last line is one JSON object.
"""

import argparse
import json
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from timing import interleaved

from hypermaml.data.power.synthetic import synthetic
from hypermaml.families.power.battery import Battery, Day
from hypermaml.families.power.control import Power
from hypermaml.families.power.sites import Sites
from hypermaml.rl.policy import GaussianPolicy

SITES, TASKS = 4_000, 20


@eqx.filter_jit
def closed_loop(policy: GaussianPolicy | None, days: Day, noise: Float[Array, "96 site 1"]) -> Float[Array, " site"]:
    """The return of each site's day; without a policy the noise is the action."""
    battery = Battery()
    starts = jax.vmap(lambda day: battery.reset(day, key=jax.random.key(0)))(days)

    def advance(states: Any, noise: Array) -> tuple[Any, Array]:
        actions = noise
        if policy is not None:
            behaviour = policy.many(jax.vmap(battery.observe)(states, days))
            actions = behaviour.mean + jnp.exp(behaviour.log_std) * noise
        states, rewards, _ = jax.vmap(battery.step)(states, actions, days)
        return states, rewards

    return jnp.sum(jax.lax.scan(advance, starts, noise)[1], axis=0)


@eqx.filter_jit
def products(policy: GaussianPolicy, columns: Float[Array, "7 site"]) -> Float[Array, "7 site"]:
    """The matrix products of a day, each step's made to depend on the one before."""

    def advance(columns: Array, _: None) -> tuple[Array, None]:
        out = columns
        for layer in policy.network.layers:
            out = layer.weight @ out
        return columns + 1e-9 * out, None

    return jax.lax.scan(advance, columns, None, length=Battery().horizon)[0]


def functions(family: Power) -> dict[str, Callable[[], Any]]:
    """Return the functions that are measured."""
    key = jax.random.key(0)
    days = eqx.filter_jit(jax.vmap(family.next_day))(family.sample(SITES, split="meta-train", key=key))
    policy, noise = family.learner(key=key), jax.random.normal(key, (Battery().horizon, SITES, 1))
    columns = jax.random.normal(key, (family.observation_size, SITES))
    tasks = family.sample(TASKS, split="meta-train", key=key)
    learners = eqx.filter_vmap(lambda key: family.learner(key=key))(jax.random.split(key, TASKS))
    support = eqx.filter_jit(lambda learners, tasks: family.supports(learners, tasks, size=family.shots, key=key))
    return {
        "closed_loop": lambda: closed_loop(policy, days, noise),
        "products": lambda: products(policy, columns),
        "given_actions": lambda: closed_loop(None, days, 5 * noise),
        "support": lambda: support(learners, tasks).advantages,
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="5 rounds instead of 31")
    rounds = 5 if parser.parse_args().quick else 31
    family = Power(sites=Sites(synthetic(), days=6))
    seconds = interleaved(functions(family), rounds=rounds)
    steps = SITES * Battery().horizon
    figures = {
        "site_steps_per_s": steps / seconds["closed_loop"],
        "share_of_matmul_bound": seconds["products"] / seconds["closed_loop"],
        "site_steps_per_s_given_actions": steps / seconds["given_actions"],
        "support_steps_per_s": TASKS * family.shots * Battery().horizon / seconds["support"],
    }
    print(json.dumps({**figures, **{f"{name}_s": value for name, value in seconds.items()}}))


if __name__ == "__main__":
    main()
