"""Estimators by configuration."""

import pytest

from hypermaml.rl.configuration import ESTIMATORS, LoadedDiCEConfig
from hypermaml.rl.estimators import LVC, DiCE, LoadedDiCE, LogLikelihood


def test_each_name_builds_its_estimator():
    built = {name: kind().build() for name, kind in ESTIMATORS.items()}
    assert {name: type(each) for name, each in built.items()} == {
        "lvc": LVC,
        "log-likelihood": LogLikelihood,
        "dice": DiCE,
        "loaded-dice": LoadedDiCE,
    }
    assert built["loaded-dice"].decay == 0.5
    assert LoadedDiCEConfig(decay=0.7).build().decay == 0.7


def test_a_decay_out_of_its_range_is_refused():
    with pytest.raises(ValueError, match="decay is 0, but it must be above 0"):
        LoadedDiCEConfig(decay=0)
    with pytest.raises(ValueError, match=r"decay is 1\.5, but it must be in \[0, 1\]"):
        LoadedDiCEConfig(decay=1.5).build()
