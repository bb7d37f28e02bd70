import itertools

import numpy as np
import pytest

from hypermaml.report.plots import draw, plot_descriptors, plot_learning, plot_traces, save
from hypermaml.report.plots.scale import fit_scale, mark_outside
from hypermaml.report.plots.style import grid, look
from hypermaml.report.results import METHODS, load_results
from hypermaml.report.statistics import summarize


def texts(panel):
    return [text.get_text() for text in panel.texts]


def test_a_run_draws_every_plot_and_writes_the_same_bytes_twice(small_run, made, tmp_path):
    results = load_results(small_run / "results.csv")
    found = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        traces = {"full": made.make_paths(horizon=20)}
        plots = draw(results, summarize(results), made.make_curves(seeds=2, points=6), traces)
        names = [plot.name for plot in plots]
        found.append({plot.name: (save(plot, tmp_path / name), plot.caption) for plot in plots[::3]})
    assert names == ["adaptation", "adaptation_actions-mean", "trajectories_full", "learning"]
    assert found[0] == found[1]
    for name in found[0]:
        images = [(tmp_path / folder / f"{name}.png").read_bytes() for folder in ("first", "second")]
        assert images[0] == images[1]
        assert images[0][:4] == b"\x89PNG"


def test_diverging_raw_curves_are_marked_at_the_edge_and_the_caption_says_so(small_run):
    results = load_results(small_run / "results.csv")
    plot = draw(results, summarize(results), (), {})[0]
    panel = plot.figure.axes[0]
    assert "an arrow at the edge gives its value" in plot.caption
    assert "without the guard" in plot.caption
    assert len(texts(panel)) == 2  # MAML at steps 2 and 3
    low, high = panel.get_ylim()
    assert -300 < low < -80
    assert -0.9 < high < 0


def test_descriptors_have_a_panel_for_each_method_that_sees_them(made, tmp_path):
    path = made.write_results(tmp_path / "results.csv", seeds=1, tasks=3, descriptors=("full", "noisy"), raw=False)
    results = load_results(path)
    plot = plot_descriptors(results, summarize(results))
    assert plot is not None
    assert [panel.get_title(loc="left") for panel in plot.figure.axes] == ["HyperMAML", "HyperMAML"]


def test_one_descriptor_needs_no_such_plot(small_run):
    results = load_results(small_run / "results.csv")
    assert plot_descriptors(results, summarize(results)) is None


def test_learning_curves_count_environment_steps_only_where_there_are_some(made):
    assert len(plot_learning(made.make_curves(seeds=2, points=4)).figure.axes) == 3
    assert len(plot_learning(made.make_curves(family="sine", seeds=2, points=4)).figure.axes) == 2


def test_fits_show_two_curves_and_every_method(made):
    plot = plot_traces(made.make_fits(), descriptor="full")
    assert len(plot.figure.axes) == 10
    lines = plot.figure.axes[3].get_lines()
    assert len(lines) == 1 + 4 + 1  # the truth, steps 0 to 3, the support points


def test_traces_of_neither_kind_are_refused():
    with pytest.raises(ValueError, match=r"must hold `x` .* they hold \['foo'\]"):
        plot_traces({"foo": np.zeros(3)}, descriptor="full")


@pytest.mark.parametrize(
    ("metric", "values", "kind"),
    [
        ("mse", [0.001, 3.0], "log"),
        ("mse", [0.0, 3.0], "linear"),
        ("return", [-80.0, -1.0], "mirrored"),
        ("return", [-80.0, -60.0], "linear"),
        ("return", [-80.0, 60.0], "linear"),
        ("accuracy", [0.2, 0.9], "linear"),
        ("return", [np.nan, np.inf], "linear"),
    ],
)
def test_the_kind_of_axis_follows_the_values(metric, values, kind):
    scale = fit_scale(metric, values)
    assert scale.kind == kind
    finite = [value for value in values if np.isfinite(value)]
    assert not any(map(scale.outside, finite))
    _, ((panel,),) = grid(1, 1, width=3, height=3, share=True)
    scale.apply(panel)
    assert panel.get_ylim() == pytest.approx((scale.low, scale.high))


def test_only_bad_outliers_are_cut():
    good = [300.0, 310.0, 320.0, 330.0, 340.0]
    scale = fit_scale("return", [*good, -1e6, 5000.0])
    assert scale.outside(-1e6)
    assert scale.outside(np.nan)
    assert not scale.outside(5000.0)
    assert fit_scale("mse", [0.3, 0.31, 0.32, 1e-9, 1e30]).outside(1e30)
    assert not fit_scale("mse", [0.3, 0.31, 0.32, 1e-9, 1e30]).outside(1e-9)


def test_marks_at_the_same_place_do_not_overlap():
    _, ((panel,),) = grid(1, 1, width=3, height=3, share=True)
    scale = fit_scale("return", [1.0, 2.0])
    mark_outside(panel, scale, [("maml", 1.0, -2535.0), ("random", 1.1, np.nan), ("oracle", 1.0, 1.5)])
    assert texts(panel) == ["-2535", "not finite"]
    assert panel.texts[0].xyann[1] != panel.texts[1].xyann[1]


def test_every_method_has_a_look_of_its_own():
    looks = [look(method) for method in METHODS]
    assert len({it.label for it in looks}) == len(looks)
    assert len({it.marker for it in looks}) == len(looks)  # where two colors look alike, the markers differ
    for first, second in itertools.combinations({it.color for it in looks}, 2):
        channels = [[int(color[place : place + 2], 16) for place in (1, 3, 5)] for color in (first, second)]
        assert np.abs(np.subtract(*channels)).max() > 24
