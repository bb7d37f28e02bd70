"""Surrogate losses of the inner policy gradient, and of the outer objective, for the trajectories of one task.

Conventions, alike for all:

- Arrays are `[K, H]`: trajectory, time. A mask is 1 (or True) for the steps taken, the terminating one included, and
  0 after it. A masked step adds exactly nothing to value and gradient, whatever its entries hold.
- A loss is the mean over the valid steps of all trajectories together, as in MAML's code (`tf.reduce_mean` over the
  samples, https://github.com/cbfinn/maml_rl, `sandbox/rocky/tf/algos/maml_npo.py`). A batch of trajectories that end
  early therefore has the gradient of one of the same steps without an end, and an inner rate means the same for both.
  Its gradient times the number of valid steps over K is, in expectation, minus that of the expected return. The number
  is taken as a constant; since it varies with the batch, the gradient alone tends to minus that of the expected return
  over the expected length, with a bias of the order of 1 / K.
- `behaviour_log_prob` and `advantages` are data. Where the literature writes `pi / stop_gradient(pi)`, we write
  `pi / pi_behaviour`: the same at the point where the data were drawn, in value and every derivative, and still an
  importance-weighted estimate when the parameters have moved away from it.
- On-policy, all inner estimators have the same first derivative; the meta-gradient sees the second, where they differ.
- With discounted returns-to-go `G_t = r_t + gamma G_{t+1}`, the state at time t is not weighted by gamma^t, as usual.
"""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from hypermaml.rl.advantage import decay_matrix
from hypermaml.rl.configuration import DiCEConfig, EstimatorConfig, LoadedDiCEConfig, LogLikelihoodConfig


def _log_ratio(
    log_prob: Float[Array, "trajectory time"],
    behaviour_log_prob: Float[Array, "trajectory time"],
    mask: Shaped[Array, "trajectory time"],
) -> Float[Array, "trajectory time"]:
    """Return the log of pi / pi_behaviour per step, zero where masked (before any exp, which could overflow)."""
    return jnp.where(mask > 0, log_prob - jax.lax.stop_gradient(behaviour_log_prob), 0)


def _weights(
    advantages: Float[Array, "trajectory time"], mask: Shaped[Array, "trajectory time"]
) -> Float[Array, "trajectory time"]:
    """Return the advantages as constants, zero where masked."""
    return jax.lax.stop_gradient(jnp.where(mask > 0, advantages, 0))


def _mean(values: Float[Array, "trajectory time"], mask: Shaped[Array, "trajectory time"]) -> Float[Array, ""]:
    """Return the mean over the valid steps of values that are zero where masked; 0 where no step is valid."""
    return jnp.sum(values) / jnp.maximum(jnp.sum(mask > 0), 1)


def ratio_loss(
    log_prob: Float[Array, "trajectory time"],
    behaviour_log_prob: Float[Array, "trajectory time"],
    advantages: Float[Array, "trajectory time"],
    mask: Shaped[Array, "trajectory time"],
) -> Float[Array, ""]:
    """Return the outer loss `-mean (pi / pi_behaviour) A` over valid steps, which a line search can evaluate again.

    Args:
        log_prob: log-probability of each action under the present, adapted policy.
        behaviour_log_prob: log-probability under the policy that drew the data.
        advantages: A_t of each step.
        mask: 1 for the steps taken.

    Returns:
        A scalar to minimise.
    """
    ratio = jnp.exp(_log_ratio(log_prob, behaviour_log_prob, mask))
    return -_mean(ratio * _weights(advantages, mask), mask)


def clipped_ratio_loss(
    log_prob: Float[Array, "trajectory time"],
    behaviour_log_prob: Float[Array, "trajectory time"],
    advantages: Float[Array, "trajectory time"],
    mask: Shaped[Array, "trajectory time"],
    *,
    clip: float,
) -> Float[Array, ""]:
    """Return PPO's loss: `ratio_loss`, where no ratio gains by moving further than `clip` away from 1.

    Args:
        log_prob: log-probability of each action under the present policy.
        behaviour_log_prob: log-probability under the policy that drew the data.
        advantages: A_t of each step.
        mask: 1 for the steps taken.
        clip: the bound, > 0.

    Returns:
        A scalar to minimise.

    Reference:
        Schulman et al., Proximal policy optimization algorithms, 2017, arXiv 1707.06347, equation 7.
    """
    ratio, weights = jnp.exp(_log_ratio(log_prob, behaviour_log_prob, mask)), _weights(advantages, mask)
    return -_mean(jnp.minimum(ratio * weights, jnp.clip(ratio, 1 - clip, 1 + clip) * weights), mask)


def sampling_credit(
    log_prob: Float[Array, "trajectory time"],
    behaviour_log_prob: Float[Array, "trajectory time"],
    adapted_return: Float[Array, ""],
    mask: Shaped[Array, "trajectory time"],
) -> Float[Array, ""]:
    """Return E-MAML's credit to the pre-update policy for the support it sampled, to be added to the outer loss.

    `-adapted_return * sum_{k,t} log(pi / pi_behaviour)` over all K support trajectories: zero where the data were
    drawn, and its gradient there is minus the return times the score of the whole support set. Added to the loss after
    a `LogLikelihood` step, it gives the exact gradient of `E_D[J(theta'(D))]`, the step on sampled data. The second
    derivative of `DiCE` already credits sampling, for the expected step; with this term it would count it twice.

    Args:
        log_prob: log-probability of each support action under the present pre-update policy.
        behaviour_log_prob: log-probability under the policy that drew the support.
        adapted_return: return of the adapted policy, possibly less a baseline, in the units of the outer loss (beside
            `ratio_loss`: divided by the mean length of its trajectories). Taken as a constant.
        mask: 1 for the steps taken.

    Returns:
        A scalar to minimise. With several inner steps, add one for each step's support.

    Reference:
        Stadie et al., Some considerations on learning to explore via meta-reinforcement learning, 2018,
        arXiv 1803.01118.
    """
    return -jax.lax.stop_gradient(adapted_return) * jnp.sum(_log_ratio(log_prob, behaviour_log_prob, mask))


class AbstractEstimator(eqx.Module):
    """A surrogate loss of the inner loop, whose gradient is (minus) an estimate of the policy gradient."""

    @abc.abstractmethod
    def __call__(
        self,
        log_prob: Float[Array, "trajectory time"],
        behaviour_log_prob: Float[Array, "trajectory time"],
        advantages: Float[Array, "trajectory time"],
        mask: Shaped[Array, "trajectory time"],
    ) -> Float[Array, ""]:
        """Return the surrogate loss.

        Args:
            log_prob: log-probability of each action under the present policy; carries the gradient.
            behaviour_log_prob: log-probability under the policy that drew the data.
            advantages: A_t of each step, an advantage or a return-to-go.
            mask: 1 for the steps taken.

        Returns:
            A scalar to minimise.
        """


class LogLikelihood(AbstractEstimator):
    """`-sum log pi * A`: the plain score-function surrogate of MAML's code.

    Its second derivative lacks the product of scores, so it is biased for the expected step `J(theta - alpha E[g])`. It
    makes no correction for data of another policy.

    Reference:
        Finn et al., Model-agnostic meta-learning for fast adaptation of deep networks, 2017, arXiv 1703.03400.
    """

    def __call__(self, log_prob, behaviour_log_prob, advantages, mask):
        return -_mean(jnp.where(mask > 0, log_prob, 0) * _weights(advantages, mask), mask)


class LVC(AbstractEstimator):
    """`-sum (pi / pi_behaviour) * A`: low-variance curvature, one ratio a step.

    Its second derivative has each step's own product of scores, but no products across steps: some bias, low variance.

    Reference:
        Rothfuss et al., ProMP: Proximal meta-policy search, 2019, arXiv 1810.06784.
    """

    def __call__(self, log_prob, behaviour_log_prob, advantages, mask):
        return ratio_loss(log_prob, behaviour_log_prob, advantages, mask)


class DiCE(AbstractEstimator):
    """`-sum_t box(sum_{t' <= t} log pi_t') * r_t`, with `box(x) = exp(x - behaviour)`: unbiased at any order.

    The reward to which step t's box gives credit is `A_t - A_{t+1}`: for returns-to-go that is r_t itself, so the value
    is the mean reward of a step. Its variance grows with the horizon.

    Reference:
        Foerster et al., DiCE: The infinitely differentiable Monte Carlo estimator, 2018, arXiv 1802.05098.
    """

    def __call__(self, log_prob, behaviour_log_prob, advantages, mask):
        weights = _weights(advantages, mask)
        rewards = weights - jnp.pad(weights[:, 1:], ((0, 0), (0, 1)))
        past = jnp.cumsum(_log_ratio(log_prob, behaviour_log_prob, mask), axis=1)
        return -_mean(jnp.exp(past) * rewards, mask)


class LoadedDiCE(AbstractEstimator):
    """`-sum_t (box(w_t) - box(v_t)) * A_t`, with `w_t = decay * w_{t-1} + log pi_t`, `v_t = decay * w_{t-1}`.

    Between the two above: decay = 1 has all derivatives of `DiCE`, decay = 0 those of `LVC`.

    Attributes:
        decay: the credit that past actions keep per step, in [0, 1].

    Reference:
        Farquhar et al., Loaded DiCE: Trading off bias and variance in any-order score function estimators for
        reinforcement learning, 2019, arXiv 1909.10549.
    """

    decay: float = eqx.field(static=True)

    def __check_init__(self):
        if not 0 <= self.decay <= 1:
            raise ValueError(f"LoadedDiCE: decay is {self.decay}, but it must be in [0, 1]")

    def __call__(self, log_prob, behaviour_log_prob, advantages, mask):
        log_ratio = _log_ratio(log_prob, behaviour_log_prob, mask)
        weights = decay_matrix(log_ratio.shape[1], self.decay, log_ratio.dtype)
        present = jnp.matmul(log_ratio, weights, precision="highest")
        past = present - log_ratio
        return -_mean((jnp.exp(present) - jnp.exp(past)) * _weights(advantages, mask), mask)


def build(config: EstimatorConfig) -> AbstractEstimator:
    """Return the estimator of a configuration."""
    match config:
        case LogLikelihoodConfig():
            return LogLikelihood()
        case DiCEConfig():
            return DiCE()
        case LoadedDiCEConfig(decay=decay):
            return LoadedDiCE(decay)
        case _:
            return LVC()
