"""Profiles of simbench's files and made-up ones."""

import numpy as np
import pytest

from hypermaml.data.power.simbench import DATA, load_simbench, simbench_folder
from hypermaml.data.power.synthetic import synthetic


@pytest.fixture
def package(tmp_path):
    """Three days of a package with simbench's layout; the clocks go forward on the second."""
    folder = tmp_path / DATA
    folder.mkdir(parents=True)
    times = [
        f"{day}.03.2016 {hour:02}:{minute:02}"
        for day in (26, 27, 28)
        for hour in range(24)
        for minute in (0, 15, 30, 45)
        if (day, hour) != (27, 2)
    ]
    loads = [f"{time};0.5;0.25;9" for time in times]
    plants = [f"{time};0.1;-9.6e-06;0.7" for time in times]
    (folder / "LoadProfile.csv").write_text("\n".join(["time;H0-A_qload;H0-A_pload;mv_urban_pload", *loads]))
    (folder / "RESProfile.csv").write_text("\n".join(["time;PV3;WP12;BM1", *plants]))
    return tmp_path


def test_base_profiles_are_taken_and_the_day_of_the_change_is_not(package):
    found = load_simbench(package)
    assert [str(day) for day in found.dates] == ["2016-03-26", "2016-03-28"]
    assert (found.load.names, found.pv.names, found.wind.names) == (("H0-A",), ("PV3",), ("WP12",))
    np.testing.assert_array_equal(found.load.values, np.full((1, 2, 96), 0.25))
    np.testing.assert_array_equal(found.pv.values, np.full((1, 2, 96), 0.1))
    np.testing.assert_array_equal(found.wind.values, 0.0)


def test_another_layout_is_told(package):
    (package / DATA / "RESProfile.csv").write_text("time;Sun\n01.01.2016 00:00;1\n")
    with pytest.raises(ValueError, match=r"RESProfile\.csv has other columns than those of simbench 1\.6"):
        load_simbench(package)
    (package / DATA / "RESProfile.csv").unlink()
    with pytest.raises(ValueError, match=r"RESProfile\.csv is not there: this version of simbench has another layout"):
        load_simbench(package)


def test_without_the_package_the_sentence_tells_what_to_install(monkeypatch):
    monkeypatch.setattr("hypermaml.data.power.simbench.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install .*\[power\]'"):
        simbench_folder()


@pytest.mark.product
def test_the_real_package_has_27_loads_8_suns_and_12_winds():
    pytest.importorskip("simbench")
    found = load_simbench()
    assert [len(curves.names) for curves in found.kinds.values()] == [27, 8, 12]
    assert len(found.dates) == 364
    assert found.load.values.max() == 1.0


def test_made_up_days_look_like_days():
    found = synthetic()
    assert [curves.values.shape for curves in found.kinds.values()] == [(12, 364, 96), (4, 364, 96), (4, 364, 96)]
    np.testing.assert_allclose(found.load.values.max(axis=(1, 2)), 1.0)
    suns, seasons = found.pv.values, found.seasons()
    assert suns[..., :12].max() == 0.0  # before three in the morning
    assert suns[:, seasons == 2].mean() > 3 * suns[:, seasons == 0].mean()
    assert found.wind.values.max() <= 1.0
    office = found.load.values[found.load.names.index("office")]
    weekend = (found.dates.astype(int) + 3) % 7 >= 5
    assert office[weekend].mean() < 0.7 * office[~weekend].mean()
    assert not np.array_equal(synthetic(seed=1).load.values, found.load.values)
    np.testing.assert_array_equal(np.bincount(seasons), [89, 92, 92, 91])
