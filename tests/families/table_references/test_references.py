"""The baselines of a table, against what is known of made-up tables."""

import builtins

import jax
import numpy as np
import pytest

from hypermaml.families.arrays import ArrayFamily
from hypermaml.families.table_references import pooled
from hypermaml.families.table_references.mixed import independent, mixed
from hypermaml.families.table_references.references import fit, references_at
from hypermaml.families.table_references.rows import Rows, Scale, rows_of

pytest.importorskip("sklearn")
threadpoolctl = pytest.importorskip("threadpoolctl")
pytest.importorskip("statsmodels")
TASKS, LONGEST, NOISE = 60, 30, 0.5


def table(seed: int = 0, tasks: int = TASKS, level: float = 1.0, slope: float = 0.5) -> Rows:
    """Lines around one that the description gives: y = (1 + d + u) + (2 - d + v) x + noise."""
    rng = np.random.default_rng(seed)
    d = rng.normal(size=(tasks, 1))
    x = rng.normal(size=(tasks, LONGEST))
    own = rng.normal(size=(2, tasks, 1)) * np.array([level, slope])[:, None, None]
    y = 1 + d + own[0] + (2 - d + own[1]) * x + NOISE * rng.normal(size=x.shape)
    mask = np.arange(LONGEST) < rng.integers(12, LONGEST + 1, size=tasks)[:, None]
    return rows_of(x[..., None], y, mask, d)


def parted(rows: Rows, shots: int) -> tuple[Rows, Rows]:
    early = np.arange(LONGEST) < shots
    first = Rows(rows.x, rows.y, rows.mask & early, rows.descriptions)
    return first, Rows(rows.x, rows.y, rows.mask & (np.arange(LONGEST) >= 10), rows.descriptions)


@pytest.fixture(scope="module")
def fitted():
    return fit(table(), table(1, 20), 0)


def test_the_mixed_model_finds_what_made_the_table():
    found = mixed(table(tasks=400))
    assert found is not None
    np.testing.assert_allclose(found.coefficients, [1, 2, 1, -1], atol=0.15)
    np.testing.assert_allclose(found.covariance, [[1, 0], [0, 0.25]], atol=0.15)
    np.testing.assert_allclose(found.noise, NOISE**2, rtol=0.05)


def test_its_prediction_is_the_posterior_mean_of_bayesian_regression(fitted):
    model = fitted.models["linear mixed model"]
    support, query = parted(table(2, 5), 4)
    predicted = model(support, query)
    for task in range(5):
        x, y = support.task(task)
        z, asked = np.column_stack([np.ones(len(x)), x]), np.column_stack([np.ones(LONGEST), query.x[task]])
        precision = np.linalg.inv(model.covariance) + z.T @ z / model.noise
        effect = np.linalg.solve(precision, z.T @ (y - model.mean(x, query.descriptions[task])) / model.noise)
        expected = model.mean(query.x[task], query.descriptions[task]) + asked @ effect
        np.testing.assert_allclose(predicted[task], expected, rtol=1e-6)


def test_more_rows_help_those_that_read_them_and_change_no_other(fitted):
    tested = table(3, 40)
    errors = {shots: fitted.scores(*parted(tested, shots)) for shots in (0, 2, 8)}
    for name in ("pooled ridge", "boosted trees"):
        assert np.array_equal(errors[0][name], errors[8][name])
    for name in ("ridge per task", "Gaussian process per task", "linear mixed model"):
        assert errors[8][name].mean() < errors[0][name].mean()
    noise = NOISE**2
    assert errors[8]["linear mixed model"].mean() < 1.5 * noise
    best = min(errors[2], key=lambda name: errors[2][name].mean())
    assert best == "linear mixed model"  # the table is made as it assumes


def test_without_rows_a_model_of_each_task_predicts_the_mean_of_meta_training(fitted):
    support, query = parted(table(3, 4), 0)
    predicted = fitted.predict(support, query)
    for name in ("ridge per task", "Gaussian process per task"):
        np.testing.assert_allclose(predicted[name], table().targets.mean())


def test_masked_rows_are_not_read(fitted):
    support, query = parted(table(4, 4), 3)
    spoilt = np.where(support.mask, support.y, 1e6)
    other = Rows(np.where(support.mask[..., None], support.x, 1e6), spoilt, support.mask, support.descriptions)
    for name, predicted in fitted.predict(support, query).items():
        np.testing.assert_array_equal(predicted, fitted.predict(other, query)[name], err_msg=name)


def test_determined_columns_are_left_out():
    rng = np.random.default_rng(0)
    free = rng.normal(size=(50, 2))
    columns = np.column_stack([np.ones(50), free, free.sum(axis=1), np.zeros(50), np.full(50, 3.0)])
    assert independent(columns).tolist() == [0, 1, 2]


def test_a_task_variance_of_zero_is_a_fit():
    found = mixed(table(level=0.0, slope=0.0))
    assert found is not None
    assert np.abs(found.covariance).max() < 0.05


def classes(seed: int, tasks: int) -> Rows:
    rows = table(seed, tasks)
    return Rows(rows.x, (rows.y > 1).astype(float) + (rows.y > 4), rows.mask, rows.descriptions)


@pytest.mark.parametrize(("many", "threads"), [(100_000, 1), (100, None)])
def test_few_rows_are_boosted_by_one_thread(many, threads, monkeypatch):
    limits, limited = [], threadpoolctl.threadpool_limits
    monkeypatch.setattr("threadpoolctl.threadpool_limits", lambda n, **of: limits.append(n) or limited(n, **of))
    monkeypatch.setattr(pooled, "MANY", many)
    monkeypatch.setattr(pooled, "ROUNDS", 2)
    train = table(0, 20)
    model = pooled.boosting(train, train, 0)
    assert limits == [threads] * 2 * len(pooled.TREES)  # each is fitted, and predicts meta-validation
    model(train, train)
    assert limits == [threads] * (2 * len(pooled.TREES) + 1)


def test_classes_have_logistic_regression_and_boosting():
    found = fit(classes(0, 60), classes(1, 20), 3)
    tested = classes(2, 20)
    scores = {shots: found.scores(*parted(tested, shots)) for shots in (0, 1, 8)}
    assert set(scores[0]) == {"pooled logistic regression", "boosted trees", "logistic regression per task"}
    assert scores[0]["boosted trees"].mean() > 0.6
    alone = [scores[shots]["logistic regression per task"].mean() for shots in (0, 1, 8)]
    assert alone[2] > alone[0]


def family(classify: bool = False) -> ArrayFamily:
    rows = classes(0, 60) if classify else table(0, 60)
    x = [rows.task(task)[0] for task in range(60)]
    y = [rows.task(task)[1][:, None] for task in range(60)]
    y = [each.ravel().astype(int) for each in y] if classify else y
    return ArrayFamily(x, y, descriptions=rows.descriptions, shots=5)


@pytest.mark.parametrize("classify", [False, True])
def test_a_family_of_arrays_has_scores_for_its_own_batches(classify):
    of = family(classify)
    tasks = of.members[2]
    support, query = of.test_sets(tasks, support_key=jax.random.key(0), query_key=jax.random.key(1))
    found = references_at(of, tasks, support, query)
    assert all(score.shape == (len(tasks),) and np.isfinite(score).all() for score in found.values())
    again = references_at(of, tasks, support, query)
    assert all(np.array_equal(found[name], again[name]) for name in found)


def test_no_row_of_a_test_task_fits_a_model():
    of = family()
    tasks = of.members[2]
    support, query = of.test_sets(tasks, support_key=jax.random.key(0), query_key=jax.random.key(1))
    before = references_at(of, tasks, support, query)
    import equinox as eqx

    other = eqx.tree_at(lambda f: f.y, of, of.y.at[tasks].set(1e3))
    after = references_at(other, tasks, support, query)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_missing_package_is_one_sentence(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("sklearn"):
            raise ModuleNotFoundError("No module named 'sklearn'", name="sklearn")
        return real(name, *rest)

    from hypermaml.families.table_references import model

    monkeypatch.setattr(model, "import_module", lambda name: without(name))
    with pytest.raises(ModuleNotFoundError, match=r"need scikit-learn, .* pip install .*\[tables\]'"):
        model.imported("sklearn.linear_model")


def test_shapes_that_do_not_fit_are_one_sentence():
    with pytest.raises(ValueError, match="must be of the same tasks and rows"):
        Rows(np.zeros((2, 3, 1)), np.zeros((2, 3)), np.ones((2, 3), bool), np.zeros((3, 1)))


def test_a_constant_column_is_left_as_it_is():
    scale = Scale.of(np.full((4, 1), 7.0))
    np.testing.assert_array_equal(scale(np.array([[7.0], [9.0]])), [[0.0], [2.0]])
