"""The documents' Python runs, block after block in one place, as a reader would type it."""

import importlib.util
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(os.environ.get("BITCPP_SOURCE_DIR", Path(__file__).parents[2]))
# A block that is marked is run by something else, or not at all: tests/docs/blocks.h.
BLOCK = re.compile(r"(<!-- (?:run by|not run): .* -->\n)?^```python\n(.*?)^```", re.M | re.S)
PAGES = [
    page
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
    if not page.parent.name.startswith("build")
    and any(not mark for mark, _ in BLOCK.findall(page.read_text(encoding="utf-8")))
]


def test_pages_are_found():
    names = {str(page.relative_to(ROOT)) for page in PAGES}
    assert {"docs/python.md", "docs/guides/embeddings.md", "python/README.md"} <= names


def needs(block: str, trains: bool) -> str | None:
    """What a block needs that is not here."""
    if "BitClassifier" in block and importlib.util.find_spec("sklearn") is None:
        return "scikit-learn"
    if "distill(" in block and not trains:
        return "bit-train"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_run(page, rows, tmp_path, monkeypatch, capsys):
    place = tmp_path / "at"
    stand_ins = os.environ.get("BITCPP_STAND_INS")
    if stand_ins:  # what a reader would have to bring, with a bit that finds bit-train: tests/docs/stand_ins.sh
        shutil.copytree(stand_ins, place, symlinks=True)
        monkeypatch.setenv("PATH", f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}")
    else:
        place.mkdir()
        for name in ("models", "examples"):
            (place / name).symlink_to(ROOT / name)
        (place / "texts.txt").write_text("play some jazz\nwill it rain\n")
    trains = bool(stand_ins) and Path(os.environ["BIT"] + "-train").exists()
    monkeypatch.chdir(place)
    texts, labels = map(list, zip(*rows[:20]))
    names = {"texts": texts, "labels": np.array(labels)}
    left_out = []
    for mark, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        if mark:
            continue
        if missing := needs(block, trains):
            left_out.append(missing)
            continue
        exec(compile(block, str(page), "exec"), names)
    if left_out:
        pytest.skip(f"all but what needs {', '.join(left_out)} was run")
