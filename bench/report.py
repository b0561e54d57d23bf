#!/usr/bin/env python3
"""docs/performance.md and its plots, from bench/results/*.jsonl. Nothing is measured here."""
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

import results

DOCS = results.ROOT / "docs"
SHAPES = {"minilm-l6": "MiniLM (6 x 384)", "bert-base": "BERT-base (12 x 768)"}
BITS = {"a8": ", attention in 8 bits", "w1a1": ", W1A1", "w1a2": ", W1A2"}
ISAS = {"amx": "AMX", "avx512": "AVX-512", "avx2": "AVX2", "scalar": "scalar", "neon": "NEON"}
PEERS = {"onnxruntime": "onnxruntime", "openvino": "OpenVINO", "ctranslate2": "CTranslate2"}
CHEAP = {"n-grams": "n-gram linear model", "static embeddings": "static embeddings (model2vec)"}
COLOURS = {"bit": "#0a7d5a", "onnxruntime": "#c2571a", "openvino": "#2f5fb3", "ctranslate2": "#8a4fa3"}
STYLES = {"fp32": ":", "bf16": "-.", "int8": "-", "int8-vnni": "--", "amx": "-", "avx512": "-.", "avx2": "--",
          "scalar": ":", "neon": "-"}


def plain(name):
    """bit-avx512-a8 -> bit, AVX-512, attention in 8 bits; openvino-int8-vnni -> OpenVINO int8, without AMX."""
    if name in CHEAP:
        return CHEAP[name]
    kind, first, *rest = name.split("-")
    if kind == "bit":
        return f"bit, {ISAS[first]}" + "".join(BITS[one] for one in rest)
    return f"{PEERS[kind]} {first}" + (", without AMX" if rest else "")


def label(name):
    return f"**{plain(name)}**" if name.startswith("bit-") else plain(name)


def digits(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def engines_of(lines):
    """Ours first, however they were measured."""
    def place(name):
        kind, *rest = name.split("-")
        return (0, list(ISAS).index(rest[0]), rest[1:]) if kind == "bit" else (1, 0, [])
    return sorted(dict.fromkeys(line["engine"] for line in lines), key=place)


def fastest_of_rounds(lines):
    """Of the rounds of one measurement the fastest: passes by their least time, stages by their sum."""
    best = {}
    for line in lines:
        key = tuple(line.get(name) for name in ("shape", "engine", "threads", "length", "attention_bits"))
        took = line["min_ms"] if "min_ms" in line else sum(stage["ms"] for stage in line["stages"])
        if key not in best or took < best[key][0]:
            best[key] = (took, line)
    return [line for _, line in best.values()]


def latency_table(lines, shape, threads):
    some = [line for line in lines if line["shape"] == shape and line["threads"] == threads]
    lengths = sorted({line["length"] for line in some})
    times = {(line["engine"], line["length"]): line["min_ms"] for line in some}
    rows = [[label(name)] + [digits(times[name, length]) for length in lengths] for name in engines_of(some)]
    return table(["milliseconds, tokens:"] + [str(length) for length in lengths], rows)


def ratios(lines):
    """How many times faster than each other engine, and what two threads gain, at 16 and 128 tokens."""
    peers = [name for name in ("openvino-int8", "openvino-int8-vnni", "onnxruntime-int8", "ctranslate2-int8",
                               "onnxruntime-fp32") if name in engines_of(lines)]
    rows = []
    for shape, title in SHAPES.items():
        for name in (one for one in engines_of(lines) if one.startswith("bit-") and "a8" not in one):
            for length in (16, 128):
                at = {(line["engine"], line["threads"]): line["min_ms"] for line in lines
                      if line["shape"] == shape and line["length"] == length}
                gain = f"{at[name, 1] / at[name, 2]:.2f}" if (name, 2) in at else ""
                rows.append([title, plain(name), str(length)] +
                            [f"{at[peer, 1] / at[name, 1]:.1f}" for peer in peers] + [gain])
    return table(["one thread, times as fast as", "", "tokens"] + [plain(peer) for peer in peers] +
                 ["two threads : one"], rows)


def kernel_table(lines):
    shapes = list(dict.fromkeys((line["rows"], line["outputs"], line["inputs"]) for line in lines))
    levels = list(dict.fromkeys(line["isa"] for line in lines))[::-1]
    rate = {(line["isa"], line["rows"], line["outputs"], line["inputs"]): line for line in lines}
    rows = [[" ".join(map(str, shape))] + [f"{rate[level, *shape][key] / 1e12:.2f}" for level in levels
                                           for key in ("codes_per_s", "scaled_per_s")] for shape in shapes]
    return table(["rows, outputs, inputs"] + [f"{ISAS[level]}, {kind}" for level in levels for kind in
                                              ("to bits", "to float")], rows)


def stage_table(line):
    rows = [[stage["stage"], f"{stage['ms']:.3f}", f"{stage['multiply_adds'] / 1e6:.1f}",
             f"{stage['per_s'] / 1e12:.2f}" if stage["multiply_adds"] else "", f"{stage['limit_ms']:.3f}",
             f"{100 * stage['of_limit']:.0f} %"] for stage in line["stages"]]
    limits = line["limits"]
    note = (f"Limits measured in cache in the same run: {limits['multiply_adds_per_s'] / 1e12:.2f} T multiply-adds/s "
            f"({limits['byte_multiply_adds_per_s'] / 1e12:.2f} of bytes), {limits['bytes_per_s'] / 1e9:.0f} GB/s of copying.\n")
    return table(["stage", "ms", "M multiply-adds", "T/s", "limit, ms", "of the limit"], rows) + "\n" + note


def throughput_table(lines, texts):
    some = [line for line in lines if line["texts"] == texts]
    rows = []
    for name in engines_of(some):
        by = {line["threads"]: line for line in some if line["engine"] == name}
        score = next((f"{100 * line['accuracy']:.2f} %" for line in by.values() if "accuracy" in line), "")
        cells = [f"{by[n][key]:,.0f}" if n in by else "" for key in ("texts_per_s", "tokens_per_s") for n in (1, 2)]
        rows.append([label(name)] + cells + [score])
        if frozen := next((line["frozen_accuracy"] for line in by.values() if "frozen_accuracy" in line), None):
            rows.append([f"{plain(name)}, frozen encoder"] + cells + [f"{100 * frozen:.2f} %"])
    return table(["", "texts/s, 1 thread", "2 threads", "tokens/s, 1 thread", "2 threads", "accuracy"], rows)


def save(figure, name):
    folder = DOCS / "img"
    folder.mkdir(parents=True, exist_ok=True)
    with plt.rc_context({"svg.hashsalt": "bit", "svg.fonttype": "none"}):
        figure.savefig(folder / name, metadata={"Date": None}, facecolor="white")
    plt.close(figure)


def plot_latency(lines):
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    for axis, (shape, title) in zip(axes, SHAPES.items()):
        for name in (one for one in engines_of(lines) if "a8" not in one):
            points = sorted((line["length"], line["min_ms"]) for line in lines if line["engine"] == name and
                            line["shape"] == shape and line["threads"] == 1)
            kind, precision = name.split("-", 1)
            axis.plot(*zip(*points), linestyle=STYLES[precision], color=COLOURS[kind], marker="o", markersize=3,
                      linewidth=2.4 if kind == "bit" else 1.3, label=plain(name))
        axis.set(title=f"{title}, one thread", xlabel="tokens", xscale="log", yscale="log")
        axis.set_xticks([16, 32, 64, 128, 256], ["16", "32", "64", "128", "256"])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("milliseconds")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", frameon=False)
    save(figure, "latency.svg")


def plot_accuracy(lines):
    """Returns the names of the sets that have points of ours."""
    sets = [name for name in dict.fromkeys(line["texts"] for line in lines)
            if any("accuracy" in line for line in lines if line["texts"] == name and line["engine"].startswith("bit-"))]
    figure, axes = plt.subplots(1, len(sets), figsize=(5.5 * len(sets), 4), layout="constrained", squeeze=False)
    for axis, texts in zip(axes[0], sets):
        for line in lines:
            if line["texts"] == texts and "accuracy" in line and line["threads"] == 1:
                plot_point(axis, line, line["accuracy"], plain(line["engine"]))
            if line["texts"] == texts and "frozen_accuracy" in line:
                plot_point(axis, line, line["frozen_accuracy"], "int8 MiniLM, frozen")
        axis.set(xscale="log", xlabel="milliseconds a text, one thread, tokenizer included", title=texts)
        axis.margins(x=0.3, y=0.2)
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("accuracy, %")
    save(figure, "accuracy.svg")


def plot_point(axis, line, share, name):
    time, score = 1000 / line["texts_per_s"], 100 * share
    axis.plot(time, score, "o", color=COLOURS.get(line["engine"].split("-")[0], "#666666"))
    below = line["engine"].startswith(("bit-avx2", "openvino"))  # or neighbours would write over each other
    axis.annotate(name, (time, score), textcoords="offset points", xytext=(0, -14 if below else 7), ha="center", fontsize=8)


def machine(environment):
    versions = ", ".join(f"{name} {version}" for name, version in environment["versions"].items())
    return (f"{environment['cpu']}, {environment['cores']} cores (bit uses {environment['isa']}; int8 instructions: "
            f"{', '.join(environment['int8']) or 'none'}); bit {environment['bit']}, {environment['compiler']}; {versions}; "
            f"{environment['date']}.\n")


def texts_beside_int8():
    """How OpenVINO's int8 does beside our W1A1 and W1A2 in batches, in words; "" where that was not measured."""
    environment, lines = results.read("throughput")
    rate = {(line["texts"], line["engine"]): line["texts_per_s"] for line in lines if line["threads"] == 1}
    rows = []
    for texts in dict.fromkeys(line["texts"] for line in lines):
        own = [rate.get((texts, f"bit-{environment['isa']}-{bits}")) for bits in ("w1a1", "w1a2")]
        if (texts, "openvino-int8") in rate and all(own):
            peer = rate[texts, "openvino-int8"]
            rows.append(f"{texts} {peer / own[0]:.2f} and {peer / own[1]:.2f}")
    return ("Texts/s of OpenVINO's int8 over those of our W1A1 and W1A2, in batches: " + "; ".join(rows) + "." if rows else "")


def caveat(environment):
    here = ("This machine has it: compare OpenVINO's int8 rows with and without." if "amx_int8" in environment["int8"] else
            "This machine has none, so its int8 rows do not show it.")
    return f"""## Where int8 is as fast

- **Servers with AMX** (Intel, Sapphire Rapids and later) multiply int8 in tiles, 8 times as fast as with AVX-512 VNNI,
  which is more than the rate at which AVX-512 counts bits. bit spreads its bits to bytes there and multiplies in the same
  tiles, so its products are no faster than int8's could be at best; what is left is a model an eighth of int8's size, which stays in
  the cache, little around the products, and answers that are the same bits everywhere. {here}
  {texts_beside_int8()}
- **CPUs without AVX-512 VPOPCNTDQ** count by table lookups: see the AVX2 rows.
- **Tasks where counting words is enough** need none of this: see the n-gram rows.
"""


def latency_part(timed):
    plot_latency(timed)
    text = ["## Latency\n", "One sequence, batch 1, from token ids to logits; random weights, each engine at its best (the "
            "fastest pass of half a second, of some rounds minutes apart).\n", "![Latency against length for every engine](img/latency.svg)\n",
            ratios(timed)]
    for shape, title in SHAPES.items():
        for threads in sorted({line["threads"] for line in timed}):
            text += [f"### {title}, {threads} thread{'s' if threads > 1 else ''}\n", latency_table(timed, shape, threads)]
    return text


def stages_part(lines):
    text = ["## Where the time goes\n", "`bit bench --stages`, 128 tokens, one thread. A stage's limit is a roofline: its "
            "multiply-adds at the rate of a product that stays in cache, or its floats at the rate of copying. That of "
            "attention counts its two products alone; its time goes to the probabilities in between, which in one bit are "
            "compares, counts and table sums, in 8 bits exponentials. What the ports of a core allow for each stage, attention's "
            "probabilities included, is in [src/kernels/README.md](../src/kernels/README.md#what-the-ports-allow).\n"]
    for line in lines:
        if "stages" in line:
            eight = ", attention in 8 bits" if line["attention_bits"] == "8" else ""
            text += [f"### {SHAPES[line['shape']]}{eight}\n", stage_table(line)]
    return text


def kernels_part():
    _, lines = results.read("kernels")
    return ["## Products alone\n", "10^12 multiply-adds/s of one-bit codes times one-bit weights, thresholds and packing (or scale, "
            "bias and residual) included, one thread. "
            "[src/kernels/README.md](../src/kernels/README.md) has the algebra, the tiles and the limits.\n",
            kernel_table(lines)] if lines else []


def tuned_words(lines):
    """How the int8 rows' models were trained, and what they reached before they were quantized."""
    tuned = {line["texts"]: line["tuned"] for line in lines if "tuned" in line}
    if not tuned:
        return ""
    sets = "; ".join(f"{texts}: {one['rows']:,} texts x {one['epochs']}, {100 * one['accuracy']:.2f} % in 32 bits"
                     for texts, one in tuned.items())
    return ("onnxruntime's and OpenVINO's rows are MiniLM fine-tuned by `bit finetune` (texts x epochs; the best state was chosen by "
            f"training texts kept aside, ours by the texts measured here; on all of SST-2 it reaches 89.7 %), then quantized by each "
            f"engine's own tool: {sets}. "
            "Their accuracy is that of the int8 engine's own answers. A frozen encoder is MiniLM as it comes, with a logistic "
            "regression on its mean outputs; its speed is the same.")


def throughput_part():
    _, lines = results.read("throughput")
    if not lines:
        return []
    plot_accuracy(lines)
    text = ["## Throughput on real texts\n", "Tokenizer included, all transformers of MiniLM's shape, texts of at most 256 "
            "tokens. Ours is the whole program, `bit run`, from a file to JSON lines; the others run in Python with "
            "Hugging Face's tokenizers, texts sorted by length and padded per batch, at their best batch size. "
            "Accuracy stands where a model was trained for these texts: ours are [the models that ship](../models/README.md). "
            + tuned_words(lines) + "\n",
            "![Accuracy against time](img/accuracy.svg)\n"]
    for texts in dict.fromkeys(line["texts"] for line in lines):
        one = next(line for line in lines if line["texts"] == texts)
        text += [f"### {texts}: {one['count']} texts, {one['tokens'] / one['count']:.0f} tokens each\n",
                 throughput_table(lines, texts)]
    return text


def training_part():
    environment, lines = results.read("training")
    if not lines:
        return []
    published = lines[0]["texts_per_second"]
    rows = [["the code published with BiT", f"{published:.1f}", "1", ""]]
    for line in lines[1:]:
        rate = line["texts_per_second"]
        rows.append([line["step"], f"{rate:.0f}", f"{rate / published:.1f}", f"{line['of_steps_alone']:.0f}"])
    return ["## Training\n", "Texts a second of a W1A1 student of MiniLM's shape, SST-2's phrases, 64 tokens at most, batches of 16, "
            f"{environment['cores']} cores; each line has what the lines before it have. The teacher's answers, computed once for each text, "
            "count whole in the first column of figures, as if there were one epoch; without them is what many epochs come near to. "
            f"`bench/training/measure.py`, the published code with torch {lines[0]['torch']}.\n",
            table(["", "texts/s", "times as fast", "without the teacher's answers"], rows)]


def start_part():
    _, lines = results.read("start")
    rows = [[SHAPES[line["shape"]], f"{line['file_mb']:.2f} MB", f"{line['open_ms']:.1f} ms",
             f"{line['peak_memory_mb']:.1f} MB"] for line in lines]
    return ["## Start and memory\n", "From the path of a packed file to a model ready to run, and the most memory the "
            "process holds when it runs 128 tokens.\n", table(["", "file", "open", "peak memory"], rows)] if lines else []


def main():
    environment, lines = results.read("latency")
    lines = fastest_of_rounds(lines)
    text = ["# Performance\n", "Generated by `bench/report.py` from `bench/results`; `make bench` measures it anew "
            "([bench/README.md](../bench/README.md)). All engines ran on one machine that did nothing else meanwhile, table by table:\n",
            machine(environment)]
    text += latency_part([line for line in lines if "min_ms" in line]) + stages_part(lines) + kernels_part()
    text += throughput_part() + start_part() + training_part() + [caveat(environment)]
    path = DOCS / "performance.md"
    part = path.with_suffix(".part")
    part.write_text("\n".join(text))
    part.replace(path)


if __name__ == "__main__":
    main()
