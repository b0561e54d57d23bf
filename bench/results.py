"""JSON lines of measurements, and what they were measured on.

bench/results/NAME.jsonl begins with the environment; every other line is one measurement and names the step that
made it. A step whose lines are there is not measured again, so that a run can be interrupted and go on.
"""
import json
import os
import pathlib
import platform
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "bench/results"
WORK = ROOT / "build/bench-work"
BIT = ROOT / "build/bit"


def cpu_flags():
    with open("/proc/cpuinfo") as file:
        lines = [line for line in file if line.startswith("flags")]
    return set(lines[0].split(":")[1].split()) if lines else set()


def environment():
    """What the first line of a file names: CPU, cores, the int8 instructions it has, compiler, versions."""
    import engines
    probe = [BIT, "bench", "random:1x64x1x64", "--seconds", "0", "--json"]
    own = json.loads(subprocess.run(probe, stdout=subprocess.PIPE, check=True).stdout)
    flags = cpu_flags()
    return {"cpu": own["cpu"], "cores": os.cpu_count(), "isa": own["isa"], "compiler": own["compiler"],
            "int8": [name for name in ("avx_vnni", "avx512_vnni", "amx_int8") if name in flags],
            "python": platform.python_version(), "bit": own["version"], "date": time.strftime("%Y-%m-%d"),
            "versions": engines.versions()}


def same_machine(one, other):
    return {**one, "date": ""} == {**other, "date": ""}


class Log:
    """bench/results/NAME.jsonl, begun anew where the environment is another one."""

    def __init__(self, name, here):
        FOLDER.mkdir(exist_ok=True)
        self.path = FOLDER / f"{name}.jsonl"
        before, lines = read(name)
        if before is None or not same_machine(before, here):
            lines = []
            self.path.write_text(json.dumps({"environment": here}) + "\n")
        self.steps = {line["step"] for line in lines}

    def add(self, step, lines):
        """All lines of one step at once: a step is there whole or not at all."""
        with open(self.path, "a") as file:
            file.write("".join(json.dumps({"step": step, **line}) + "\n" for line in lines))
        self.steps.add(step)


def read(name):
    """Environment and lines of one file; None and nothing when it is not there."""
    path = FOLDER / f"{name}.jsonl"
    if not path.exists():
        return None, []
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return lines[0]["environment"], lines[1:]


def emit(**line):
    """What a measuring script prints: a line of its step."""
    print(json.dumps(line), flush=True)
