"""Packed models: texts in, answers out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal, Union, overload

import numpy as np
from numpy.typing import NDArray

from . import _bitcpp
from .results import Answer, Classification, Classifications, Entity, Tagged, Token, Word

Pair = tuple[str, str]
Text = Union[str, Pair]
Result = Union[Classification, float, Tagged, Answer]
Results = Union[Classifications, NDArray[np.float32], list[Tagged], list[Answer]]


def load(
    path: str | os.PathLike[str],
    *,
    threads: int = 1,
    max_length: int | None = None,
    long_text: Literal["truncate", "refuse"] = "truncate",
) -> Model:
    """Opens a packed model.

    path: the .safetensors file, which is mapped, not read.
    threads: threads that share the work of one call; results do not depend on it.
    max_length: tokens of a text, [CLS] and [SEP] included; None is the model's own.
    long_text: what becomes of longer texts: "truncate" cuts them, "refuse" raises Error.

    Raises Error (a ValueError) with one line for a file that is no packed model.
    """
    return Model(path, threads=threads, max_length=max_length, long_text=long_text)


class Model:
    """An open model; see `load`. Immutable: threads may share one, and it can be pickled (its path is)."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        threads: int = 1,
        max_length: int | None = None,
        long_text: Literal["truncate", "refuse"] = "truncate",
    ) -> None:
        if long_text not in ("truncate", "refuse"):
            raise ValueError(f"long_text {long_text!r}, expected 'truncate' or 'refuse'")
        self.path = os.fspath(path)
        self._options: dict[str, Any] = {
            "threads": threads,
            "max_length": max_length,
            "long_text": long_text,
        }
        self._model = _bitcpp.Model.open(
            self.path, threads, max_length or 0, long_text == "refuse"
        )
        self.task: str = self._model.task
        """"classification", "regression", "tagging" or "question-answering" """
        self.labels: list[str] = self._model.labels
        """names of the labels; empty for regression and question answering"""
        self.max_length: int = self._model.max_length
        """tokens a text may have before it is cut"""
        self.hidden_size: int = self._model.hidden_size
        """numbers of an embedding"""
        self.pair: bool = self._model.pair
        """trained on pairs of texts"""
        self.isa: str = self._model.isa
        """instruction set that computes"""

    def __reduce__(self) -> tuple[Any, ...]:
        return (_reopen, (os.path.abspath(self.path), self._options))

    def __repr__(self) -> str:
        return f"bitcpp.load({self.path!r})  # {self.task}, {len(self.labels)} labels"

    @overload
    def __call__(self, texts: Text) -> Result: ...  # type: ignore[overload-overlap]  # a str is a sequence
    @overload
    def __call__(self, texts: Sequence[Text]) -> Results: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, texts: Iterable[Text], *, batch_size: int = ...) -> Iterator[Result]: ...
    def __call__(self, texts: Any, *, batch_size: int = 64) -> Any:
        """Answers one text, several, or a stream of them.

        A str, or a tuple of two (a pair; for question answering the question and its context),
        gives one result. A list or an array gives all of them at once. Any other iterable gives an
        iterator that reads `batch_size` texts at a time.

        Results are a Classification (several: Classifications), a float (several: a numpy array),
        a Tagged or an Answer, by the model's task.
        """
        if isinstance(texts, (str, tuple)):
            return next(iter(self._answer_all([texts])))
        if _is_sized(texts):
            return self._answer_all(texts)
        return self._stream(iter(texts), batch_size)

    def predict(self, texts: Iterable[Text]) -> list[str]:
        """Classification: the label of every text."""
        self._expect("classification")
        found: Classifications = self._answer_all(list(texts))
        return found.labels

    def embed(
        self,
        texts: Text | Sequence[Text],
        *,
        pooling: Literal["mean", "first"] = "mean",
        normalize: bool = False,
    ) -> NDArray[np.float32]:
        """Vectors (texts, hidden_size), or (hidden_size) for one text: pooled states of the last layer.

        pooling: "mean" of all tokens, or the "first" one's. normalize: to a length of 1. For a model
        of any task.
        """
        if pooling not in ("mean", "first"):
            raise ValueError(f"pooling {pooling!r}, expected 'mean' or 'first'")
        single = isinstance(texts, (str, tuple))
        first, second = _split([texts] if single else texts)
        values, _ = self._model.embed(first, second, pooling == "first", normalize)
        return values[0] if single else values

    def answer(self, question: str, context: str, *, top: int = 1) -> list[Answer]:
        """Question answering: the `top` (at most 20) best answers, best first."""
        return _answers(self._model.answer([question], [context], top)[0], context)

    def tokenize(self, text: str, pair: str | None = None) -> list[Token]:
        """The tokens of a text, as the model reads it. For a model of any task."""
        ids, places = self._model.tokenize(text, pair)
        return [
            Token(id, self._model.token(id), *place)
            for id, place in zip(ids, places)
        ]

    def _expect(self, task: str) -> None:
        if self.task != task:
            raise _bitcpp.Error(f"a model for {self.task}, expected one for {task}")

    def _answer_all(self, texts: Sequence[Text]) -> Any:
        first, second = _split(texts)
        if self.task == "classification":
            scores, truncated = self._model.classify(first, second)
            return Classifications(self.labels, scores, truncated)
        if self.task == "regression":
            values, _ = self._model.regress(first, second)
            return values[:, 0]
        if self.task == "tagging":
            if second is not None:
                raise TypeError("expected texts to tag (str), not pairs")
            return [_tagged(text, *tags) for text, tags in zip(first, self._model.tag(first))]
        if second is None:
            raise TypeError("expected pairs of a question and its context")
        found = self._model.answer(first, second, 1)
        return [
            (_answers(spans, context) or [Answer("", 0, 0, 0.0)])[0]
            for context, spans in zip(second, found)
        ]

    def _stream(self, texts: Iterator[Text], batch_size: int) -> Iterator[Result]:
        if batch_size < 1:
            raise ValueError(f"batch_size {batch_size}, expected 1 or more")
        while batch := list(islice(texts, batch_size)):
            yield from self._answer_all(batch)


def _reopen(path: str, options: dict[str, Any]) -> Model:
    return Model(path, **options)


def _is_sized(texts: Any) -> bool:
    """A list, an array, a column of a table: what is there as a whole."""
    return hasattr(texts, "__len__") and hasattr(texts, "__getitem__")


def _split(texts: Any) -> tuple[list[str], list[str] | None]:
    """Texts, and the second ones where all are pairs."""
    listed = list(texts)
    pairs = sum(isinstance(text, (tuple, list)) for text in listed)
    if pairs == 0:
        return listed, None
    if pairs != len(listed) or any(len(text) != 2 for text in listed):
        raise TypeError("expected texts (str) or pairs of texts (tuples of two), not a mixture")
    return [text[0] for text in listed], [text[1] for text in listed]


def _tagged(
    text: str,
    words: list[tuple[str, tuple[int, int], float]],
    entities: list[tuple[str, tuple[int, int], float]],
    truncated: bool,
) -> Tagged:
    return Tagged(
        [Word(tag, text[b:e], b, e, score) for tag, (b, e), score in words],
        [Entity(label, text[b:e], b, e, score) for label, (b, e), score in entities],
        truncated,
    )


def _answers(spans: list[tuple[tuple[int, int], float]], context: str) -> list[Answer]:
    return [Answer(context[b:e], b, e, score) for (b, e), score in spans]
