"""Makes the pages of the documentation site out of the tree: assemble.py ROOT BIT OUT

Pages keep their places (docs/format.md, models/README.md, ...), so that links between them hold. The README becomes the start
page, the help of every command a page, and whatever else a page links to a page that shows it. OUT/../mkdocs.yml is written too.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

LINK = re.compile(r"(!?)\[([^\]\n]*(?:\n[^\]\n]*)?)\]\(([^)\s]+)\)")
LANGUAGES = {".h": "cpp", ".hpp": "cpp", ".cc": "cpp", ".cpp": "cpp", ".c": "c", ".py": "python", ".mjs": "js", ".sh": "bash"}
IMAGES = {".svg", ".png"}

PYTHON = """# Python

::: bitcpp
    options:
      show_root_heading: false
      members: [load, Model, pipeline, distill]

::: bitcpp.results

::: bitcpp.training.Distilled

::: bitcpp.estimator.BitClassifier
"""

C = """# C and C++

The headers document themselves; [In C and C++](../docs/library.md) tells how to use them. Doxygen's pages of them:

- [bitcpp.h](../c/html/bitcpp_8h.html), the C interface
- [bitcpp.hpp](../c/html/bitcpp_8hpp.html), C++ over it
"""


class Site:
    def __init__(self, root: Path, out: Path) -> None:
        self.root = root
        self.out = out
        self.shown: set[Path] = set()  # files that pages link to and that are no pages

    def write(self, place: str, text: str) -> None:
        path = self.out / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def add_page(self, source: Path, place: str) -> None:
        """A page of the tree, its links bent to where things lie in the site."""
        text = source.read_text(encoding="utf-8")
        self.write(place, LINK.sub(lambda match: self.bend(match, source, place), text))

    def bend(self, match: re.Match[str], source: Path, place: str) -> str:
        image, text, target = match.groups()
        if "://" in target or target.startswith("#"):
            return match.group(0)
        path, _, anchor = target.partition("#")
        file = (source.parent / path).resolve().relative_to(self.root)
        if (self.root / file).is_dir():
            file = file / "README.md"
        if not (self.root / file).exists():
            return text  # what a page of docs/ links to is there: the tests see to it
        if file.suffix in IMAGES:
            (self.out / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.root / file, self.out / file)
            there = file
        elif file.suffix == ".md":
            there = Path("index.md") if file == Path("README.md") else file
            if not (self.out / there).exists() and there not in self.shown:
                self.shown.add(there)
        else:
            self.shown.add(file)
            there = Path("source") / (str(file) + ".md")
        up = "../" * (len(Path(place).parts) - 1)
        return f"{image}[{text}]({up}{there.as_posix()}{'#' + anchor if anchor else ''})"

    def add_shown(self) -> None:
        """Files that pages link to, as pages; those may link on."""
        done: set[Path] = set()
        while self.shown - done:
            file = min(self.shown - done)
            done.add(file)
            if file.suffix == ".md":
                if not (self.out / file).exists():
                    self.add_page(self.root / file, str(file))
                continue
            code = (self.root / file).read_text(encoding="utf-8")
            language = LANGUAGES.get(file.suffix, "text")
            self.write(f"source/{file}.md", f"# {file}\n\n````{language}\n{code}\n````\n")


def commands_of(bit: str) -> list[str]:
    overview = subprocess.run([bit, "help"], capture_output=True, text=True, check=True).stdout
    listed = overview.split("\nCommands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in listed.splitlines()]


def main(root: Path, bit: str, out: Path) -> None:
    if out.exists():
        shutil.rmtree(out)
    site = Site(root, out)
    site.add_page(root / "README.md", "index.md")
    for page in sorted([*root.glob("docs/*.md"), *root.glob("docs/guides/*.md")]):
        site.add_page(page, str(page.relative_to(root)))
    for page in ("models/README.md", "CONTRIBUTING.md"):
        site.add_page(root / page, page)
    site.add_shown()

    commands = commands_of(bit)
    for command in commands:
        text = subprocess.run([bit, "help", command], capture_output=True, text=True, check=True).stdout
        site.write(f"reference/cli/{command}.md", f"# bit {command}\n\n```text\n{text}```\n")
    site.write("reference/python.md", PYTHON)
    site.write("reference/c.md", C)

    lines = ["      - Commands:"] + [f"          - {name}: reference/cli/{name}.md" for name in commands]
    performance = "      - Performance: docs/performance.md" if (out / "docs/performance.md").exists() else None
    config = (root / "docs/site/mkdocs.yml").read_text(encoding="utf-8")
    config = config.replace("@CLI@", "\n".join(lines))
    config = config.replace("@PERFORMANCE@\n", performance + "\n" if performance else "")
    others = sorted(str(path.relative_to(out)) for path in out.rglob("*.md"))
    rest = [place for place in others if place not in config]
    config += "\nnot_in_nav: |\n" + "".join(f"  /{place}\n" for place in [*rest, "c/**"])
    (out.parent / "mkdocs.yml").write_text(config.replace("../../build/", "").replace("../../", f"{root}/"), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: assemble.py ROOT BIT OUT")
    main(Path(sys.argv[1]).resolve(), sys.argv[2], Path(sys.argv[3]))
