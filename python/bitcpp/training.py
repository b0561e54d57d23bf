"""Training: starts `bit distill` and shows how far it is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Union

from .model import Model, load

Rows = Iterable[tuple[str, ...]]
Data = Union[str, "os.PathLike[str]", Rows]

_STAGE_POLL_SECONDS = 0.2


class DistillError(RuntimeError):
    """`bit distill` ended with an error; the message is what it said."""


class Distilled:
    """What a training left: `model` opens the packed file, `report` is `bit distill --json`'s."""

    def __init__(self, folder: Path, report: dict[str, Any]) -> None:
        self.folder = folder
        self.report = report

    @property
    def path(self) -> Path:
        """The packed file."""
        return self.folder / "model.safetensors"

    def load(self, **options: Any) -> Model:
        """The packed model, open; options as bitcpp.load."""
        return load(self.path, **options)

    def __repr__(self) -> str:
        return f"<Distilled {str(self.folder)!r}>"


def distill(
    model: str | os.PathLike[str],
    train: Data,
    dev: Data,
    out: str | os.PathLike[str],
    *,
    recipe: str | os.PathLike[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    resume: bool = False,
    arguments: Iterable[str] = (),
    bit: str | os.PathLike[str] | None = None,
    progress: bool | Callable[[str, int, int, Mapping[str, Any]], None] = True,
) -> Distilled:
    """Makes a 1-bit model of your own, as `bit distill` does; takes minutes to hours.

    model: a Hugging Face folder of a BERT model, the backbone or a fine-tuned teacher.
    train, dev: task files, or rows (text, label) or (text, pair, label).
    out: the folder that is made. resume: go on with a run that was stopped there.
    recipe: name or file; settings: its settings by "stage.key" (`--set`).
    arguments: more of `bit distill`'s arguments, such as ["--task", "regression"].
    bit: the program; None looks on PATH. `bit-train` has to lie beside it or on PATH.
    progress: True shows a bar (of tqdm, in a terminal and in Jupyter; without tqdm what `bit` prints),
        False shows nothing, a function is called with stage, step, steps and the log's line.

    Raises DistillError with the program's own message. Ctrl-C stops the training, which `resume`
    continues.
    """
    program = os.fspath(bit) if bit is not None else shutil.which("bit")
    if program is None:
        raise FileNotFoundError("bit: not found on PATH; build it with `make train`, or say bit=...")
    folder = Path(out)
    with tempfile.TemporaryDirectory(prefix="bitcpp-") as scratch:
        command = [program, "distill", "--json", "--model", os.fspath(model), "--out", str(folder)]
        command += ["--train", _task_file(train, Path(scratch) / "train.tsv")]
        command += ["--dev", _task_file(dev, Path(scratch) / "dev.tsv")]
        if recipe is not None:
            command += ["--recipe", os.fspath(recipe)]
        for key, value in (settings or {}).items():
            command += ["--set", f"{key}={_toml(value)}"]
        if resume:
            command.append("--resume")
        command += list(arguments)
        output = _run(command, folder / "log.jsonl", _watcher(progress))
    return Distilled(folder, json.loads(output))


def _task_file(data: Data, path: Path) -> str:
    """The file of a task, written where rows were given."""
    if isinstance(data, (str, os.PathLike)):
        return os.fspath(data)
    rows = [tuple(str(part) for part in row) for row in data]
    columns = {2: ("text", "label"), 3: ("text", "pair", "label")}
    width = len(rows[0]) if rows else 0
    if width not in columns or any(len(row) != width for row in rows):
        raise ValueError("expected rows of (text, label), or all of (text, pair, label)")
    # JSON lines keep tabs and line ends that texts may have.
    path = path.with_suffix(".jsonl")
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            json.dump(dict(zip(columns[width], row)), file, ensure_ascii=False)
            file.write("\n")
    return str(path)


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _run(command: list[str], log: Path, watcher: _Watcher | None) -> str:
    """Runs the training; returns what it prints. Its last line of errors becomes the exception's."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        show = watcher is not None and watcher.shows_program
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=None if show else errors, text=True
        )
        follower = _Follower(log, watcher) if watcher is not None and not show else None
        try:
            output, _ = process.communicate()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            if follower is not None:
                follower.stop()
        # Status 1 is a packed model that differs from the trained one: the report says so.
        if process.returncode == 0 or (process.returncode == 1 and output.strip()):
            return output
        errors.seek(0)
        lines = errors.read().strip().splitlines()
        message = lines[-1] if lines else f"bit distill ended with status {process.returncode}"
        raise DistillError(message)


class _Watcher:
    """What is done with the log's lines."""

    shows_program = False

    def begin(self, stage: str) -> None:
        """A stage has begun; how many steps it takes is not known yet."""

    def line(self, stage: str, step: int, steps: int, line: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def close(self) -> None:
        pass


class _CallWatcher(_Watcher):
    def __init__(self, function: Callable[[str, int, int, Mapping[str, Any]], None]) -> None:
        self._function = function

    def line(self, stage: str, step: int, steps: int, line: Mapping[str, Any]) -> None:
        self._function(stage, step, steps, line)


class _ProgramWatcher(_Watcher):
    """Without tqdm: the program's own line on standard error."""

    shows_program = True


class _BarWatcher(_Watcher):
    """A bar of tqdm for each stage; one for what comes before them, as the first line takes a while."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._bar: Any = None
        self._stage = ""
        self.begin("starting")

    def begin(self, stage: str) -> None:
        if stage == self._stage:
            return
        self.close()
        self._stage = stage
        self._bar = self._tqdm(desc=stage, unit="step", file=sys.stderr)

    def line(self, stage: str, step: int, steps: int, line: Mapping[str, Any]) -> None:
        self.begin(stage)
        if self._bar.total is None:
            started = self._bar.start_t
            self._bar.reset(total=steps)
            self._bar.start_t = self._bar.last_print_t = started
        self._bar.update(step - self._bar.n)
        loss = line["loss_logits"] + line.get("loss_hidden", 0.0)
        self._bar.set_postfix(loss=f"{loss:.3f}", texts_per_s=round(line["texts_per_second"]))

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _watcher(progress: Any) -> _Watcher | None:
    if callable(progress):
        return _CallWatcher(progress)
    if not progress:
        return None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _ProgramWatcher()
    return _BarWatcher(tqdm)


class _Follower:
    """Reads a log as it grows, in a thread of its own. The program may cut it back when it resumes."""

    def __init__(self, path: Path, watcher: _Watcher) -> None:
        self._path = path
        self._watcher = watcher
        self._ended = threading.Event()
        self._failure: Exception | None = None
        # What an earlier run left is no news.
        self._place = path.stat().st_size if path.exists() else 0
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        self._watcher.close()
        if self._failure is not None:
            raise self._failure

    def _follow(self) -> None:
        try:
            while not self._ended.wait(_STAGE_POLL_SECONDS):
                self._read()
            self._read()
        except Exception as error:
            self._failure = error

    def _read(self) -> None:
        if not self._path.exists():
            return
        self._place = min(self._place, self._path.stat().st_size)
        with open(self._path, "rb") as file:
            file.seek(self._place)
            data = file.read()
        whole = data.rfind(b"\n") + 1
        self._place += whole
        for text in data[:whole].splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue  # the end of a line that was cut back
            if not isinstance(line, dict) or "stage" not in line:
                continue
            if "steps" in line:
                self._watcher.line(line["stage"], line["step"], line["steps"], line)
            else:
                self._watcher.begin(line["stage"])
