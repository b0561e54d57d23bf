"""Pipelines in the shapes of Hugging Face transformers' `pipeline`, so that code need not change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from .model import Model, load
from .results import Tagged

_TASKS = {
    "text-classification": "classification",
    "sentiment-analysis": "classification",
    "token-classification": "tagging",
    "ner": "tagging",
    "question-answering": "question-answering",
    "feature-extraction": None,
}
_UNSET: Any = object()


def pipeline(
    task: str | None = None, model: str | os.PathLike[str] | Model | None = None, **options: Any
) -> _Pipeline:
    """A callable with the inputs and outputs of transformers' pipeline of the same name.

    task: "text-classification" ("sentiment-analysis"), "token-classification" ("ner"),
        "question-answering" or "feature-extraction"; None takes what the model is for.
    model: a packed model's file, or an open model.
    options: of the pipeline (`top_k`, `aggregation_strategy`, `pooling`, `batch_size`), else of `load`
        (`threads`, `max_length`).

    >>> classify = pipeline("text-classification", model="model.safetensors")
    >>> classify("play some jazz")
    [{'label': 'PlayMusic', 'score': 0.98}]
    """
    if model is None:
        raise ValueError("model: expected a packed model's file or an open model")
    own = {key: options.pop(key) for key in list(options) if key in _OPTIONS}
    opened = model if isinstance(model, Model) else load(model, **options)
    if isinstance(model, Model) and options:
        raise TypeError(f"{', '.join(options)}: expected when the model is opened, with bitcpp.load")
    if task is None:
        task = {"tagging": "token-classification", "question-answering": "question-answering"}.get(
            opened.task, "text-classification"
        )
    if task not in _TASKS:
        raise ValueError(f"task {task!r}, expected one of {', '.join(_TASKS)}")
    if task in ("text-classification", "sentiment-analysis") and opened.task == "regression":
        return TextClassificationPipeline(opened, **own)
    needed = _TASKS[task]
    if needed is not None and opened.task != needed:
        raise ValueError(f"{opened.path}: a model for {opened.task}, expected one for {needed}")
    return _CLASSES[task](opened, **own)


class _Pipeline:
    """One input gives one output, a list gives a list, any other iterable an iterator."""

    def __init__(self, model: Model, *, batch_size: int = 64, **options: Any) -> None:
        self.model = model
        self._batch_size = batch_size
        self._options = options

    def __call__(self, inputs: Any, **options: Any) -> Any:
        merged = {**self._options, **options}
        if isinstance(inputs, (str, dict)):
            return self._one(self._answers([inputs], merged)[0], inputs, options)
        if isinstance(inputs, list):
            return self._answers(inputs, merged)
        return self._stream(iter(inputs), merged)

    def _stream(self, inputs: Iterator[Any], options: dict[str, Any]) -> Iterator[Any]:
        batch: list[Any] = []
        for one in inputs:
            batch.append(one)
            if len(batch) == self._batch_size:
                yield from self._answers(batch, options)
                batch = []
        if batch:
            yield from self._answers(batch, options)

    def _one(self, answer: Any, given: Any, call_options: dict[str, Any]) -> Any:
        return answer

    def _answers(self, inputs: list[Any], options: dict[str, Any]) -> list[Any]:
        raise NotImplementedError


def _text(given: Any) -> Any:
    """A text or a pair, from transformers' {"text": ..., "text_pair": ...} as well."""
    if isinstance(given, dict):
        return (given["text"], given["text_pair"]) if "text_pair" in given else given["text"]
    return given


class TextClassificationPipeline(_Pipeline):
    """{"label", "score"} for a text, of the best label; with top_k a list of them, best first."""

    def _one(self, answer: Any, given: Any, call_options: dict[str, Any]) -> Any:
        # As transformers: a single text gives a list, unless the call itself says how many labels.
        return [answer] if isinstance(given, str) and "top_k" not in call_options else answer

    def _answers(self, inputs: list[Any], options: dict[str, Any]) -> list[Any]:
        found = self.model([_text(one) for one in inputs])
        if self.model.task == "regression":
            return [{"label": "LABEL_0", "score": float(value)} for value in found]
        top = options.get("top_k", _UNSET)
        if top is _UNSET:
            return [{"label": one.label, "score": one.score} for one in found]
        return [self._best(one.scores, top) for one in found]

    def _best(self, scores: Any, top: int | None) -> list[dict[str, Any]]:
        order = np.argsort(-scores, kind="stable")[:top]
        return [{"label": self.model.labels[i], "score": float(scores[i])} for i in order]


class TokenClassificationPipeline(_Pipeline):
    """Words with their tags; with aggregation_strategy="simple" the entities they make out.

    Where transformers lists tokens this lists words, which is what these models tag.
    """

    def _answers(self, inputs: list[Any], options: dict[str, Any]) -> list[Any]:
        grouped = options.get("aggregation_strategy", "none") != "none"
        ignored = options.get("ignore_labels", ["O"])
        shape = self._entities if grouped else self._words
        return [shape(one, ignored) for one in self.model([_text(one) for one in inputs])]

    @staticmethod
    def _words(tagged: Tagged, ignored: list[str]) -> list[dict[str, Any]]:
        return [
            {
                "entity": word.tag,
                "score": word.score,
                "index": index,
                "word": word.text,
                "start": word.start,
                "end": word.end,
            }
            for index, word in enumerate(tagged.words, 1)
            if word.tag not in ignored
        ]

    @staticmethod
    def _entities(tagged: Tagged, ignored: list[str]) -> list[dict[str, Any]]:
        return [
            {
                "entity_group": entity.label,
                "score": entity.score,
                "word": entity.text,
                "start": entity.start,
                "end": entity.end,
            }
            for entity in tagged.entities
            if entity.label not in ignored
        ]


class QuestionAnsweringPipeline(_Pipeline):
    """{"score", "start", "end", "answer"}; with top_k above 1 a list of them, best first."""

    def __call__(self, inputs: Any = None, **options: Any) -> Any:
        if inputs is None:
            question, context = options.pop("question"), options.pop("context")
            if isinstance(question, str):
                inputs = {"question": question, "context": context}
            else:
                contexts = [context] * len(question) if isinstance(context, str) else context
                inputs = [{"question": q, "context": c} for q, c in zip(question, contexts)]
        return super().__call__(inputs, **options)

    def _answers(self, inputs: list[Any], options: dict[str, Any]) -> list[Any]:
        top = options.get("top_k", 1)
        return [self._best(one["question"], one["context"], top) for one in inputs]

    def _best(self, question: str, context: str, top: int) -> Any:
        found = [
            {"score": one.score, "start": one.start, "end": one.end, "answer": one.text}
            for one in self.model.answer(question, context, top=top)
        ]
        if top > 1:
            return found
        return found[0] if found else {"score": 0.0, "start": 0, "end": 0, "answer": ""}


class FeatureExtractionPipeline(_Pipeline):
    """One pooled vector a text, as a nested list (1, hidden_size); `pooling` and `normalize` as Model.embed."""

    def _answers(self, inputs: list[Any], options: dict[str, Any]) -> list[Any]:
        chosen = {key: options[key] for key in ("pooling", "normalize") if key in options}
        vectors = self.model.embed([_text(one) for one in inputs], **chosen)
        return [[vector.tolist()] for vector in vectors]


_CLASSES: dict[str, type[_Pipeline]] = {
    "text-classification": TextClassificationPipeline,
    "sentiment-analysis": TextClassificationPipeline,
    "token-classification": TokenClassificationPipeline,
    "ner": TokenClassificationPipeline,
    "question-answering": QuestionAnsweringPipeline,
    "feature-extraction": FeatureExtractionPipeline,
}
_OPTIONS = {"batch_size", "top_k", "aggregation_strategy", "ignore_labels", "pooling", "normalize"}
