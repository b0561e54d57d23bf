"""What a model answers. Places in a text are characters, as Python counts them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray


class Classification(NamedTuple):
    """What a classifier says of a text."""

    label: str
    """name of the label of the greatest score"""
    score: float
    """its probability"""
    scores: NDArray[np.float32]
    """(labels) probability of every label, in the order of Model.labels"""
    truncated: bool = False
    """the text had more tokens than the model takes and was cut"""


class Classifications(Sequence[Classification]):
    """What a classifier says of several texts: a sequence of Classification, and whole arrays."""

    def __init__(
        self, names: list[str], scores: NDArray[np.float32], truncated: NDArray[np.bool_]
    ) -> None:
        self._names = names
        self.scores = scores
        """(texts, labels) probabilities"""
        self.truncated = truncated
        """(texts) whether a text was cut"""
        self.label_ids: NDArray[np.intp] = scores.argmax(axis=1)
        """(texts) index of the label of the greatest score"""

    @property
    def labels(self) -> list[str]:
        """The label of every text."""
        return [self._names[i] for i in self.label_ids]

    def __len__(self) -> int:
        return len(self.scores)

    @overload
    def __getitem__(self, index: int) -> Classification: ...
    @overload
    def __getitem__(self, index: slice) -> Classifications: ...
    def __getitem__(self, index: int | slice) -> Classification | Classifications:
        if isinstance(index, slice):
            return Classifications(self._names, self.scores[index], self.truncated[index])
        best = int(self.label_ids[index])
        return Classification(
            self._names[best],
            float(self.scores[index, best]),
            self.scores[index],
            bool(self.truncated[index]),
        )

    def __iter__(self) -> Iterator[Classification]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"<Classifications of {len(self)} texts>"


class Word(NamedTuple):
    """A word and its tag."""

    tag: str
    text: str
    start: int
    end: int
    score: float
    """probability of the tag; 0 for a word that was cut off"""


class Entity(NamedTuple):
    """Words that belong together."""

    label: str
    text: str
    start: int
    end: int
    score: float
    """mean of the words' scores"""


class Tagged(NamedTuple):
    """A tagged text."""

    words: list[Word]
    entities: list[Entity]
    """none where the labels mark none"""
    truncated: bool = False


class Answer(NamedTuple):
    """A piece of the context that answers a question."""

    text: str
    start: int
    end: int
    score: float
    """its probability among the 20 best"""


class Token(NamedTuple):
    """A token of a text."""

    id: int
    token: str
    start: int
    """0 and 0 for [CLS] and [SEP]"""
    end: int
