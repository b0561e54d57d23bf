"""The documents' Python runs, block after block in one place, as a reader would type it."""

import importlib.util
import re

import numpy as np
import pytest

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["docs/python.md", "docs/guides/embeddings.md", "python/README.md"])
def test_blocks_run(page, root, rows, tmp_path, monkeypatch, capsys):
    for name in ("models", "examples"):
        (tmp_path / name).symlink_to(root / name)
    (tmp_path / "texts.txt").write_text("play some jazz\nwill it rain\n")
    monkeypatch.chdir(tmp_path)
    texts, labels = map(list, zip(*rows[:20]))
    names = {"texts": texts, "labels": np.array(labels)}
    ran = 0
    for block in BLOCK.findall((root / page).read_text(encoding="utf-8")):
        if "minilm/" in block:
            continue  # trains for minutes; test_training.py
        if "BitClassifier" in block and importlib.util.find_spec("sklearn") is None:
            continue
        exec(compile(block, page, "exec"), names)
        ran += 1
    assert ran >= 1
