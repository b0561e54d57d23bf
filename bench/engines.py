"""The engines a user would pick instead, behind one call: Engine(...).run(ids, mask).

An engine is named KIND-PRECISION: onnxruntime-fp32, onnxruntime-int8, openvino-fp32, openvino-bf16, openvino-int8,
ctranslate2-fp32, ctranslate2-int8. int8 is what each engine's own tool makes: dynamic quantization per channel,
NNCF's post-training quantization for transformers, CTranslate2's int8. openvino-int8-vnni is kept from AMX, to show
what CPUs without it do; a process that opens it should open nothing else.
"""
import os
import pathlib

import numpy as np

from bert_onnx import INPUTS, write_onnx

NAMES = ("onnxruntime-fp32", "onnxruntime-int8", "openvino-fp32", "openvino-bf16", "openvino-int8", "ctranslate2-fp32",
         "ctranslate2-int8")


def inputs_of(ids, mask):
    return dict(zip(INPUTS, (ids, mask, np.zeros_like(ids))))


def onnx_file(bert, work):
    path = pathlib.Path(work) / f"{bert.name}.onnx"
    if not path.exists():
        write_onnx(bert, path)
    return path


class OnnxRuntime:
    fixed_length = False

    def __init__(self, bert, precision, threads, work, length=None):
        import onnxruntime
        path = onnx_file(bert, work)
        if precision == "int8":
            quantized = path.with_suffix(".int8.onnx")
            if not quantized.exists():
                from onnxruntime.quantization import QuantType, quantize_dynamic
                quantize_dynamic(path, quantized, weight_type=QuantType.QInt8, per_channel=True)
            path = quantized
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(self, ids, mask, output="logits"):
        return self.session.run([output], inputs_of(ids, mask))[0]


class OpenVino:
    """`length`: the only one it will be asked for, batch 1, which it may optimize for."""

    fixed_length = True

    def __init__(self, bert, precision, threads, work, length=None):
        if precision == "int8-vnni":
            os.environ["ONEDNN_MAX_CPU_ISA"] = "AVX512_CORE_VNNI"
        import openvino
        core = openvino.Core()
        if precision.startswith("int8"):
            model = core.read_model(self.quantized(core, bert, work))
        else:
            model = core.read_model(onnx_file(bert, work))
        if length is not None:
            model.reshape({value.get_any_name(): [1, length] for value in model.inputs})
        options = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1,
                   "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32"}
        self.request = core.compile_model(model, "CPU", options).create_infer_request()

    @staticmethod
    def quantized(core, bert, work):
        path = pathlib.Path(work) / f"{bert.name}.int8.xml"
        if not path.exists():
            import nncf
            import openvino
            random = np.random.default_rng(2)
            samples = bert.samples or [random.integers(1000, 20000, 128) for _ in range(20)]
            ids = [np.asarray(one, np.int64)[None] for one in samples]
            data = nncf.Dataset([inputs_of(one, np.ones_like(one)) for one in ids])
            model = nncf.quantize(core.read_model(onnx_file(bert, work)), data, model_type=nncf.ModelType.TRANSFORMER,
                                  preset=nncf.QuantizationPreset.MIXED, subset_size=len(samples))
            openvino.save_model(model, path, compress_to_fp16=False)
        return path

    def run(self, ids, mask, output="logits"):
        return self.request.infer(inputs_of(ids, mask))[output]


class CTranslate2:
    fixed_length = False

    def __init__(self, bert, precision, threads, work, length=None):
        import ctranslate2
        folder = pathlib.Path(work) / f"{bert.name}.ctranslate2"
        if not folder.exists():
            self.convert(bert, folder)
        self.encoder = ctranslate2.Encoder(str(folder), device="cpu", intra_threads=threads, inter_threads=1,
                                           compute_type={"fp32": "float32"}.get(precision, precision))

    @staticmethod
    def convert(bert, folder):
        from ctranslate2.specs import common_spec, transformer_spec as specs
        encoder = specs.TransformerEncoderSpec(
            bert.layers, bert.heads, pre_norm=False, activation=common_spec.Activation.GELU, layernorm_embedding=True,
            num_source_embeddings=2, embeddings_merge=common_spec.EmbeddingsMerge.ADD)
        model = specs.TransformerEncoderModelSpec(encoder, pooling_layer=True,
                                                  pooling_activation=common_spec.Activation.Tanh)

        def linear(spec, *names):
            spec.weight = np.concatenate([bert[name + ".weight"] for name in names])
            spec.bias = np.concatenate([bert[name + ".bias"] for name in names])

        def norm(spec, name):
            spec.gamma, spec.beta = bert[name + ".weight"], bert[name + ".bias"]

        encoder.scale_embeddings = False
        encoder.embeddings[0].weight = bert["embeddings.word_embeddings.weight"]
        encoder.embeddings[1].weight = bert["embeddings.token_type_embeddings.weight"]
        encoder.position_encodings.encodings = bert["embeddings.position_embeddings.weight"]
        norm(encoder.layernorm_embedding, "embeddings.LayerNorm")
        for i, layer in enumerate(encoder.layer):
            prefix = f"encoder.layer.{i}."
            linear(layer.self_attention.linear[0], *(prefix + f"attention.self.{n}" for n in ("query", "key", "value")))
            linear(layer.self_attention.linear[1], prefix + "attention.output.dense")
            norm(layer.self_attention.layer_norm, prefix + "attention.output.LayerNorm")
            linear(layer.ffn.linear_0, prefix + "intermediate.dense")
            linear(layer.ffn.linear_1, prefix + "output.dense")
            norm(layer.ffn.layer_norm, prefix + "output.LayerNorm")
        linear(model.pooler_dense, "pooler.dense")
        words = len(bert["embeddings.word_embeddings.weight"])
        model.register_vocabulary([f"w{i}" for i in range(words)])
        model.config.unk_token, model.config.layer_norm_epsilon = "w0", 1e-12
        model.validate()
        model.optimize(quantization="float32")
        model.save(str(_made(folder)))

    def run(self, ids, mask, output="logits"):
        lengths = mask.sum(1)
        return self.encoder.forward_batch([row[:length] for row, length in zip(ids.tolist(), lengths)])


def _made(folder):
    folder.mkdir(parents=True)
    return folder


KINDS = {"onnxruntime": OnnxRuntime, "openvino": OpenVino, "ctranslate2": CTranslate2}


def open_engine(name, bert, threads, work, length=None):
    kind, precision = name.split("-", 1)
    return KINDS[kind](bert, precision, threads, work, length)


def versions():
    import importlib.metadata
    packages = ("onnxruntime", "openvino", "nncf", "ctranslate2", "tokenizers", "scikit-learn", "model2vec", "numpy")
    return {package: importlib.metadata.version(package) for package in packages}
