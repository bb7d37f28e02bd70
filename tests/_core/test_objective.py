import jax.numpy as jnp
import pytest

from hypermaml._core.objective import Objective, after_adaptation, at_each_step, before_adaptation


def test_maml_counts_the_last_step():
    objective = after_adaptation(3)
    assert (objective.steps, objective.counted, objective.budget) == (3, (3,), 3)
    assert after_adaptation(1, budget=4).budget == 4


def test_pretraining_counts_step_zero_on_the_same_budget():
    objective = before_adaptation(budget=3)
    assert (objective.steps, objective.counted, objective.budget) == (0, (0,), 3)


def test_hypermaml_counts_each_step_relative_to_its_own_loss():
    objective = at_each_step(2)
    assert (objective.steps, objective.counted, objective.budget) == (2, (0, 1, 2), 2)
    assert objective.relative
    assert objective.relative_to(jnp.asarray([2.0, 0.5, 0.25])).weights == (0.5, 2.0, 4.0)
    assert not after_adaptation(2).relative
    some = Objective((0.5, 0.0, 0.5), 2, relative=True).relative_to(jnp.asarray([2.0, 0.0]))
    assert some.weights[:2] == (0.25, 0.0)
    assert jnp.isfinite(some.weights[2])  # a loss of 0 divides nothing by 0


def test_several_steps_may_count():
    assert Objective((0.5, 0.0, 0.5), 2).counted == (0, 2)


def test_a_weight_that_may_change_counts_whatever_it_holds():
    assert Objective((0.0, jnp.zeros(()), 1.0), 2).counted == (1, 2)


@pytest.mark.parametrize("weights", [(), (0.0,), (0.0, 0.0)])
def test_an_objective_of_nothing_is_refused(weights):
    with pytest.raises(ValueError, match=r"weights are \(.*\), but at least one must differ from 0"):
        Objective(weights, 1)


def test_a_budget_below_the_steps_is_refused():
    with pytest.raises(ValueError, match="budget is 1, but it must be at least 2"):
        after_adaptation(2, budget=1)
