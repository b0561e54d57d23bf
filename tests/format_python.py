"""Reads packed models with the Python package safetensors and checks them by docs/format.md alone.

    python3 tests/format_python.py FILE...

Exit status 0: all well; 1: something differs; 77: safetensors or numpy is not installed (the test is skipped).
"""
import json
import sys

try:
    import numpy as np
    from safetensors import safe_open
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)


def signed(levels):
    """Least and greatest integer of a signed code."""
    return (-1, 1) if levels <= 3 else (-levels // 2, levels // 2 - 1)


def check(path):
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    assert metadata["format"] == "bitcpp" and metadata["version"] in ("1", "2", "3"), metadata
    config = json.loads(metadata["config"])
    for key in ("provenance", "metrics"):
        json.loads(metadata.get(key, "{}") or "{}")
    hidden, inner, vocab = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
    per_token = config["task"] in ("tagging", "question-answering")
    outputs = {"regression": 1, "question-answering": 2}.get(config["task"], len(config["labels"]))
    assert ("stride" in config) == (config["task"] == "question-answering"), config

    def take(name, dtype, *shape):
        tensor = tensors.pop(name)
        assert tensor.dtype == dtype and tensor.shape == shape, (name, tensor.dtype, tensor.shape, shape)
        if tensor.dtype.kind == "f":
            assert np.isfinite(tensor).all(), name
        return tensor

    def signs(name, rows, cols):
        bits = np.unpackbits(take(name, np.uint8, rows, (cols + 7) // 8), axis=1, bitorder="little")
        assert not bits[:, cols:].any(), name

    def thresholds(name, channels, *dtypes):
        tensor = tensors.pop(name)
        assert tensor.dtype in dtypes and tensor.shape[1:] == (channels,), (name, tensor.dtype, tensor.shape)
        assert (tensor[1:] >= tensor[:-1]).all(), name
        return len(tensor) + 1

    def binarizing(prefix, out):
        thresholds(prefix + "input_thresholds", hidden, np.float32)
        signs(prefix + "bits", out, hidden)
        return thresholds(prefix + "output_thresholds", out, np.int16, np.int32)

    def rounding(prefix):
        thresholds(prefix + "input_thresholds", hidden, np.float32)
        scaled(prefix, hidden, hidden)
        take(prefix + "output_shift", np.float32, hidden)
        assert take(prefix + "output_inverse", np.float32, 1) > 0

    def counted_attention(prefix):
        query = binarizing(prefix + "query.", hidden)
        key = binarizing(prefix + "key.", hidden)
        binarizing(prefix + "value.", hidden)
        products = [q * k for q in signed(query) for k in signed(key)]
        width = hidden // config["num_attention_heads"]
        least, step = width * min(products), 2 if query == key == 2 else 1
        assert take(prefix + "scores", np.int32, 2).tolist() == [least, step]
        table = take(prefix + "exp_table", np.float64, (width * max(products) - least) // step + 1)
        assert (np.diff(table) >= 0).all() and table[0] >= 0 and table[-1] > 0
        cuts = tensors.pop(prefix + "probability_cuts")
        assert cuts.dtype == np.float64 and cuts.ndim == 1 and cuts[0] > 0 and (np.diff(cuts) >= 0).all()

    def scaled(prefix, out, inputs):
        signs(prefix + "bits", out, inputs)
        take(prefix + "scale", np.float32, out)
        take(prefix + "bias", np.float32, out)

    def norm(prefix):
        take(prefix + "weight", np.float32, hidden)
        take(prefix + "bias", np.float32, hidden)

    vocabulary = tensors.pop("vocabulary").tobytes().decode()
    assert len(vocabulary.removesuffix("\n").split("\n")) == vocab
    signs("embeddings.word.bits", vocab, hidden)
    take("embeddings.word.scale", np.float16, vocab)
    take("embeddings.position", np.float16, config["max_position_embeddings"], hidden)
    take("embeddings.token_type", np.float16, config["type_vocab_size"], hidden)
    norm("embeddings.norm.")
    for layer in range(config["num_hidden_layers"]):
        prefix = f"layers.{layer}.attention."
        if metadata["version"] != "1" and prefix + "score_scale" in tensors:
            for which in ("query.", "key.", "value."):
                rounding(prefix + which)
            assert take(prefix + "score_scale", np.float32, 1) > 0
            assert take(prefix + "probability_scale", np.float32, 1) > 0
        else:
            counted_attention(prefix)
        thresholds(prefix + "context_thresholds", hidden, np.int16, np.int32)
        scaled(prefix + "output.", hidden, hidden)
        norm(prefix + "norm.")
        prefix = f"layers.{layer}.ffn."
        binarizing(prefix + "up.", inner)
        scaled(prefix + "down.", hidden, inner)
        norm(prefix + "norm.")
    if not per_token:
        thresholds("pooler.input_thresholds", hidden, np.float32)
        scaled("pooler.", hidden, hidden)
    take("head.weight", np.float32, outputs, hidden)
    take("head.bias", np.float32, outputs)
    if metadata["version"] == "3" and "ngrams.weight" in tensors:
        buckets = len(tensors["ngrams.weight"])
        assert buckets >= 2 and buckets & (buckets - 1) == 0 and config["task"] == "classification", buckets
        take("ngrams.weight", np.int8, buckets, outputs)
        take("ngrams.scale", np.float32, outputs)
        take("ngrams.bias", np.float32, outputs)
    assert not tensors, sorted(tensors)


for argument in sys.argv[1:]:
    check(argument)
    print(f"{argument}: as docs/format.md says")
assert len(sys.argv) > 1, "usage: format_python.py FILE..."
