"""MiniLM fine-tuned in 32 bits by `bit finetune`: what a user would hand to an int8 engine."""
import json
import subprocess

import bert_weights
import results

BIT_TRAIN = results.ROOT / "build/bit-train"
EVERY = {"SST-2": 2}  # half of its 67,349 texts, so that preparing stays a matter of minutes
SETTINGS = {"SNIPS": {"epochs": 1, "learning_rate": 1e-4}, "SST-2": {"epochs": 1, "learning_rate": 7e-5},
            "AG News": {"epochs": 3, "learning_rate": 1e-4}}
MAX_LENGTH = 128
HELD_OUT = 20  # every 20th training text chooses the best state, as nobody may choose by those measured
SAMPLES = 200  # training texts that show a quantizer what activations are like


class FineTuned:
    """A model for `texts`, in build/bench-work; trained by make()."""

    def __init__(self, texts):
        self.texts, self.settings = texts, SETTINGS[texts.name]
        self.folder = results.WORK / f"minilm-{texts.name.lower().replace(' ', '-')}"
        some = [column[::EVERY.get(texts.name, 1)] for column in texts.train]
        self.chosen_by = [column[::HELD_OUT] for column in some]
        self.trained_on = [[value for i, value in enumerate(column) if i % HELD_OUT] for column in some]

    def made(self):
        return (self.folder / "model.safetensors").exists()

    def make(self, backbone):
        """Minutes: builds bit-train first where it is not there."""
        if not BIT_TRAIN.exists():
            subprocess.run(["make", "-C", results.ROOT, "train"], check=True)
        work = self.folder.with_suffix(".work")
        command = [BIT_TRAIN, "finetune", "--model", backbone, "--out", self.folder, "--recipe", "teacher", "--set",
                   f"max_length={MAX_LENGTH}"]
        for name, rows in (("train", self.trained_on), ("dev", self.chosen_by)):
            path = self.folder.with_suffix(f".{name}.tsv")
            path.write_text("sentence\tlabel\n" + "".join(f"{' '.join(text.split())}\t{label}\n" for text, label in zip(*rows)))
            command += [f"--{name}", path]
        for key, value in self.settings.items():
            command += ["--set", f"teacher.{key}={value}"]
        subprocess.run(command + ["--resume"] * work.exists(), check=True, stdout=subprocess.DEVNULL)

    def labels(self):
        names = json.loads((self.folder / "config.json").read_text())["id2label"]
        return [names[str(i)] for i in range(len(names))]

    def bert(self, tokenizer):
        """Its weights, with real texts to quantize by."""
        some = self.trained_on[0][::max(1, len(self.trained_on[0]) // SAMPLES)]
        bert = bert_weights.read_bert(self.folder)
        bert.samples = [one.ids for one in tokenizer.encode_batch(some)]
        return bert

    def summary(self):
        return {"rows": len(self.trained_on[0]), "epochs": self.settings["epochs"]}


def find(texts):
    """The model for `texts` where it was made, else None."""
    tuned = FineTuned(texts) if texts.name in SETTINGS else None
    return tuned if tuned and tuned.made() else None
