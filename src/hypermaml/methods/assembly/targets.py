"""Methods that train on for each target."""

from collections.abc import Callable

from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import AbstractFamily
from hypermaml._core.method import Method
from hypermaml._core.objective import after_adaptation
from hypermaml._core.trees import NonTrainable
from hypermaml.init.targeted import GivenSupport, Targeted, draw_sources, signatures_of
from hypermaml.init.weighting import AbstractWeighting
from hypermaml.methods.assembly.embedders import supervised
from hypermaml.methods.settings import TargetedSettings


def targeted(
    settings: TargetedSettings,
    method: Method,
    family: AbstractFamily,
    weighting: Callable[[Float[Array, "source feature"]], AbstractWeighting],
    *,
    own: bool,
    key: PRNGKeyArray,
) -> Method:
    """MAML that goes on training for each target.

    Args:
        settings: how many source tasks and iterations.
        method: as MAML's meta-training leaves it.
        family: what it was trained on; gives the source tasks.
        weighting: of the source tasks, from their signatures.
        own: whether the target's support set counts, too.
        key: for the source tasks.
    """
    examples = supervised(family)
    sources = draw_sources(examples, settings.sources, key=key)
    init = Targeted(
        method,
        after_adaptation(settings.inner_steps),
        examples,
        sources,
        weighting(signatures_of(examples, sources)),
        NonTrainable(settings.target_lr),
        settings.target_iterations,
        settings.target_batch,
        own,
    )
    return Method(GivenSupport(), init, method.adapt)
