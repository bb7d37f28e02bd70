"""The picture of trajectories of any environment: rewards and observations over time."""

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import AbstractPicture
from hypermaml.families.hosted import PORTRAYED, stack_of_one


class CoursePicture(AbstractPicture):
    """Shows reward and first observation of sampled trajectories over time; not a number after the end."""

    name: ClassVar[str] = "courses"

    def scene(self, family: Any, tasks: Float[Array, "task parameter"], support: Any, query: Any) -> dict[str, Any]:
        return {"parameters": tasks, "parameter_names": np.array(family.environment.names)}

    def portrait(
        self, family: Any, learner: Any, task: Any, query: Any, *, key: PRNGKeyArray
    ) -> Float[Array, "trajectory time number"]:
        learners, tasks = stack_of_one((learner, task))
        return self.portraits(family, learners, tasks, query, key=key)[0]

    def portraits(
        self, family: Any, learners: Any, tasks: Any, query: Any, *, key: PRNGKeyArray
    ) -> Float[Array, "task trajectory time number"]:
        environment, (seen, _) = family.environment, family.rollouts(learners, tasks, size=PORTRAYED, key=key)
        observed = (seen.observations * environment.scale + environment.center)[..., :1]
        numbers = jnp.concatenate([seen.rewards[..., None], observed], axis=-1)
        return jnp.where(seen.mask[..., None] > 0, numbers, jnp.nan)
