"""A packed model as a scikit-learn classifier of texts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import train_test_split

from .model import Model, load
from .training import distill


class BitClassifier(ClassifierMixin, BaseEstimator):
    """Texts in, labels out: for pipelines, grids and scores of scikit-learn.

    model: a packed model's file. It is trained already: `fit` only checks that it knows the labels,
        and predicting works without it.
    backbone: instead of a model, a Hugging Face folder: `fit` then trains a model by `bitcpp.distill`,
        with a tenth of the rows (at least one of each label) to choose by.
    recipe, settings, bit: of `bitcpp.distill`. threads, max_length: of `bitcpp.load`.
    out: folder of the training; None is a temporary one that goes with the estimator.

    X is a list, array or column of str, or of pairs of str.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        *,
        backbone: str | os.PathLike[str] | None = None,
        recipe: str | None = None,
        settings: dict[str, Any] | None = None,
        bit: str | None = None,
        out: str | os.PathLike[str] | None = None,
        threads: int = 1,
        max_length: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.model = model
        self.backbone = backbone
        self.recipe = recipe
        self.settings = settings
        self.bit = bit
        self.out = out
        self.threads = threads
        self.max_length = max_length
        self.random_state = random_state

    def fit(self, X: Iterable[Any], y: Iterable[Any]) -> BitClassifier:
        """Checks the labels, or trains where there is a `backbone`."""
        texts, labels = _texts(X), [str(label) for label in y]
        if len(texts) != len(labels):
            raise ValueError(f"{len(texts)} texts and {len(labels)} labels")
        if (self.model is None) == (self.backbone is None):
            raise ValueError("expected either `model` or `backbone`")
        path = self._train(texts, labels) if self.backbone is not None else self.model
        fitted = self._open(path)
        unknown = sorted(set(labels) - set(fitted.labels))
        if unknown:
            raise ValueError(f"the model does not know the label {unknown[0]!r}")
        self._remember(fitted)
        return self

    def predict(self, X: Iterable[Any]) -> NDArray[np.str_]:
        """(texts) the label of each."""
        best = self._scores(X).argmax(axis=1)
        return self.classes_[best]

    def predict_proba(self, X: Iterable[Any]) -> NDArray[np.float32]:
        """(texts, labels) probabilities, columns in the order of `classes_`."""
        return self._scores(X)

    def decision_function(self, X: Iterable[Any]) -> NDArray[np.float32]:
        """Logarithms of predict_proba; of the second label against the first where there are two."""
        logs = np.log(np.maximum(self._scores(X), np.finfo(np.float32).tiny))
        return logs[:, 1] - logs[:, 0] if logs.shape[1] == 2 else logs

    def _scores(self, X: Iterable[Any]) -> NDArray[np.float32]:
        if not self.__sklearn_is_fitted__():
            if self.model is None:
                raise NotFittedError("expected fit to be called first, or a `model`")
            self._remember(self._open(self.model))
        return self.model_(_texts(X)).scores[:, self._order]

    def _open(self, path: Any) -> Model:
        opened = load(path, threads=self.threads, max_length=self.max_length)
        if opened.task != "classification":
            raise ValueError(f"{path}: a model for {opened.task}, expected one for classification")
        return opened

    def _remember(self, fitted: Model) -> None:
        # classes_ are sorted, as everywhere in scikit-learn; the model has an order of its own.
        self.model_ = fitted
        self._order = np.argsort(fitted.labels)
        self.classes_ = np.asarray(fitted.labels)[self._order]

    def _train(self, texts: list[Any], labels: list[str]) -> Any:
        count = max(len(texts) // 10, len(set(labels)))
        train, dev, train_labels, dev_labels = train_test_split(
            texts, labels, test_size=count, stratify=labels, random_state=self.random_state
        )
        out = self.out
        if out is None:
            self._folder = tempfile.TemporaryDirectory(prefix="bitcpp-")
            out = os.path.join(self._folder.name, "out")
        done = distill(
            self.backbone,  # type: ignore[arg-type]
            _rows(train, train_labels),
            _rows(dev, dev_labels),
            out,
            recipe=self.recipe,
            settings=self.settings,
            bit=self.bit,
        )
        return done.path

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        tags.no_validation = True
        return tags

    def _more_tags(self) -> dict[str, Any]:  # scikit-learn before 1.6
        return {"X_types": ["string"], "requires_fit": False, "no_validation": True}


def _texts(X: Iterable[Any]) -> list[Any]:
    if isinstance(X, str):
        raise ValueError("expected several texts, not one")
    return [tuple(text) if isinstance(text, (list, np.ndarray)) else text for text in X]


def _rows(texts: list[Any], labels: list[str]) -> list[tuple[str, ...]]:
    return [
        (*(text if isinstance(text, tuple) else (text,)), label)
        for text, label in zip(texts, labels)
    ]
