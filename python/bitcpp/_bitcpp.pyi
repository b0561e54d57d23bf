"""The compiled part; use bitcpp.load instead."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

version: str

class Error(ValueError):
    """A file, text or argument that cannot be used; one line says what was expected."""

_Range = tuple[int, int]

class Model:
    @staticmethod
    def open(path: str, threads: int, max_length: int, refuse_long: bool, /) -> Model: ...
    def classify(
        self, texts: Sequence[str], pairs: Sequence[str] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]: ...
    def regress(
        self, texts: Sequence[str], pairs: Sequence[str] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]: ...
    def embed(
        self,
        texts: Sequence[str],
        pairs: Sequence[str] | None,
        first_token: bool,
        normalize: bool,
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]: ...
    def tag(
        self, texts: Sequence[str], /
    ) -> list[tuple[list[tuple[str, _Range, float]], list[tuple[str, _Range, float]], bool]]: ...
    def answer(
        self, questions: Sequence[str], contexts: Sequence[str], top: int, /
    ) -> list[list[tuple[_Range, float]]]: ...
    def tokenize(self, text: str, pair: str | None) -> tuple[list[int], list[_Range]]: ...
    def token(self, id: int, /) -> str: ...
    @property
    def task(self) -> str: ...
    @property
    def labels(self) -> list[str]: ...
    @property
    def pair(self) -> bool: ...
    @property
    def marks_entities(self) -> bool: ...
    @property
    def max_length(self) -> int: ...
    @property
    def hidden_size(self) -> int: ...
    @property
    def layers(self) -> int: ...
    @property
    def isa(self) -> str: ...
