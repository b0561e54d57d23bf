"""1-bit transformers on plain CPUs: classification, tagging, question answering, embeddings.

>>> import bitcpp
>>> model = bitcpp.load("model.safetensors")
>>> model("play some jazz by miles davis").label
'PlayMusic'

`load` opens a packed model, `pipeline` wraps one in the shapes of transformers' pipelines,
`BitClassifier` is a scikit-learn estimator (needs scikit-learn), `distill` makes a model of your own
(needs the programs `bit` and `bit-train`).
"""

from typing import TYPE_CHECKING, Any

from ._bitcpp import Error
from ._bitcpp import version as __version__
from .model import Model, load
from .pipelines import pipeline
from .results import (
    Answer,
    Classification,
    Classifications,
    Entity,
    Tagged,
    Token,
    Word,
)
from .training import DistillError, distill

if TYPE_CHECKING:
    from .estimator import BitClassifier

__all__ = [
    "Answer",
    "BitClassifier",
    "Classification",
    "Classifications",
    "DistillError",
    "Entity",
    "Error",
    "Model",
    "Tagged",
    "Token",
    "Word",
    "__version__",
    "distill",
    "load",
    "pipeline",
]


def __getattr__(name: str) -> Any:
    # scikit-learn takes a second to import and is needed for this one class only.
    if name == "BitClassifier":
        from .estimator import BitClassifier

        return BitClassifier
    raise AttributeError(f"module 'bitcpp' has no attribute '{name}'")
