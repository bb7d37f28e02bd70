"""What an environment is, and each way in which it cannot be a family."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

import hypermaml as hm
from hypermaml.sim.gymnasium import arguments_of, made, way_of
from hypermaml.sim.instances import Instances

BOX = spaces.Box(-1.0, 1.0, (2,), np.float32)


class Point(gym.Env):
    """A point that is pushed, with an argument `pull` and an attribute `weight`; it may break down."""

    def __init__(self, pull: float = 1.0, *, observations=BOX, actions=BOX, bad="", at=3):
        self.pull, self.weight, self.label = pull, 1.0, "none"
        self.observation_space, self.action_space, self.bad, self.at = observations, actions, bad, at

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time, self.state = 0, self.np_random.uniform(-1, 1, 2)
        return self._seen(), {}

    def _seen(self):
        broken = self.bad == "observation" and self.time == self.at
        return np.full(2, np.nan) if broken else self.state.astype(np.float32)

    def step(self, action):
        reward = np.nan if self.bad == "reward" and self.time == self.at - 1 else -float(self.weight)
        self.time += 1
        return self._seen(), reward, False, False, {}


def cut(steps):
    def make():
        return gym.wrappers.TimeLimit(Point(), steps)

    return make


def no_environment():
    return 3


def failing(pull):
    raise RuntimeError("no board")


def family(make=Point, vary=None, **how):
    how = {"horizon": 5, "shots": 2, **how}
    return hm.GymnasiumFamily(make, vary=vary or {"weight": (0.5, 2.0)}, hidden=(4,), **how)


def with_spaces(**how):
    return lambda: Point(**how)


DICTIONARY = spaces.Dict({"a": BOX})


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"make": "Pendulm-v1"}, "there is no environment 'Pendulm-v1': Environment `Pendulm` doesn't exist"),
        ({"make": 3}, "the environment is 3, but it must be an id of Gymnasium"),
        ({"make": no_environment}, "no_environment returns an object of the class int, but it must return an environ"),
        ({"make": failing, "vary": {"pull": (0, 2)}}, "the environment failing cannot be made with pull = 1: no board"),
        ({"vary": {"wieght": (1, 2)}}, "Point has no parameter 'wieght': near names are weight"),
        (
            {"make": "Pendulum-v1", "vary": {"mass": (1, 2)}},
            "Pendulum-v1 has no parameter 'mass': near names are max_speed, m",
        ),
        ({"vary": {"label": (1, 2)}}, "label of Point is an object of the class str, but a parameter that varies"),
        ({"vary": {"weight": (2, 1)}}, "vary of 'weight' is from 2 to 1, but the first number must be the lower one"),
        ({"vary": {"weight": (1, 1)}}, "vary of 'weight' is from 1 to 1, but the first number must be the lower one"),
        ({"vary": {"weight": (1, np.inf)}}, r"vary of 'weight' is \(1, inf\), but it must be two finite numbers"),
        ({"vary": {"weight": 3}}, "vary of 'weight' is 3, but it must be two finite numbers"),
        ({"vary": ["weight"]}, r"vary is \['weight'\], but it must give the lowest and the highest value"),
        ({"described": ["pull"]}, "described has 'pull', but vary has only weight"),
        ({"described": ["weight", "weight"]}, "described has 'weight' twice"),
        ({"described": "weight"}, r"described is 'weight', but it must be a list of names, such as \['weight'\]"),
        ({"horizon": 0}, "horizon is 0, but it must be at least 1"),
        ({"horizon": None}, "Point has no time limit of its own: give the steps of a trajectory as horizon"),
        ({"make": cut(3)}, "horizon is 5, but make cuts a trajectory off after 3 steps: give at most 3, or make the"),
        (
            {"make": with_spaces(observations=DICTIONARY)},
            "observations of <lambda> are of the space Dict, but they must be a Box: wrap the environment in "
            "gymnasium.wrappers.FlattenObservation",
        ),
        ({"make": with_spaces(observations=spaces.Tuple([BOX]))}, "observations of <lambda> are of the space Tuple"),
        ({"make": with_spaces(actions=DICTIONARY)}, "actions of <lambda> are of the space Dict, but they must be Dis"),
        ({"make": with_spaces(actions=spaces.MultiDiscrete([2, 2]))}, "actions of <lambda> are of the space MultiDisc"),
        ({"make": with_spaces(bad="observation")}, "the observation after step 2 is not finite with weight = "),
        ({"make": with_spaces(bad="observation", at=0)}, "<lambda>: the observation at the start is not finite with w"),
        ({"make": with_spaces(bad="reward")}, "<lambda>: the reward of step 2 is not finite with weight = "),
        ({"shots": 0}, "GymnasiumFamily: shots is 0, but it must be at least 1"),
    ],
)
def test_what_cannot_be_a_family_is_one_sentence(how, sentence):
    with pytest.raises(ValueError, match=sentence) as raised:
        family(**how)
    assert "\n" not in str(raised.value)


def test_without_gymnasium_the_sentence_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr("hypermaml.sim.gymnasium.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"needs gymnasium, .* pip install .*\[rl\]'"):
        family()


def test_a_parameter_is_an_argument_or_else_an_attribute():
    assert family(vary={"pull": (0, 1), "weight": (1, 2)}).ways == {"pull": "argument", "weight": "attribute"}
    pendulum = made("Pendulum-v1", 10, {}).unwrapped
    arguments = arguments_of("Pendulum-v1")
    assert [way_of("Pendulum-v1", name, arguments, pendulum) for name in ("g", "m", "l")] == [
        "argument",
        "attribute",
        "attribute",
    ]


def test_instances_stay_alive_and_have_the_parameters_that_are_asked_for():
    held = Instances(Point, ("pull", "weight"), ("argument", "attribute"), 5)
    first = held.at(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert [(each.pull, each.weight) for each in first] == [(1, 2), (3, 4)]
    again = held.at(np.array([[1.0, 7.0], [5.0, 8.0], [6.0, 9.0]]))
    assert [(each.pull, each.weight) for each in again] == [(1, 7), (5, 8), (6, 9)]
    assert again[0] is first[0]  # its argument is the same
    assert again[1] is not first[1]
    assert len(held.at(np.array([[1.0, 1.0]]))) == 1
