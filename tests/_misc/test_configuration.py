import json
import math

import pytest

import hypermaml as hm
from hypermaml._misc.configuration import changed, read_back, value_at, written

CLASSES = {
    kind.__name__: kind
    for kind in (
        *hm.methods.METHODS.values(),
        *hm.embed.EMBEDDERS.values(),
        *hm.init.GENERATORS.values(),
        *hm.outer.OUTER_UPDATES.values(),
        hm.embed.Together,
    )
}
CONFIGURATIONS = [
    *(kind() for kind in hm.methods.METHODS.values()),
    hm.HyperMAML(generator=hm.LowRank(rank=3, bound=0.5), embedder=hm.Description() + hm.SupportSet("mean", size=5)),
    hm.HyperMAML(embedder=hm.Description() + hm.Trajectories(count=3), outer=hm.TRPO(curvature_stride=2)),
    hm.MAML(inner_clip=2.0, outer=hm.Adam(clip=1.0)),
]


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=range(len(CONFIGURATIONS)))
def test_what_is_written_is_read_back(configuration):
    saved = json.loads(json.dumps(written(configuration)))
    assert saved["inner_clip"] == ("inf" if math.isinf(configuration.inner_clip) else configuration.inner_clip)
    assert read_back(saved, CLASSES) == configuration
    assert hash(read_back(saved, CLASSES)) == hash(configuration)


def test_what_is_missing_has_its_default_and_what_is_unknown_is_refused():
    assert read_back({"class": "HyperMAML", "generator": {"class": "LowRank"}}, CLASSES) == hm.HyperMAML(
        generator=hm.LowRank()
    )
    with pytest.raises(TypeError, match="momentum"):
        read_back({"class": "MAML", "momentum": 0.9}, CLASSES)
    with pytest.raises(KeyError, match="Mine"):
        read_back({"class": "HyperMAML", "generator": {"class": "Mine"}}, CLASSES)


def test_a_function_is_written_by_its_name_and_not_read_back():
    saved = written(hm.MAML(adapts=json.dumps))
    assert saved["adapts"] == "json.dumps"
    with pytest.raises(ValueError, match=r"adapts is 'json\.dumps', but it must be a function"):
        read_back(saved, CLASSES)


def test_a_field_of_a_part_changes_by_its_path():
    method = hm.HyperMAML.algorithm_2()
    assert value_at(method, "generator.width") == 100
    new = changed(method, {"generator.width": 7, "generator": hm.LowRank(rank=1), "inner_lr": 0.5})
    assert new == hm.HyperMAML.algorithm_2(inner_lr=0.5, generator=hm.LowRank(rank=1, width=7))
    assert changed(method, {}) == method
