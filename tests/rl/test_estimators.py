"""Estimators against the exact meta-gradients of a small tabular MDP, by enumeration of its trajectories.

Two objectives: (a) the return after the expected step, J(theta + a E[g]), and (b) the expected return after the step on
a sampled batch D of K trajectories, E_D[J(theta + a g(D))]. No baseline and no standardization: both bias.
"""

import functools
import itertools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.rl.estimators import LVC, DiCE, LoadedDiCE, LogLikelihood, ratio_loss, sampling_credit

HORIZON, STATES, ACTIONS, TERMINAL = 3, 3, 2, 2
STEP = 6.0  # inner step size; the losses are multiplied by their valid steps, over all K * HORIZON
ESTIMATORS = [LogLikelihood(), LVC(), DiCE(), LoadedDiCE(0.5)]

pytestmark = pytest.mark.usefixtures("float64")

RNG = np.random.default_rng(0)
TRANSITION = RNG.dirichlet(np.ones(STATES), (STATES, ACTIONS))  # [state, action, next state]
REWARD = RNG.normal(size=(STATES, ACTIONS))
THETA = RNG.normal(size=(STATES, ACTIONS))  # logits; the terminal state's are never used
MOVED = THETA + RNG.normal(size=THETA.shape)


class Batch(NamedTuple):
    """K trajectories, `[K, H]`; with a leading axis: all possible batches."""

    states: np.ndarray
    actions: np.ndarray
    returns: np.ndarray
    mask: np.ndarray
    dynamics: np.ndarray  # [] product of the batch's transition probabilities

    def log_prob(self, theta):
        return jax.nn.log_softmax(theta)[self.states, self.actions]

    def probability(self, theta):
        return self.dynamics * jnp.exp(jnp.where(self.mask, self.log_prob(theta), 0).sum((-1, -2)))

    def loss(self, estimator, theta, behaviour):
        """The loss with a constant in the place of the number of valid steps, which varies with the batch."""
        mean = estimator(self.log_prob(theta), self.log_prob(behaviour), self.returns, self.mask)
        return mean * self.mask.sum() / self.mask.size

    def policy_gradient(self, theta):
        """g(D), the score function estimate, in closed form: an ordinary function of theta and D."""
        score = jnp.eye(ACTIONS)[self.actions] - jax.nn.softmax(theta)[self.states]
        weighted = (self.mask * self.returns)[..., None] * score / self.mask.size
        return jnp.zeros_like(theta).at[self.states].add(weighted)


@functools.cache
def enumerate_batches(size: int) -> Batch:
    """All batches of `size` trajectories; masked steps hold an ordinary state and action of no meaning."""
    rows = []
    for arrivals in itertools.product(range(STATES), repeat=HORIZON - 1):
        states = (0, *arrivals)
        taken = states.index(TERMINAL) if TERMINAL in states else HORIZON
        if any(state != TERMINAL for state in states[taken:]):
            continue
        for chosen in itertools.product(range(ACTIONS), repeat=taken):
            actions = (*chosen, *(0,) * (HORIZON - taken))
            moves = range(min(taken, HORIZON - 1))
            dynamics = np.prod([TRANSITION[states[t], actions[t], states[t + 1]] for t in moves])
            mask = np.arange(HORIZON) < taken
            returns = np.cumsum((REWARD[states, actions] * mask)[::-1])[::-1]
            rows.append((states, actions, returns, mask, dynamics))
    index = np.array(list(itertools.product(range(len(rows)), repeat=size)))
    batch = Batch(*(np.array(column)[index] for column in zip(*rows, strict=True)))
    return batch._replace(dynamics=batch.dynamics.prod(1))


def expected_return(theta):
    """J(theta) by dynamic programming, apart from any enumeration."""
    policy = jax.nn.softmax(theta)
    value = jnp.zeros(STATES)
    for _ in range(HORIZON):
        value = jnp.sum(policy * (REWARD + TRANSITION @ value), axis=1).at[TERMINAL].set(0)
    return value[0]


@functools.cache
def inner_derivatives(estimator, size):
    """Value, gradient and Hessian of the inner loss of every batch, at the point THETA where the batches are drawn."""

    def one(batch):
        loss = functools.partial(batch.loss, estimator, behaviour=THETA)
        return loss(THETA), jax.grad(loss)(THETA), jax.hessian(loss)(THETA)

    return jax.tree.map(np.asarray, jax.jit(jax.vmap(one))(enumerate_batches(size)))


@functools.cache
def policy_gradients(size):
    return np.asarray(jax.jit(jax.vmap(Batch.policy_gradient, (0, None)))(enumerate_batches(size), THETA))


@functools.cache
def probabilities(size):
    return np.asarray(jax.jit(Batch.probability)(enumerate_batches(size), THETA))


@functools.cache
def credit_gradient(size):
    """Gradient of minus the sampling credit of every batch, per unit of adapted return."""

    def credit(theta, batch):
        return -sampling_credit(batch.log_prob(theta), batch.log_prob(THETA), jnp.ones(()), batch.mask)

    return np.asarray(jax.jit(jax.vmap(jax.grad(credit), (None, 0)))(THETA, enumerate_batches(size)))


@jax.jit
@jax.vmap
def adapted(theta):
    """J and its gradient at each of the adapted parameters."""
    return jax.value_and_grad(expected_return)(theta)


def through_step(hessian, gradient):
    """The chain rule through theta' = theta - STEP * gradient of the loss: (I - STEP * Hessian) dJ/dtheta'."""
    return gradient - STEP * np.einsum("...ijkl,...kl->...ij", hessian, gradient)


def expected_step_gradient(estimator, size):
    """The meta-gradient of (a) that an implementation with this estimator would compute from unlimited data."""
    _, gradient, hessian = (np.tensordot(probabilities(size), leaf, 1) for leaf in inner_derivatives(estimator, size))
    _, outer = adapted((THETA - STEP * gradient)[None])
    return through_step(hessian, outer[0])


def sampled_step_gradient(estimator, size, *, credit):
    """The meta-gradient of (b), with or without the credit for sampling, averaged over all batches."""
    _, gradient, hessian = inner_derivatives(estimator, size)
    returns, outer = adapted(THETA - STEP * gradient)
    total = through_step(hessian, outer)
    if credit:
        total = total + np.asarray(returns)[:, None, None] * credit_gradient(size)
    return np.tensordot(probabilities(size), total, 1)


def relative(actual, expected):
    return np.linalg.norm(np.asarray(actual) - np.asarray(expected)) / np.linalg.norm(expected)


@pytest.mark.parametrize("size", [1, 2])
def test_enumeration_is_complete(size):
    batch = enumerate_batches(size)
    assert not batch.mask.all()
    np.testing.assert_allclose(probabilities(size).sum(), 1, atol=1e-12)
    mean, _ = adapted(THETA[None])
    np.testing.assert_allclose(probabilities(size) @ batch.returns[:, 0, 0], mean[0], atol=1e-12)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_first_derivative_is_the_policy_gradient(estimator):
    _, gradient, _ = inner_derivatives(estimator, 2)
    np.testing.assert_allclose(gradient, -policy_gradients(2), atol=1e-12)
    _, exact = adapted(THETA[None])
    assert relative(-HORIZON * np.tensordot(probabilities(2), gradient, 1), exact[0]) < 1e-12


def test_the_gradient_of_the_mean_over_valid_steps_tends_to_that_of_return_over_length():
    batch = enumerate_batches(1)
    chance, length = probabilities(1), batch.mask.sum((1, 2))
    summed = inner_derivatives(LVC(), 1)[1] * HORIZON
    _, exact = adapted(THETA[None])
    limit, error = -exact[0] / (chance @ length), []
    for size in (1, 2, 3):
        # The mean over all batches of (sum of their gradients) / (number of their valid steps), by the length alone.
        apart = {steps: length == steps for steps in np.unique(length)}
        share = {steps: chance[own].sum() for steps, own in apart.items()}
        within = {steps: np.tensordot(chance[own], summed[own], 1) for steps, own in apart.items()}
        expected = sum(
            size * within[first] * np.prod([share[steps] for steps in others]) / (first + sum(others))
            for first in apart
            for others in itertools.product(apart, repeat=size - 1)
        )
        error.append(relative(expected, limit))
    assert 0 < error[2] < error[1] < error[0]
    assert error[2] < 0.45 * error[0]  # of the order of 1 / K


def test_dice_is_the_expected_return_off_policy():
    losses = jax.jit(jax.vmap(lambda batch: batch.loss(DiCE(), MOVED, THETA)))(enumerate_batches(1))
    mean, _ = adapted(MOVED[None])
    np.testing.assert_allclose(-HORIZON * probabilities(1) @ np.asarray(losses), mean[0], rtol=1e-12)


def test_expected_step_needs_dice():
    @jax.grad
    def exact(theta):
        return expected_return(theta + STEP / HORIZON * jax.grad(expected_return)(theta))

    truth = jax.jit(exact)(THETA)
    error = {repr(e): relative(expected_step_gradient(e, 2), truth) for e in ESTIMATORS}
    assert error.pop("DiCE()") < 1e-9, error
    assert min(error.values()) > 0.05, error


@pytest.mark.parametrize("size", [1, 2])
def test_sampled_step_needs_log_likelihood_with_credit(size):
    batch = enumerate_batches(size)

    @jax.grad
    def exact(theta):
        steps = theta + STEP * jax.vmap(Batch.policy_gradient, (0, None))(batch, theta)
        return batch.probability(theta) @ jax.vmap(expected_return)(steps)

    truth = jax.jit(exact)(THETA)
    error = {
        (repr(estimator), credit): relative(sampled_step_gradient(estimator, size, credit=credit), truth)
        for estimator in [LogLikelihood(), DiCE()]
        for credit in [False, True]
    }
    # DiCE's own second derivative already credits sampling for the expected step; with the term it counts it twice.
    assert error.pop(("LogLikelihood()", True)) < 1e-9, error
    assert min(error.values()) > 0.05, error


def test_replayed_step_needs_dice_with_credit():
    # Here the step is DiCE's gradient on stored data, whose behaviour stays THETA while the batches' weights move.
    batch = enumerate_batches(1)

    @jax.grad
    def exact(theta):
        inner = jax.vmap(jax.grad(lambda theta, batch: batch.loss(DiCE(), theta, THETA)), (None, 0))
        return batch.probability(theta) @ jax.vmap(expected_return)(theta - STEP * inner(theta, batch))

    truth = jax.jit(exact)(THETA)
    assert relative(sampled_step_gradient(DiCE(), 1, credit=True), truth) < 1e-9
    assert relative(sampled_step_gradient(DiCE(), 1, credit=False), truth) > 0.05


LOSSES = [*ESTIMATORS, LoadedDiCE(1.0), ratio_loss]
LOG_PROB, BEHAVIOUR, ADVANTAGES = RNG.normal(size=(3, 3, 5))
MASK: Any = np.arange(5) < np.array([[2], [5], [3]])


@functools.partial(jax.jit, static_argnums=0)
def derivatives(loss, log_prob, behaviour=BEHAVIOUR, advantages=ADVANTAGES, mask=MASK):
    """Value, and first and second derivatives by the log-probabilities."""
    function = functools.partial(loss, behaviour_log_prob=behaviour, advantages=advantages, mask=mask)
    return function(log_prob), jax.grad(function)(log_prob), jax.hessian(function)(log_prob)


@pytest.mark.parametrize(("lam", "estimator"), [(1.0, DiCE()), (0.0, LVC())])
def test_loaded_dice_ends_at_dice_and_lvc(lam, estimator):
    _, *actual = derivatives(LoadedDiCE(lam), LOG_PROB)
    _, *expected = derivatives(estimator, LOG_PROB)
    for left, right in zip(actual, expected, strict=True):
        assert relative(left, right) < 1e-12
    assert np.abs(expected[1]).max() > 0.01


def test_values_by_hand():
    ratio = np.exp(LOG_PROB - BEHAVIOUR)
    value = dict.fromkeys(LOSSES, 0.0)
    for k in range(3):
        loaded = log_ratio = 0.0
        for t in range(MASK[k].sum()):
            advantage, last = ADVANTAGES[k, t], t + 1 == MASK[k].sum()
            past, loaded = 0.5 * loaded, 0.5 * loaded + np.log(ratio[k, t])
            before, log_ratio = log_ratio, log_ratio + np.log(ratio[k, t])
            value[LogLikelihood()] -= LOG_PROB[k, t] * advantage
            value[LVC()] -= ratio[k, t] * advantage
            value[ratio_loss] -= ratio[k, t] * advantage
            value[DiCE()] -= np.exp(log_ratio) * (advantage - (0 if last else ADVANTAGES[k, t + 1]))
            value[LoadedDiCE(0.5)] -= (np.exp(loaded) - np.exp(past)) * advantage
            value[LoadedDiCE(1.0)] -= (np.exp(log_ratio) - np.exp(before)) * advantage
    for loss, expected in value.items():
        actual, *_ = derivatives(loss, LOG_PROB)
        np.testing.assert_allclose(actual, expected / MASK.sum(), rtol=1e-12, err_msg=repr(loss))


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_the_mean_over_the_valid_steps(loss):
    """Steps that were not taken change neither value nor gradient of the rest: no share of them multiplies a rate."""

    def cut(array, length):
        return array[:, :length]

    ends = np.full((3, 1), 3)
    mask = np.arange(5) < ends
    long = derivatives(loss, LOG_PROB, mask=mask)
    short = derivatives(loss, cut(LOG_PROB, 3), cut(BEHAVIOUR, 3), cut(ADVANTAGES, 3), np.ones((3, 3), bool))
    np.testing.assert_allclose(long[0], short[0], rtol=1e-12)
    np.testing.assert_allclose(cut(long[1], 3), short[1], rtol=1e-12)
    rows = np.concatenate([LOG_PROB, LOG_PROB[:1] * np.nan])
    more = [np.concatenate([array, array[:1] * np.nan]) for array in (BEHAVIOUR, ADVANTAGES)]
    none = np.concatenate([MASK, np.zeros((1, 5), bool)])
    value, gradient = derivatives(loss, rows, *more, none)[:2]
    np.testing.assert_allclose(value, derivatives(loss, LOG_PROB)[0], rtol=1e-12)
    np.testing.assert_allclose(gradient[:3], derivatives(loss, LOG_PROB)[1], rtol=1e-12)
    assert not np.any(derivatives(loss, LOG_PROB, mask=np.zeros((3, 5), bool))[1])


def test_sampling_credit_by_hand():
    value = sampling_credit(LOG_PROB, BEHAVIOUR, jnp.array(2.0), MASK)
    np.testing.assert_allclose(value, -2 * (LOG_PROB - BEHAVIOUR)[MASK].sum(), rtol=1e-12)


@pytest.mark.parametrize("loss", [*LOSSES, sampling_credit])
def test_masked_steps_add_exactly_nothing(loss):
    @jax.jit
    def gradients(log_prob, behaviour, advantages):
        arguments = (behaviour, 2.0, MASK) if loss is sampling_credit else (behaviour, advantages, MASK)
        return jax.value_and_grad(loss)(log_prob, *arguments)

    clean = gradients(*(np.where(MASK, x, 0) for x in (LOG_PROB, BEHAVIOUR, ADVANTAGES)))
    assert np.array_equal(np.asarray(clean[1]) != 0, MASK)
    for garbage in (np.nan, np.inf, -np.inf, 1e4):
        dirty = gradients(*(np.where(MASK, x, garbage) for x in (LOG_PROB, BEHAVIOUR, ADVANTAGES)))
        jax.tree.map(np.testing.assert_array_equal, dirty, clean)


@pytest.mark.parametrize("loss", LOSSES)
def test_behaviour_and_advantages_are_constants(loss):
    for gradient in jax.jit(jax.grad(loss, argnums=(1, 2)))(LOG_PROB, BEHAVIOUR, ADVANTAGES, MASK):
        assert not np.any(gradient)


def test_loaded_dice_rejects_lam_out_of_range():
    with pytest.raises(ValueError, match=r"decay is 1\.5"):
        LoadedDiCE(1.5)
