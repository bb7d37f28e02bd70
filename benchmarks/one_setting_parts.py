"""HyperMAML without one of its parts, for the benchmark of one setting."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import hypermaml as hm


@dataclass(frozen=True)
class LastStep(hm.HyperMAML):
    """The loss after the last inner step alone counts."""

    def objective(self) -> hm.Objective:
        return hm.after_adaptation(self.inner_steps)


@dataclass(frozen=True)
class EqualWeights(hm.HyperMAML):
    """The loss counts before the first and after each inner step, as it is."""

    def objective(self) -> hm.Objective:
        return hm.Objective((1.0,) * (self.inner_steps + 1), self.inner_steps)


@dataclass(frozen=True)
class GivenRate(hm.HyperMAML):
    """The inner rate is given."""

    def unroll(self, family: hm.AbstractFamily, *, key: Any) -> hm.adapt.Unroll:
        return hm.adapt.Unroll(self.rule(), where=self.selection(family))


@dataclass(frozen=True)
class Shared(hm.HyperMAML):
    """Clear and blurred descriptions have one generator and one set of rates."""

    def initializer(self, family: hm.AbstractFamily, *, key: Any) -> hm.init.AbstractInitializer:
        _, size = self.embed(family, key=key)
        return hm.init.generator_for(self.generator, family, size, key=key)

    def adapter(self, family: hm.AbstractFamily, *, key: Any) -> hm.adapt.AbstractAdapter:
        return self.unroll(family, key=key)


@dataclass(frozen=True)
class SignedRates(hm.HyperMAML):
    """Each leaf has a learned rate that may become negative."""

    def unroll(self, family: hm.AbstractFamily, *, key: Any) -> hm.adapt.Unroll:
        learner, where = hm.init.learner_for(family, key=key), self.selection(family)
        rate = hm.adapt.rate_for_each_step(learner, self.inner_steps, self.inner_lr, where=where)
        return hm.adapt.Unroll(self.rule(rate), where=where)


def turned(kind: type[hm.HyperMAML]) -> Callable[[hm.MethodConfig], hm.MethodConfig]:
    """Return a function that makes a configuration one of another class, with the same values."""
    return lambda own: kind(**{each.name: getattr(own, each.name) for each in fields(own)})


PARTS: Mapping[str, Callable[[Any], hm.MethodConfig]] = {
    "the last step alone counts": turned(LastStep),
    "steps count as they are": turned(EqualWeights),
    "a given rate": turned(GivenRate),
    "rates of any sign": turned(SignedRates),
    "no blur": lambda own: replace(own, augmentation=0.0),
    "dense": lambda own: replace(own, generator=hm.Dense()),
    "rank 1": lambda own: replace(own, generator=hm.LowRank(rank=1)),
    "shared": turned(Shared),
}
