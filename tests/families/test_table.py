"""Tasks of a table: the same from every source, in the units of the user, with new rows by name."""

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import hypermaml as hm
from hypermaml.families.table import TableFamily

KEY = jax.random.key(0)


def pupils(schools=10, each=8) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    school = np.repeat([f"s{number}" for number in range(schools)], each)
    ses = rng.normal(3.0, 2.0, schools * each)
    return pd.DataFrame({"school": school, "ses": ses, "score": 100 + 10 * ses, "sector": school})


def schools(count=10) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "school": [f"s{number}" for number in range(count)],
            "sector": ["public", "private"] * (count // 2),
            "size": rng.lognormal(6, 1, count),
        }
    )


def family(rows=None, **options) -> TableFamily:
    rows = pupils().drop(columns="sector") if rows is None else rows
    return TableFamily(rows, **{"task": "school", "target": "score", "shots": 3, **options})


def test_rows_of_a_task_keep_their_order_and_their_standardized_target():
    some = family(descriptions=schools())
    train = np.asarray(some.members[0])
    assert some.x.shape == (10, 8, 1)
    assert some.y.shape == (10, 8)
    np.testing.assert_allclose(np.asarray(some.x[train]).mean(), 0, atol=1e-6)
    np.testing.assert_allclose(np.asarray(some.x[train]).std(), 1, rtol=1e-5)
    np.testing.assert_allclose(np.asarray(some.y[train]).std(), 1, rtol=1e-5)
    target = some.columns.target
    wanted = pupils().query("school == 's3'")["score"]
    np.testing.assert_allclose(some.y[3] * target.deviation + target.mean, wanted, rtol=1e-5)
    assert some.titles(jnp.asarray([3, 0])) == ["s3", "s0"]
    assert [some.count(split) for split in some.splits] == [7, 1, 2]


def test_scores_and_predictions_are_in_the_units_of_the_target():
    some = family()
    learner = jax.tree.map(jnp.zeros_like, some.learner(key=KEY))
    rows = pupils().head(4)
    np.testing.assert_allclose(some.predict(learner, some.as_inputs(rows)), some.columns.target.mean, rtol=1e-6)
    batch = some.as_batch(rows, rows["score"])
    wanted = np.mean((rows["score"] - some.columns.target.mean) ** 2)
    assert float(some.score(learner, None, batch)["mse"]) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("kind", ["csv", "parquet", "folder", "polars", "arrow", "index"])
def test_each_source_gives_the_same_tasks(kind, tmp_path):
    rows, about = pupils().drop(columns="sector"), schools()
    given = {
        "polars": lambda: (pl.from_pandas(rows), pl.from_pandas(about)),
        "arrow": lambda: (pa.Table.from_pandas(rows), pa.Table.from_pandas(about)),
        "index": lambda: (rows, about.set_index("school")),
        "csv": lambda: (written(rows, tmp_path / "rows.csv"), written(about, tmp_path / "about.csv")),
        "parquet": lambda: (written(rows, tmp_path / "rows.parquet"), str(written(about, tmp_path / "a.parquet"))),
        "folder": lambda: (by_task(rows, tmp_path / "rows"), about),
    }[kind]()
    some, other = family(given[0], descriptions=given[1]), family(rows, descriptions=about)
    for name in ("x", "y", "lengths", "descriptions"):
        np.testing.assert_allclose(getattr(some, name), getattr(other, name), rtol=1e-6)
    assert some.task_names == other.task_names
    assert some.columns == other.columns


def written(frame, path):
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
    return path


def by_task(frame, folder):
    folder.mkdir()
    for name, rows in frame.groupby("school"):
        written(rows.drop(columns="school"), folder / f"{name}.csv")
    return folder


def test_a_trained_method_adapts_to_rows_and_a_description_by_name(tmp_path):
    some = family(descriptions=schools(), hidden=(8,))
    trained = hm.train(hm.HyperMAML(), some, iterations=2, meta_batch=2)
    rows = pupils().head(5)
    one = trained.adapt(rows, rows["score"], description={"size": 300.0, "sector": "public"}, steps=1)
    assert one.predict(rows).shape == (5,)
    shuffled = rows[["score", "ses", "school"]]
    np.testing.assert_array_equal(one.predict(pl.from_pandas(shuffled)), one.predict(rows))
    np.testing.assert_array_equal(one.predict(rows[["ses"]].to_numpy()), one.predict(rows))
    np.testing.assert_array_equal(one.predict(rows["ses"]), one.predict(rows))
    np.testing.assert_array_equal(one.predict({"ses": list(rows["ses"])}), one.predict(rows))
    trained.save(tmp_path / "table.hypermaml")
    again = hm.load(tmp_path / "table.hypermaml")
    same = again.adapt(rows, rows["score"], description=schools().assign(size=300.0).loc[0], steps=1)
    np.testing.assert_array_equal(same.predict(rows), one.predict(rows))
    assert again.family.task_names == ()
    assert str(again.family.describe_columns()) == str(some.describe_columns())


def test_the_first_rows_are_support_and_the_query_is_the_same_for_each_size():
    some = family(pupils(each=30).drop(columns="sector"))
    assert some.support_sizes == (0, 1, 2, 5, 10, 20)
    task = some.members[2][0]
    queries, supports = [], []
    for size in some.support_sizes:
        support, query = some.with_support(size).test_set(task, support_key=KEY, query_key=KEY)
        assert int(support.mask.sum()) == size
        assert support.x.shape == (20, 1)
        queries.append(np.ravel(query.x))
        supports.append(np.ravel(support.x)[:size])
        for x in np.ravel(support.x)[size:] if size else ():
            assert x in np.ravel(support.x)[:size]
    for query, support in zip(queries, supports, strict=True):
        np.testing.assert_array_equal(query, queries[0])
        np.testing.assert_array_equal(support, supports[-1][: len(support)])
        assert len(query) == 10
        assert not set(support.tolist()) & set(query.tolist())


def test_without_support_rows_no_step_changes_the_model_and_padding_does_not_count():
    some = family(pupils(each=12).drop(columns="sector"), support_sizes=(0, 1, 5), hidden=(8,))
    trained = hm.train(hm.MAML(inner_lr=0.1), some, iterations=1, meta_batch=2)
    none = hm.evaluate(trained, some.with_support(0), steps=1)["mse"]
    np.testing.assert_array_equal(none[:, 0], none[:, 1])
    five = hm.evaluate(trained, some.with_support(5), steps=1)["mse"]
    np.testing.assert_array_equal(five[:, 0], none[:, 0])  # the same query rows
    assert (five[:, 1] != five[:, 0]).all()


def test_tasks_with_too_few_rows_for_the_largest_support_are_left_out_for_each_size():
    rows = pupils(each=15).drop(columns="sector")
    splits = {"meta-train": ["s0", "s1"], "meta-validation": ["s2"], "meta-test": ["s3", "s4", "s5"]}
    some = family(rows.drop(rows.query("school == 's4'").index[4:]), splits=splits)
    assert some.support_sizes == (0, 1, 2, 5, 10)
    for size in some.support_sizes:
        assert np.asarray(some.with_support(size).members[2]).tolist() == [3, 5]
    with pytest.raises(ValueError, match="a support set of 3 is asked for, but support_sizes are 0, 1, 2, 5, 10"):
        some.with_support(3)
