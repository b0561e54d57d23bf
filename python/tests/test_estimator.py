"""BitClassifier within scikit-learn."""

import pickle

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn")

from bitcpp import BitClassifier  # noqa: E402
from sklearn.base import clone, is_classifier  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import FunctionTransformer  # noqa: E402
from sklearn.utils import estimator_checks  # noqa: E402


@pytest.fixture
def some(rows):
    texts, labels = zip(*rows[:140])
    return np.array(texts, dtype=object), np.array(labels)


@pytest.mark.parametrize(
    "check",
    [
        "check_no_attributes_set_in_init",
        "check_parameters_default_constructible",
        "check_get_params_invariance",
        "check_set_params",
        "check_estimator_repr",
        "check_estimator_get_tags_default_keys",
        "check_estimator_cloneable",
        "check_valid_tag_types",
        "check_mixin_order",
        "check_do_not_raise_errors_in_init_or_set_param",
    ],
)
def test_scikit_learns_own_checks(check, snips_path):
    # Those that fit on numbers say nothing about texts.
    function = getattr(estimator_checks, check, None)
    if function is None:
        pytest.skip(f"this scikit-learn has no {check}")
    function("BitClassifier", BitClassifier(str(snips_path)))


def test_predicting(snips_path, some):
    texts, labels = some
    estimator = BitClassifier(str(snips_path))
    assert is_classifier(estimator)
    assert estimator.score(texts, labels) > 0.95
    fitted = estimator.fit(texts, labels)
    assert fitted is estimator
    assert list(estimator.classes_) == sorted(estimator.classes_)
    chances = estimator.predict_proba(texts)
    assert chances.shape == (140, 7)
    assert np.array_equal(estimator.classes_[chances.argmax(axis=1)], estimator.predict(texts))
    assert np.array_equal(
        estimator.decision_function(texts).argmax(axis=1), chances.argmax(axis=1)
    )


def test_clones_and_pickles(snips_path, some):
    texts, labels = some
    estimator = BitClassifier(str(snips_path), max_length=20).fit(texts, labels)
    assert clone(estimator).max_length == 20
    assert not hasattr(clone(estimator), "model_")
    again = pickle.loads(pickle.dumps(estimator))
    assert np.array_equal(again.predict_proba(texts), estimator.predict_proba(texts))


def test_within_pipelines_and_grids(snips_path, some):
    texts, labels = some
    lower = FunctionTransformer(lambda X: [text.lower() for text in X])
    assert make_pipeline(lower, BitClassifier(str(snips_path))).fit(texts, labels).score(
        texts, labels
    ) > 0.95
    assert cross_val_score(BitClassifier(str(snips_path)), texts, labels, cv=2).min() > 0.9
    grid = GridSearchCV(BitClassifier(str(snips_path)), {"max_length": [4, 64]}, cv=2)
    assert grid.fit(texts, labels).best_params_ == {"max_length": 64}


def test_refusals(snips_path, some):
    texts, labels = some
    with pytest.raises(ValueError, match="does not know the label 'Swim'"):
        BitClassifier(str(snips_path)).fit(["go swimming"], ["Swim"])
    with pytest.raises(ValueError, match="either"):
        BitClassifier().fit(texts, labels)
    with pytest.raises(ValueError, match="140 texts and 2 labels"):
        BitClassifier(str(snips_path)).fit(texts, labels[:2])
    with pytest.raises(ValueError, match="not one"):
        BitClassifier(str(snips_path)).predict("one text")
    with pytest.raises(sklearn.exceptions.NotFittedError):
        BitClassifier(backbone="folder").predict(texts)
