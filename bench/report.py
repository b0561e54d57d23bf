#!/usr/bin/env python3
"""docs/performance.md and its plots, from bench/results/*.jsonl. Nothing is measured here."""
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

import results

DOCS = results.ROOT / "docs"
SHAPES = {"minilm-l6": "MiniLM (6 x 384)", "bert-base": "BERT-base (12 x 768)"}
NAMES = {"bit-avx512": "**bit, AVX-512**", "bit-avx2": "**bit, AVX2**", "bit-scalar": "**bit, scalar**",
         "bit-neon": "**bit, NEON**", "onnxruntime-fp32": "onnxruntime fp32", "onnxruntime-int8": "onnxruntime int8",
         "openvino-fp32": "OpenVINO fp32", "openvino-bf16": "OpenVINO bf16", "openvino-int8": "OpenVINO int8",
         "ctranslate2-fp32": "CTranslate2 fp32", "ctranslate2-int8": "CTranslate2 int8", "n-grams": "n-gram linear model",
         "static embeddings": "static embeddings (model2vec)"}
COLOURS = {"bit": "#0a7d5a", "onnxruntime": "#c2571a", "openvino": "#2f5fb3", "ctranslate2": "#8a4fa3"}
STYLES = {"fp32": ":", "bf16": "-.", "int8": "-", "avx512": "-", "avx2": "--", "scalar": ":", "neon": "-"}


def plain(name):
    return NAMES.get(name, name).strip("*")


def digits(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def engines_of(lines):
    return list(dict.fromkeys(line["engine"] for line in lines))


def latency_table(lines, shape, threads):
    some = [line for line in lines if line["shape"] == shape and line["threads"] == threads and "min_ms" in line]
    lengths = sorted({line["length"] for line in some})
    times = {(line["engine"], line["length"]): line["min_ms"] for line in some}
    rows = [[NAMES.get(name, name)] + [digits(times[name, length]) for length in lengths] for name in engines_of(some)]
    return table(["milliseconds, tokens:"] + [str(length) for length in lengths], rows)


def ratios(lines):
    """How many times faster than each other engine's int8, and what two threads gain, at 128 tokens."""
    rows = []
    for shape, title in SHAPES.items():
        at = {(line["engine"], line["threads"]): line["min_ms"] for line in lines
              if line["shape"] == shape and line["length"] == 128 and "min_ms" in line}
        own = next(name for name, _ in at if name.startswith("bit") and name != "bit-avx2")
        for name in (own, "bit-avx2"):
            if (name, 1) not in at:
                continue
            row = [title, plain(name)] + [f"{at[peer, 1] / at[name, 1]:.1f}" for peer in
                                          ("openvino-int8", "onnxruntime-int8", "ctranslate2-int8", "onnxruntime-fp32")]
            rows.append(row + [f"{at[name, 1] / at[name, 2]:.2f}" if (name, 2) in at else ""])
    return table(["128 tokens, times as fast as", "", "OpenVINO int8", "onnxruntime int8", "CTranslate2 int8",
                  "onnxruntime fp32", "two threads : one"], rows)


def stage_table(line):
    rows = [[stage["stage"], f"{stage['ms']:.3f}", f"{stage['multiply_adds'] / 1e6:.1f}",
             f"{stage['per_s'] / 1e12:.2f}" if stage["multiply_adds"] else "", f"{stage['limit_ms']:.3f}",
             f"{100 * stage['of_limit']:.0f} %"] for stage in line["stages"]]
    limits = line["limits"]
    note = (f"Limits measured in cache in the same run: {limits['multiply_adds_per_s'] / 1e12:.2f} T multiply-adds/s, "
            f"{limits['bytes_per_s'] / 1e9:.0f} GB/s of copying.\n")
    return table(["stage", "ms", "M multiply-adds", "T/s", "limit, ms", "of the limit"], rows) + "\n" + note


def throughput_table(lines, texts):
    some = [line for line in lines if line["texts"] == texts and "engine" in line]
    rows = []
    for name in engines_of(some):
        by = {line["threads"]: line for line in some if line["engine"] == name}
        score = next((f"{100 * line['accuracy']:.2f} %" for line in by.values() if "accuracy" in line), "")
        cells = [f"{by[n][key]:,.0f}" if n in by else "" for key in ("texts_per_s", "tokens_per_s") for n in (1, 2)]
        rows.append([NAMES.get(name, name)] + cells + [score])
    return table(["", "texts/s, 1 thread", "2 threads", "tokens/s, 1 thread", "2 threads", "accuracy"], rows)


def save(figure, name):
    folder = DOCS / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with plt.rc_context({"svg.hashsalt": "bit", "svg.fonttype": "none"}):
        figure.savefig(folder / name, metadata={"Date": None}, facecolor="white")
    plt.close(figure)


def plot_latency(lines):
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    for axis, (shape, title) in zip(axes, SHAPES.items()):
        for name in engines_of(lines):
            points = sorted((line["length"], line["min_ms"]) for line in lines if line["engine"] == name and
                            line["shape"] == shape and line["threads"] == 1 and "min_ms" in line)
            kind, precision = name.split("-")
            axis.plot(*zip(*points), STYLES[precision], color=COLOURS[kind], marker="o", markersize=3,
                      linewidth=2.4 if kind == "bit" else 1.3, label=plain(name))
        axis.set(title=f"{title}, one thread", xlabel="tokens", xscale="log", yscale="log")
        axis.set_xticks([16, 32, 64, 128, 256], ["16", "32", "64", "128", "256"])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("milliseconds")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", frameon=False)
    save(figure, "latency.svg")


def plot_accuracy(lines):
    points = {}
    for line in lines:
        if line["texts"] == "SNIPS" and "accuracy" in line and line["threads"] == 1:
            points[line["engine"]] = (1000 / line["texts_per_s"], 100 * line["accuracy"])
    figure, axis = plt.subplots(figsize=(6.4, 4), layout="constrained")
    for name, (time, score) in points.items():
        axis.plot(time, score, "o", color=COLOURS["bit"] if name.startswith("bit") else "#666666")
        axis.annotate(plain(name), (time, score), textcoords="offset points", xytext=(7, 5))
    axis.set(xscale="log", xlabel="milliseconds a text, one thread, tokenizer included", ylabel="accuracy, %",
             title="SNIPS validation (700 texts)")
    axis.margins(x=0.35, y=0.2)
    axis.grid(alpha=0.3)
    save(figure, "accuracy.svg")


def machine(environment):
    versions = ", ".join(f"{name} {version}" for name, version in environment["versions"].items())
    return (f"{environment['cpu']}, {environment['cores']} cores (bit uses {environment['isa']}; int8 instructions: "
            f"{', '.join(environment['int8']) or 'none'}); bit {environment['bit']}, {environment['compiler']}; {versions}; "
            f"{environment['date']}.\n")


def caveat(environment):
    here = ("This machine has it: read the int8 rows above with that in mind." if "amx_int8" in environment["int8"] else
            "This machine has none, so its int8 rows do not show it.")
    return f"""## Where int8 is as fast

- **Servers with AMX** (Intel, Sapphire Rapids and later) multiply int8 in tiles, 8 times as fast as with AVX-512 VNNI,
  which is about the rate at which AVX-512 counts bits. There 8-bit models of the same shape take about as long as ours;
  what is left is a model 8 times smaller than int8's, and answers that are the same bits everywhere. {here}
- **CPUs without AVX-512 VPOPCNTDQ** count by table lookups: see the AVX2 rows.
- **Tasks where counting words is enough** need none of this: see the n-gram rows.
"""


def page():
    environment, lines = results.read("latency")
    timed = [line for line in lines if "min_ms" in line]
    plot_latency(timed)
    text = ["# Performance\n", "Generated by `bench/report.py` from `bench/results`; `make bench` measures it anew "
            "([bench/README.md](../bench/README.md)). All engines ran side by side in one run on one machine:\n",
            machine(environment), "## Latency\n", "One sequence, batch 1, from token ids to logits; random weights, "
            "each engine at its best (the fastest pass of half a second).\n",
            "![Latency against length for every engine](images/latency.svg)\n", ratios(timed)]
    for shape, title in SHAPES.items():
        for threads in sorted({line["threads"] for line in timed}):
            text += [f"### {title}, {threads} thread{'s' if threads > 1 else ''}\n", latency_table(timed, shape, threads)]
    text.append("## Where the time goes\n\n`bit bench --stages`, 128 tokens, one thread. A stage's limit is a roofline: its "
                "multiply-adds at the rate of a product that stays in cache, or its floats at the rate of copying. That of "
                "attention counts its two products alone; its time goes to the probabilities in between, which are compares, "
                "counts and table sums.\n")
    for line in lines:
        if "stages" in line:
            text += [f"### {SHAPES[line['shape']]}\n", stage_table(line)]
    return text, environment


def throughput_part(text):
    environment, lines = results.read("throughput")
    if not lines:
        return
    plot_accuracy(lines)
    text.append("## Throughput on real texts\n\nTokenizer included, all transformers of MiniLM's shape, texts of at most 256 "
                "tokens. Ours is the whole program, `bit run`, from a file to JSON lines; the others run in Python with "
                "Hugging Face's tokenizers, texts sorted by length and padded per batch, at their best batch size. "
                "Accuracy stands where a model was trained for these texts.\n\n"
                "![Accuracy against time on SNIPS](images/accuracy.svg)\n")
    for line in lines:
        if "count" in line:
            text += [f"### {line['texts']}: {line['count']} texts, {line['tokens'] / line['count']:.0f} tokens each\n",
                     throughput_table(lines, line["texts"])]


def start_part(text):
    _, lines = results.read("start")
    if lines:
        rows = [[SHAPES[line["shape"]], f"{line['file_mb']:.2f} MB", f"{line['open_ms']:.1f} ms",
                 f"{line['peak_memory_mb']:.1f} MB"] for line in lines]
        text += ["## Start and memory\n", "From the path of a packed file to a model ready to run, and the most memory the "
                 "process holds when it runs 128 tokens.\n", table(["", "file", "open", "peak memory"], rows)]


def main():
    text, environment = page()
    throughput_part(text)
    start_part(text)
    text.append(caveat(environment))
    path = DOCS / "performance.md"
    part = path.with_suffix(".part")
    part.write_text("\n".join(text))
    part.replace(path)


if __name__ == "__main__":
    main()
