"""Makes tests/golden/masked_lm: a small random BERT with its head for masked words, and its logits as
Hugging Face's transformers computes them.

    python make_masked_lm_golden.py            # needs torch, transformers, safetensors
"""
import json
from pathlib import Path

import torch
from safetensors.torch import save
from transformers import BertConfig, BertForMaskedLM

OUT = Path(__file__).resolve().parent / "masked_lm"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##s", "##ing", "9", "the", "."] + [
    first + second for first in "bcdfghklmn" for second in ("an", "et", "ip", "og", "um")]
TEXTS = [[2, 12, 4, 15, 3], [2, 20, 21, 4, 9, 3, 20, 21, 22, 9, 3]]
TYPES = [[0] * 5, [0] * 6 + [1] * 5]
MASKED = [2, 3]


def main():
    torch.manual_seed(1)
    config = BertConfig(vocab_size=len(WORDS), hidden_size=24, num_hidden_layers=2, num_attention_heads=3,
                        intermediate_size=40, max_position_embeddings=24, hidden_act="gelu")
    model = BertForMaskedLM(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.add_(torch.randn_like(parameter) * (0.2 if parameter.dim() > 1 else 0.1))
        logits = [model(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([types])).logits[0, place]
                  for ids, types, place in zip(TEXTS, TYPES, MASKED)]
    weights = {name: tensor.clone().contiguous() for name, tensor in model.state_dict().items()
               if tensor.is_floating_point() and "decoder" not in name}
    OUT.mkdir(exist_ok=True)
    (OUT / "model.safetensors").write_bytes(save(weights, {"format": "pt"}))
    (OUT / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    keys = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
            "max_position_embeddings", "type_vocab_size", "hidden_act", "layer_norm_eps")
    about = {"model_type": "bert", "architectures": ["BertForMaskedLM"]} | {key: getattr(config, key) for key in keys}
    (OUT / "config.json").write_text(json.dumps(about, indent=1) + "\n")
    expected = [{"ids": ids, "types": types, "masked": place, "logits": [float(f"{value:.7g}") for value in row.tolist()]}
                for ids, types, place, row in zip(TEXTS, TYPES, MASKED, logits)]
    (OUT / "expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
