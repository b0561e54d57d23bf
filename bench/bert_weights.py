"""BERT's weights by their Hugging Face names: random ones of a shape, or those of a folder.

Speed does not depend on the values, so random weights are enough to measure it.
"""
import json
import pathlib

import numpy as np

# layers, hidden, heads, feed-forward
SHAPES = {"bert-base": (12, 768, 12, 3072), "minilm-l6": (6, 384, 12, 1536)}
WORDS, POSITIONS = 30522, 512


class Bert:
    """layers, hidden, heads, inner and, made when first asked for, 32-bit arrays by name, without the prefix "bert.".

    samples: token ids of texts that a quantizer may look at; random ones where it is None.
    """

    def __init__(self, name, shape, make_weights):
        self.name, (self.layers, self.hidden, self.heads, self.inner) = name, shape
        self.make_weights, self.weights, self.samples = make_weights, None, None

    def __getitem__(self, key):
        if self.weights is None:
            self.weights = self.make_weights()
        return self.weights[key]


def tensor_shapes(layers, hidden, inner):
    yield "embeddings.word_embeddings.weight", (WORDS, hidden)
    yield "embeddings.position_embeddings.weight", (POSITIONS, hidden)
    yield "embeddings.token_type_embeddings.weight", (2, hidden)
    yield "embeddings.LayerNorm.weight", (hidden,)
    yield "embeddings.LayerNorm.bias", (hidden,)
    linears = {"attention.self.query": (hidden, hidden), "attention.self.key": (hidden, hidden),
               "attention.self.value": (hidden, hidden), "attention.output.dense": (hidden, hidden),
               "intermediate.dense": (inner, hidden), "output.dense": (hidden, inner)}
    for i in range(layers):
        for name, shape in linears.items():
            yield f"encoder.layer.{i}.{name}.weight", shape
            yield f"encoder.layer.{i}.{name}.bias", shape[:1]
        for norm in ("attention.output.LayerNorm", "output.LayerNorm"):
            yield f"encoder.layer.{i}.{norm}.weight", (hidden,)
            yield f"encoder.layer.{i}.{norm}.bias", (hidden,)
    yield "pooler.dense.weight", (hidden, hidden)
    yield "pooler.dense.bias", (hidden,)
    yield "classifier.weight", (2, hidden)
    yield "classifier.bias", (2,)


def random_weights(layers, hidden, inner):
    random = np.random.default_rng(1)
    weights = {}
    for key, shape in tensor_shapes(layers, hidden, inner):
        values = random.standard_normal(shape, dtype=np.float32) * 0.02
        weights[key] = values + 1 if key.endswith("LayerNorm.weight") else values
    return weights


def random_bert(name):
    layers, hidden, _, inner = SHAPES[name]
    return Bert(name, SHAPES[name], lambda: random_weights(layers, hidden, inner))


def read_weights(folder, layers, hidden, inner):
    raw = (folder / "model.safetensors").read_bytes()
    length = int.from_bytes(raw[:8], "little")
    weights = {}
    for key, entry in json.loads(raw[8:8 + length]).items():
        if key == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = entry["data_offsets"]
        values = np.frombuffer(raw[8 + length + begin:8 + length + end], np.float32)
        weights[key.removeprefix("bert.")] = values.reshape(entry["shape"])
    for key, missing in tensor_shapes(layers, hidden, inner):
        weights.setdefault(key, np.zeros(missing, np.float32))
    return weights


def read_bert(folder):
    """A Hugging Face folder with config.json and model.safetensors of 32-bit floats."""
    folder = pathlib.Path(folder)
    config = json.loads((folder / "config.json").read_text())
    layers, hidden, heads, inner = (config[key] for key in ("num_hidden_layers", "hidden_size", "num_attention_heads",
                                                            "intermediate_size"))
    return Bert(folder.name, (layers, hidden, heads, inner), lambda: read_weights(folder, layers, hidden, inner))
