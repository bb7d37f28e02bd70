import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import hypermaml as hm
from hypermaml.sklearn import AdaptedClassifier, AdaptedRegressor, MetaClassifier, MetaRegressor

RNG = np.random.default_rng(0)
SITES = pd.DataFrame({"site": [f"s{i}" for i in range(12)], "kind": ["a", "b"] * 6, "size": RNG.normal(5, 2, 12)})
ROWS = pd.DataFrame(
    {"site": np.repeat(SITES["site"], 9).to_numpy(), "dose": RNG.normal(size=108), "age": RNG.normal(size=108)}
)
ROWS["gain"] = 10 + 3 * np.repeat(SITES["kind"] == "b", 9).to_numpy() + ROWS["dose"] + 0.1 * RNG.normal(size=108)
ROWS["better"] = np.where(ROWS["gain"] > 11.5, "yes", "no")
ROWS.index = [f"row {index}" for index in range(len(ROWS))]
INPUTS = ["dose", "age"]
KNOWN = SITES.set_index("site")
ONE = ROWS[ROWS["site"] == "s3"]


def meta(kind=MetaRegressor, method="hypermaml", **settings):
    return kind(
        method, **({"shots": 3, "iterations": 40, "meta_batch": 4, "hidden": (8,), "random_state": 0} | settings)
    )


@pytest.fixture(scope="module")
def fitted():
    return meta().fit(ROWS[INPUTS], ROWS["gain"], tasks=ROWS["site"], descriptions=KNOWN)


@pytest.fixture(scope="module")
def classifier():
    return meta(MetaClassifier).fit(ROWS[INPUTS], ROWS["better"], tasks=ROWS["site"], descriptions=KNOWN)


def test_an_adapted_model_is_a_fitted_estimator_that_keeps_the_index(fitted):
    model = fitted.adapt(ONE[INPUTS][:4], ONE["gain"][:4], description=KNOWN.loc["s3"])
    assert is_regressor(model)
    assert is_regressor(fitted)
    predicted = model.predict(ONE[INPUTS])
    assert predicted.index.equals(ONE.index)
    direct = fitted.trained_.adapt(ONE[INPUTS][:4], ONE["gain"][:4], description=KNOWN.loc["s3"])
    np.testing.assert_array_equal(predicted, direct.predict(ONE[INPUTS]))
    assert isinstance(model.score(ONE[INPUTS], ONE["gain"]), float)
    assert list(model.feature_names_in_) == INPUTS


def test_without_rows_the_model_is_generated_from_the_description(fitted):
    model = fitted.adapt(description={"kind": "b", "size": 4.0})
    start = fitted.trained_.initialize(description={"kind": "b", "size": 4.0})
    np.testing.assert_array_equal(model.predict(ONE[INPUTS]), start.predict(ONE[INPUTS]))
    other = fitted.adapt(description={"kind": "a"})  # what is left out is missing
    assert not np.allclose(other.predict(ONE[INPUTS]), model.predict(ONE[INPUTS]))


@pytest.mark.parametrize("array", [False, True])
def test_a_constant_feature_stays_a_feature(array):
    x = ROWS[INPUTS].assign(one=1.0)[["dose", "one", "age"]]
    x = x.to_numpy() if array else x
    fitted = meta(method="maml", iterations=2).fit(x, ROWS["gain"], tasks=ROWS["site"])
    model = fitted.adapt(x[:4], ROWS["gain"][:4])
    assert model.n_features_in_ == 3
    assert np.shape(model.predict(x)) == (108,)
    direct = fitted.trained_.adapt(np.asarray(x)[:4], ROWS["gain"][:4])
    np.testing.assert_array_equal(direct.predict(np.asarray(x)), model.predict(x))
    if not array:
        np.testing.assert_array_equal(direct.predict(np.asarray(ROWS[INPUTS])), model.predict(x))


def test_fit_of_an_adapted_model_adapts_again(fitted):
    model = fitted.adapt(ONE[INPUTS][:4], ONE["gain"][:4], description=KNOWN.loc["s3"], steps=2)
    twin = clone(model)
    assert isinstance(twin, AdaptedRegressor)
    with pytest.raises(NotFittedError):
        twin.predict(ONE[INPUTS])
    twin.fit(ONE[INPUTS][:4], ONE["gain"][:4])
    np.testing.assert_array_equal(twin.predict(ONE[INPUTS]), model.predict(ONE[INPUTS]))


def test_parameters_are_those_of_the_constructor():
    estimator = meta(method=hm.MAML(inner_lr=0.05))
    twin = clone(estimator)
    assert twin.get_params() == estimator.get_params()
    assert twin.set_params(shots=2).shots == 2
    assert "method=MAML(inner_lr=0.05" in repr(estimator)
    assert pickle.loads(pickle.dumps(estimator)).get_params() == estimator.get_params()


def test_the_same_random_state_gives_the_same_model(fitted):
    again = clone(fitted).fit(ROWS[INPUTS], ROWS["gain"], tasks=ROWS["site"], descriptions=KNOWN)
    np.testing.assert_array_equal(again.trained_.losses, fitted.trained_.losses)


def test_arrays_have_numbered_features_and_need_no_descriptions():
    x, y, tasks = ROWS[INPUTS].to_numpy(), ROWS["gain"].to_numpy(), ROWS["site"].to_numpy()
    estimator = meta(method="maml", iterations=2).fit(x, y, tasks=tasks)
    predicted = estimator.adapt(x[:3], y[:3]).predict(x[3:8])
    assert isinstance(predicted, np.ndarray)
    assert predicted.shape == (5,)
    with pytest.raises(ValueError, match="X has 1 features, but AdaptedRegressor is expecting 2"):
        estimator.adapt(x[:3], y[:3]).predict(x[:, :1])


def test_classes_have_probabilities_in_their_order(classifier):
    assert is_classifier(classifier)
    assert classifier.classes_.tolist() == ["no", "yes"]
    model = classifier.adapt(ONE[INPUTS][:4], ONE["better"][:4], description=KNOWN.loc["s3"])
    chances, predicted = model.predict_proba(ONE[INPUTS]), model.predict(ONE[INPUTS])
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(predicted, model.classes_[chances.argmax(axis=1)])
    assert 0 <= classifier.score(ROWS[INPUTS], ROWS["better"], tasks=ROWS["site"], descriptions=KNOWN) <= 1


def test_a_score_is_of_the_rows_after_the_shots_of_each_task(fitted):
    rows = ROWS[ROWS["site"].isin(["s2", "s3"])]
    found = fitted.score(rows[INPUTS], rows["gain"], tasks=rows["site"], descriptions=KNOWN)
    true, predicted = [], []
    for site, own in rows.groupby("site"):
        model = fitted.adapt(own[INPUTS][:3], own["gain"][:3], description=KNOWN.loc[site])
        true += own["gain"][3:].tolist()
        predicted += model.predict(own[INPUTS][3:]).tolist()
    assert found == pytest.approx(sklearn.metrics.r2_score(true, predicted))
    alone = np.where(rows["site"] == "s2", 1.0, 0.0)
    weighed = fitted.score(rows[INPUTS], rows["gain"], tasks=rows["site"], descriptions=KNOWN, sample_weight=alone)
    assert weighed == pytest.approx(sklearn.metrics.r2_score(true[:6], predicted[:6]))


@pytest.mark.product
def test_a_search_splits_by_task_and_works_in_a_pipeline():
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = meta(iterations=3)
        estimator.set_fit_request(tasks=True, descriptions=True).set_score_request(tasks=True, descriptions=True)
        pipeline = make_pipeline(StandardScaler().set_output(transform="pandas"), estimator)
        grid = {"metaregressor__method": [hm.MAML(), hm.HyperMAML(inner_lr=0.05)]}
        search = GridSearchCV(pipeline, grid, cv=GroupKFold(2), error_score="raise")
        search.fit(ROWS[INPUTS], ROWS["gain"], groups=ROWS["site"], tasks=ROWS["site"], descriptions=KNOWN)
    best = search.best_estimator_
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    few = best[:-1].transform(ONE[INPUTS][:3])
    assert best[-1].adapt(few, ONE["gain"][:3], description=KNOWN.loc["s3"]).predict(few).shape == (3,)


def test_fitted_estimators_are_saved_and_not_pickled(fitted, classifier, tmp_path):
    model = fitted.adapt(ONE[INPUTS][:4], ONE["gain"][:4], description=KNOWN.loc["s3"])
    for estimator in (fitted, model):
        with pytest.raises(TypeError, match=r"is not pickled: write it with save\(path\)"):
            pickle.dumps(estimator)
    fitted.save(tmp_path / "meta.hypermaml")
    again = MetaRegressor.load(tmp_path / "meta.hypermaml").adapt(
        ONE[INPUTS][:4], ONE["gain"][:4], description=KNOWN.loc["s3"]
    )
    np.testing.assert_array_equal(again.predict(ONE[INPUTS]), model.predict(ONE[INPUTS]))
    model.save(tmp_path / "model.hypermaml")
    loaded = AdaptedRegressor.load(tmp_path / "model.hypermaml")
    np.testing.assert_array_equal(loaded.predict(ONE[INPUTS]), model.predict(ONE[INPUTS]))
    with pytest.raises(ValueError, match="holds no trained method"):
        MetaRegressor.load(tmp_path / "model.hypermaml")
    with pytest.raises(ValueError, match="holds no adapted model"):
        AdaptedRegressor.load(tmp_path / "meta.hypermaml")
    classifier.save(tmp_path / "classes.hypermaml")
    with pytest.raises(ValueError, match="predicts classes, which MetaRegressor does not"):
        MetaRegressor.load(tmp_path / "classes.hypermaml")


X, Y, SITE = ROWS[INPUTS], ROWS["gain"], ROWS["site"]


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda m: meta().fit(X, Y), ValueError, "fit needs tasks, the name of the task of each row"),
        (lambda m: meta().fit(X, Y[:5], tasks=SITE), ValueError, r"y has the shape \(5,\), but X has 108 rows"),
        (lambda m: meta().fit(X, Y, tasks=SITE[:5]), ValueError, r"tasks has the shape \(5,\), but X has 108 rows"),
        (lambda m: meta(method="x").fit(X, Y, tasks=SITE), ValueError, "the method is 'x', but it must be"),
        (lambda m: meta().fit(X[:9], Y[:9], tasks=SITE[:9]), ValueError, "there is one task, 's0'"),
        (lambda m: meta(shots=0).fit(X, Y, tasks=SITE), ValueError, "shots is 0"),
        (lambda m: meta().adapt(X[:3], Y[:3]), NotFittedError, "is not fitted yet"),
        (lambda m: m.adapt(X[["age", "dose"]][:3], Y[:3], description={}), ValueError, "feature names"),
        (lambda m: m.adapt(X[:3], Y[:3], description={"colour": 1}), ValueError, "colour"),
        (lambda m: m.score(X, Y, tasks=SITE, descriptions=KNOWN[:3]), ValueError, "have no row of the task 's3'"),
        (lambda m: m.score(X[:3], Y[:3], tasks=SITE[:3]), ValueError, "task s0 has 3 rows, but 3 shots and a test"),
        (lambda m: AdaptedRegressor("x").fit(X, Y), ValueError, "trained is 'x', but it must be"),
        (lambda m: AdaptedClassifier(m.trained_).fit(X, Y), ValueError, "predicts numbers, which AdaptedClassifier"),
    ],
)
def test_what_does_not_fit_is_one_sentence(fitted, call, error, sentence):
    with pytest.raises(error, match=sentence) as raised:
        call(fitted)
    assert "hypermaml" in raised.traceback[-1].path.parts or error is NotFittedError or "feature" in sentence


def test_a_frame_fits_a_model_of_features_without_names():
    numbered = ROWS[INPUTS].set_axis([0, 1], axis=1)
    estimator = meta(method="maml", iterations=2).fit(numbered, ROWS["gain"], tasks=ROWS["site"])
    model = estimator.adapt(numbered[:3], ROWS["gain"][:3])
    array = model.predict(numbered.to_numpy())
    np.testing.assert_array_equal(model.predict(numbered), array)
    with pytest.warns(UserWarning, match="X has feature names, but AdaptedRegressor was fitted without feature names"):
        np.testing.assert_array_equal(model.predict(ROWS[INPUTS]), array)


@pytest.mark.parametrize("form", ["index", "named index", "column", "column of another frame"])
def test_descriptions_name_their_task_by_a_column_or_by_their_index(form):
    rows, tasks = ROWS[INPUTS], ROWS["site"].str[1:].astype(int)
    descriptions, given = KNOWN.reset_index(drop=True), tasks
    if form == "named index":
        descriptions, given = descriptions.rename_axis("place"), tasks.to_numpy()
    elif form == "column":
        descriptions = descriptions.assign(site=range(12)).sample(frac=1, random_state=0)
    elif form == "column of another frame":
        descriptions, given = pl.from_pandas(descriptions.assign(task=range(12))), tasks.to_numpy()
    estimator = meta(iterations=2).fit(rows, ROWS["gain"], tasks=given, descriptions=descriptions)
    assert [column.name for column in estimator.trained_.family.columns.described] == ["kind", "size"]
    assert np.isfinite(estimator.score(rows, ROWS["gain"], tasks=given, descriptions=descriptions))
    found = np.asarray(estimator.trained_.family.descriptions)
    assert len(np.unique(found, axis=0)) == 12


def test_words_that_look_like_numbers_stay_words():
    labels = np.where(ROWS["gain"] > 11.5, "1", "0")
    estimator = meta(MetaClassifier, iterations=2).fit(ROWS[INPUTS], labels, tasks=ROWS["site"], descriptions=KNOWN)
    assert estimator.classes_.tolist() == ["0", "1"]
    model = estimator.adapt(ONE[INPUTS][:4], labels[27:31], description=KNOWN.loc["s3"])
    assert set(model.predict(ONE[INPUTS])) <= {"0", "1"}
    assert 0 <= estimator.score(ROWS[INPUTS], labels, tasks=ROWS["site"], descriptions=KNOWN) <= 1
