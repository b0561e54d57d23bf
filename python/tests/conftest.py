import os
from pathlib import Path

import bitcpp
import pytest

ROOT = Path(os.environ.get("BITCPP_SOURCE_DIR", Path(__file__).parents[2]))


@pytest.fixture(scope="session")
def root() -> Path:
    """The source tree, with models/ and examples/."""
    return ROOT


@pytest.fixture(scope="session")
def snips_path() -> Path:
    return ROOT / "models/snips-minilm-w1a1.safetensors"


@pytest.fixture(scope="session")
def snips(snips_path: Path) -> bitcpp.Model:
    return bitcpp.load(snips_path)


@pytest.fixture(scope="session")
def rows() -> list[tuple[str, str]]:
    """Texts of SNIPS with their labels."""
    lines = (ROOT / "examples/snips/valid.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [(text, label) for text, label in (line.split("\t") for line in lines)]


@pytest.fixture(scope="session")
def bit() -> Path:
    """The program, to compare with."""
    program = Path(os.environ.get("BIT", ROOT / "build/bit"))
    if not program.exists():
        pytest.skip(f"{program} was not built")
    return program


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with small random models of the other tasks (tests/package/write_tiny_models.cc)."""
    folder = os.environ.get("BITCPP_TINY_MODELS")
    if folder is None:
        pytest.skip("BITCPP_TINY_MODELS is not set")
    return Path(folder)
