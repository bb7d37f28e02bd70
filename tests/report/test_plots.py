import itertools

import numpy as np
import pytest

from hypermaml._compare.record import MethodRecord, distinguished
from hypermaml.methods import METHODS
from hypermaml.report.looks import PACKAGE, Looks
from hypermaml.report.plots import draw, plot_adaptation, plot_descriptors, plot_learning, plot_traces, save
from hypermaml.report.plots.scale import fit_scale, mark_outside
from hypermaml.report.plots.style import PAPER, grid
from hypermaml.report.plots.tasks import plot_map
from hypermaml.report.results import load_results
from hypermaml.report.statistics import summarize


def texts(panel):
    return [text.get_text() for text in panel.texts]


def test_a_run_draws_every_plot(small_run, made):
    results = load_results(small_run / "results.csv", made.make_record())
    traces = {"full": made.make_paths(horizon=20)}
    plots = draw(results, summarize(results), made.make_curves(seeds=2, points=6), traces)
    assert [plot.name for plot in plots] == ["adaptation", "adaptation_policy-mean", "trajectories_full", "learning"]
    assert all(plot.caption and plot.title for plot in plots)


def test_the_same_data_give_the_same_bytes(small_run, tmp_path, made):
    results = load_results(small_run / "results.csv", made.make_record())
    found = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        plot = plot_adaptation(results, summarize(results), variant="", name="plot")
        svg = save(plot, tmp_path / name)
        assert svg == (tmp_path / name / "plot.svg").read_text(encoding="utf-8")
        found.append((svg, (tmp_path / name / "plot.png").read_bytes()))
    assert found[0] == found[1]
    assert found[0][1].startswith(b"\x89PNG")


def test_diverging_raw_curves_are_marked_at_the_edge_and_the_caption_says_so(small_run, made):
    results = load_results(small_run / "results.csv", made.make_record())
    plot = draw(results, summarize(results), (), {})[0]
    panel = plot.figure.axes[0]
    assert "an arrow at the edge gives its value" in plot.caption
    assert "without the test-time schedule" in plot.caption
    assert len(texts(panel)) == 2  # MAML at steps 2 and 3
    low, high = panel.get_ylim()
    assert -300 < low < -80
    assert -0.9 < high < 0


def test_descriptors_have_a_panel_for_each_method_that_sees_them(made, tmp_path):
    path = made.write_results(tmp_path / "results.csv", seeds=1, tasks=3, descriptors=("full", "noisy"), raw=False)
    results = load_results(path, made.make_record())
    plot = plot_descriptors(results, summarize(results))
    assert plot is not None
    assert [panel.get_title(loc="left") for panel in plot.figure.axes] == ["HyperMAML", "HyperMAML"]


def test_one_descriptor_needs_no_such_plot(small_run, made):
    results = load_results(small_run / "results.csv", made.make_record())
    assert plot_descriptors(results, summarize(results)) is None


def test_learning_curves_count_environment_steps_only_where_there_are_some(made, tmp_path):
    for family, panels in (("navigation", 3), ("sine", 2)):
        path = made.write_results(tmp_path / "results.csv", family=family, seeds=2, tasks=2)
        results = load_results(path, made.make_record(family))
        assert len(plot_learning(made.make_curves(family=family, seeds=2, points=4), results).figure.axes) == panels


def test_fits_show_two_curves_and_every_method(made):
    plot = plot_traces(made.make_fits(), PACKAGE, descriptor="full")
    assert len(plot.figure.axes) == 10
    lines = plot.figure.axes[3].get_lines()
    assert len(lines) == 1 + 4 + 1  # the truth, steps 0 to 3, the support points


def test_questions_have_a_mark_before_and_after_and_every_text_can_be_drawn():
    right = np.zeros((2, 3, 4))
    right[0, -1, 1] = 1
    traces = {
        "task": np.array(["one", "two"]),
        "asked": np.array([["a\nb", "costs $5$", "\N{CJK UNIFIED IDEOGRAPH-4E2D}", "long " * 30]] * 2),
        "truth": np.array([["yes"] * 4] * 2),
        "questions/maml": right,
        "questions/random": right * 0,
    }
    plot = plot_traces(traces, PACKAGE, descriptor="full")
    first, second = plot.figure.axes
    assert (first.get_title(loc="left"), second.get_title(loc="left")) == ("one", "two")
    rows = [tick.get_text() for tick in first.get_yticklabels()]
    assert rows[:3] == ["a / b → yes", "costs $5$ → yes", "\N{WHITE SQUARE} → yes"]
    assert len(rows[3]) < 60
    filled = [line for line in first.get_lines() if line.get_markerfacecolor() == line.get_color()]
    assert [(round(line.get_xdata()[0], 2), line.get_ydata()[0]) for line in filled] == [(1.16, 1)]
    plot.figure.canvas.draw()


def test_a_map_has_hollow_marks_for_unseen_tasks_and_names_of_groups():
    unseen = np.array([False, True, True])
    plot = plot_map(
        np.eye(3)[:, :2],
        np.array([0.6, 0.4]),
        np.array([2, 2, 0]),
        embedder="texts",
        names=("new", "none", "old"),
        unseen=unseen,
        of="initializations",
    )
    hollow = sum(
        len(line.get_xdata()) for line in plot.figure.axes[0].get_lines() if line.get_markerfacecolor() == PAPER
    )
    assert (plot.name, hollow) == ("map_starts", 2)
    assert [text.get_text() for text in plot.figure.legends[0].get_texts()] == ["new", "old"]
    assert "Hollow marks are tasks that no training has seen" in plot.caption


def test_arrays_of_another_kind_are_not_drawn():
    assert plot_traces({"foo": np.zeros(3)}, PACKAGE, descriptor="full") is None


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
    scale = fit_scale(metric, -1 if metric == "mse" else 1, values)
    assert scale.kind == kind
    finite = [value for value in values if np.isfinite(value)]
    assert not any(map(scale.outside, finite))
    _, ((panel,),) = grid(1, 1, width=3, height=3, share=True)
    scale.apply(panel)
    assert panel.get_ylim() == pytest.approx((scale.low, scale.high))


@pytest.mark.parametrize("values", [[3.1, 3.9], [0.0021, 0.0024], [20.0, 30.0], [0.1, 5.0]])
def test_a_logarithmic_axis_has_ticks_however_narrow_it_is(values):
    _, ((panel,),) = grid(1, 1, width=3, height=3, share=True)
    scale = fit_scale("mse", -1, values)
    scale.apply(panel)
    assert 2 <= len(panel.get_yticks()) <= 7
    assert not any(map(scale.outside, panel.get_yticks()))


def test_only_bad_outliers_are_cut():
    good = [300.0, 310.0, 320.0, 330.0, 340.0]
    scale = fit_scale("return", 1, [*good, -1e6, 5000.0])
    assert scale.outside(-1e6)
    assert scale.outside(np.nan)
    assert not scale.outside(5000.0)
    assert fit_scale("mse", -1, [0.3, 0.31, 0.32, 1e-9, 1e30]).outside(1e30)
    assert not fit_scale("mse", -1, [0.3, 0.31, 0.32, 1e-9, 1e30]).outside(1e-9)


def test_marks_at_the_same_place_do_not_overlap():
    _, ((panel,),) = grid(1, 1, width=3, height=3, share=True)
    scale = fit_scale("return", 1, [1.0, 2.0])
    mark_outside(panel, scale, [("maml", 1.0, -2535.0), ("random", 1.1, np.nan), ("oracle", 1.0, 1.5)], PACKAGE)
    assert texts(panel) == ["-2535", "not finite"]
    assert panel.texts[0].xyann[1] != panel.texts[1].xyann[1]


def test_what_a_method_would_have_twice_at_a_place_is_written_once():
    _, ((panel,),) = grid(1, 1, width=3, height=3, share=True)
    scale = fit_scale("accuracy", 1, [0.1, 0.2])
    points = [("leo", 1.1), ("leo", 1.1), ("leo", 2.1), ("maml", 1.0)]
    mark_outside(panel, scale, [(*point, np.nan) for point in points], PACKAGE)
    assert texts(panel) == ["not finite"] * 3


def test_every_method_has_a_look_of_its_own():
    looks = [PACKAGE[method] for method in METHODS]
    assert len({it.label for it in looks}) == len(looks)
    assert len({(it.color, it.marker) for it in looks}) == len(looks)
    assert {it.label for it in looks}.isdisjoint(
        METHODS.keys() - {"random", "pretrained", "oracle", "hypernet", "conditioned"}
    )


def lab(linear):
    """CIELAB of linear sRGB."""
    mix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.array(mix) @ np.clip(linear, 0, 1) / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


# Machado, Oliveira, Fernandes (2009), severity 1.
SIGHT = {
    "full": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
}


@pytest.mark.parametrize("sight", SIGHT)
def test_colors_stay_apart_for_color_blind_readers(sight):
    colors = sorted({PACKAGE[method].color for method in METHODS})
    channels = np.array([[int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)] for color in colors])
    seen = [lab(SIGHT[sight] @ ((value + 0.055) / 1.055) ** 2.4) for value in channels]
    assert min(np.linalg.norm(first - second) for first, second in itertools.combinations(seen, 2)) > 18


def test_a_day_of_a_site_shows_what_it_does_and_each_battery_before_and_after():
    price = np.tile(np.where(np.arange(96) < 24, 0.15, 0.3), (2, 1))
    traces = {
        "load": np.full((2, 96), 40.0),
        "generation": np.full((2, 2, 96), 10.0),
        "price": price,
        "capacity": np.array([100.0, 200.0]),
        "optimum": np.zeros((2, 2, 96)),
        "dispatch/maml": np.linspace(0, 1, 2 * 4 * 2 * 96).reshape(2, 4, 2, 96),
        "dispatch/hypermaml": np.zeros((2, 4, 2, 96)),
    }
    plot = plot_traces(traces, PACKAGE, descriptor="full")
    assert plot.name == "dispatch_full"
    demand, prices, *panels = plot.figure.axes[:8]
    assert demand.get_title(loc="left") == "site 1: 100 kWh of battery"
    np.testing.assert_allclose(prices.lines[0].get_ydata(), 100 * price[0])
    maml = plot.figure.axes[4]
    assert maml.get_ylabel() == "MAML\nbattery, kW"
    before, after = (maml.lines[place].get_ydata() for place in (1, 2))
    np.testing.assert_array_equal(before, traces["dispatch/maml"][0, 0, 0])
    np.testing.assert_array_equal(after, traces["dispatch/maml"][0, 3, 0])
    assert len(panels) == 6


def test_a_forecast_stands_before_what_came_and_the_day_before():
    traces = {
        "net_load": np.full((2, 96), 0.4),
        "day_before": np.full((2, 96), 0.2),
        "forecasts/maml": np.stack([np.full((2, 96), 0.1), np.full((2, 96), 0.35)], axis=1),
    }
    plot = plot_traces(traces, PACKAGE, descriptor="partial")
    assert plot.name == "forecasts_partial"
    levels = [float(line.get_ydata()[0]) for line in plot.figure.axes[0].lines]
    assert levels == pytest.approx([40, 20, 10, 35])


def test_configurations_of_one_class_are_called_by_their_names_and_drawn_apart():
    hyper, maml = (MethodRecord.of_class(METHODS[name]) for name in ("hypermaml", "maml"))
    named = {"maml": maml, "dense": hyper, "rank 1": hyper, "rank 2": hyper, "rank 3": hyper, "mine": MethodRecord()}
    looks = Looks(distinguished(named))
    assert [looks.label(name) for name in named] == ["MAML", "dense", "rank 1", "rank 2", "rank 3", "mine"]
    assert len({(looks[name].color, looks[name].marker) for name in named}) == len(named)
    assert looks["dense"].color == hyper.color
    many = Looks({str(index): MethodRecord() for index in range(20)})
    assert len({(many[name].color, many[name].marker) for name in many.methods}) == 20
