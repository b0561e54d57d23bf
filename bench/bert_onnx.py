"""BERT as an ONNX graph, written as PyTorch exports it, so that the engines' own fusions find their patterns.

    input_ids, attention_mask, token_type_ids (batch, sequence) -> logits (batch, classes), hidden (batch, sequence, hidden)
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class Graph:
    def __init__(self):
        self.nodes, self.constants, self.count = [], {}, 0

    def constant(self, values, name=None):
        name = name or f"constant_{len(self.constants)}"
        self.constants[name] = numpy_helper.from_array(np.array(values, order="C"), name)
        return name

    def op(self, kind, *inputs, **attributes):
        self.count += 1
        output = f"{kind}_{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=f"node_{self.count}", **attributes))
        return output


class Writer:
    def __init__(self, bert):
        self.bert, self.graph = bert, Graph()

    def weight(self, name):
        return self.graph.constant(self.bert[name], name)

    def linear(self, x, name):
        matrix = self.graph.constant(self.bert[name + ".weight"].T, name + ".transposed")
        return self.graph.op("Add", self.weight(name + ".bias"), self.graph.op("MatMul", x, matrix))

    def norm(self, x, name):
        return self.graph.op("LayerNormalization", x, self.weight(name + ".weight"), self.weight(name + ".bias"),
                             axis=-1, epsilon=1e-12)

    def gelu(self, x):
        op, scalar = self.graph.op, lambda value: self.graph.constant(np.float32(value))
        erf = op("Erf", op("Div", x, scalar(np.sqrt(2))))
        return op("Mul", op("Mul", x, op("Add", erf, scalar(1))), scalar(0.5))

    def embeddings(self):
        op = self.graph.op
        sequence = op("Gather", op("Shape", "input_ids"), self.graph.constant(np.int64([1])), axis=0)
        zero, one = self.graph.constant(np.int64([0])), self.graph.constant(np.int64([1]))
        ids = op("Slice", self.graph.constant(np.arange(512, dtype=np.int64)[None]), zero, sequence, one)
        words = op("Gather", self.weight("embeddings.word_embeddings.weight"), "input_ids")
        types = op("Gather", self.weight("embeddings.token_type_embeddings.weight"), "token_type_ids")
        places = op("Gather", self.weight("embeddings.position_embeddings.weight"), ids)
        return self.norm(op("Add", op("Add", words, types), places), "embeddings.LayerNorm")

    def mask(self):
        op = self.graph.op
        wide = op("Unsqueeze", "attention_mask", self.graph.constant(np.int64([1, 2])))
        missing = op("Sub", self.graph.constant(np.float32(1)), op("Cast", wide, to=TensorProto.FLOAT))
        return op("Mul", missing, self.graph.constant(np.float32(-10000)))

    def attention(self, x, mask, prefix):
        op, size = self.graph.op, self.bert.hidden // self.bert.heads
        split = self.graph.constant(np.int64([0, 0, self.bert.heads, size]))
        heads = {}
        for name, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
            rows = op("Reshape", self.linear(x, f"{prefix}.attention.self.{name}"), split)
            heads[name] = op("Transpose", rows, perm=order)
        scores = op("Div", op("MatMul", heads["query"], heads["key"]), self.graph.constant(np.float32(np.sqrt(size))))
        shares = op("Softmax", op("Add", scores, mask), axis=-1)
        context = op("Transpose", op("MatMul", shares, heads["value"]), perm=[0, 2, 1, 3])
        joined = op("Reshape", context, self.graph.constant(np.int64([0, 0, self.bert.hidden])))
        return self.linear(joined, f"{prefix}.attention.output.dense")

    def run(self):
        op, x, mask = self.graph.op, self.embeddings(), self.mask()
        for i in range(self.bert.layers):
            prefix = f"encoder.layer.{i}"
            x = self.norm(op("Add", self.attention(x, mask, prefix), x), prefix + ".attention.output.LayerNorm")
            inner = self.gelu(self.linear(x, prefix + ".intermediate.dense"))
            x = self.norm(op("Add", self.linear(inner, prefix + ".output.dense"), x), prefix + ".output.LayerNorm")
        first = op("Gather", x, self.graph.constant(np.int64(0)), axis=1)
        logits = self.linear(op("Tanh", self.linear(first, "pooler.dense")), "classifier")
        return self.model(logits, x)

    def model(self, logits, hidden):
        for name, value in (("logits", logits), ("hidden", hidden)):
            self.graph.nodes.append(helper.make_node("Identity", [value], [name], name=name))
        axes = ["batch", "sequence"]
        graph = helper.make_graph(
            self.graph.nodes, "bert",
            [helper.make_tensor_value_info(name, TensorProto.INT64, axes) for name in INPUTS],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(self.bert["classifier.bias"])]),
             helper.make_tensor_value_info("hidden", TensorProto.FLOAT, axes + [self.bert.hidden])],
            list(self.graph.constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        return model


def write_onnx(bert, path):
    onnx.save(Writer(bert).run(), str(path))
