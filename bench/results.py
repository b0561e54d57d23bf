"""JSON lines of measurements, each with what it was measured on."""
import json
import os
import pathlib
import platform
import subprocess
import time

FOLDER = pathlib.Path(__file__).resolve().parent / "results"
ROOT = FOLDER.parent.parent


def cpu_flags():
    with open("/proc/cpuinfo") as file:
        lines = [line for line in file if line.startswith("flags")]
    return set(lines[0].split(":")[1].split()) if lines else set()


def environment(bit):
    """What every line of a run names: CPU, cores, the int8 instructions it has, compiler, versions."""
    import engines
    probe = [bit, "bench", "random:1x64x1x64", "--seconds", "0", "--json"]
    own = json.loads(subprocess.run(probe, stdout=subprocess.PIPE, check=True).stdout)
    flags = cpu_flags()
    return {"cpu": own["cpu"], "cores": os.cpu_count(), "isa": own["isa"], "compiler": own["compiler"],
            "int8": [name for name in ("avx_vnni", "avx512_vnni", "amx_int8") if name in flags],
            "python": platform.python_version(), "bit": own["version"], "date": time.strftime("%Y-%m-%d"),
            "versions": engines.versions()}


class Results:
    """bench/results/NAME.jsonl, written anew; the first line is the environment."""

    def __init__(self, name, bit):
        FOLDER.mkdir(exist_ok=True)
        self.path = FOLDER / f"{name}.jsonl"
        self.lines = [{"environment": environment(bit)}]

    def add(self, **line):
        print(json.dumps(line), flush=True)
        self.lines.append(line)

    def write(self):
        part = self.path.with_suffix(".part")
        part.write_text("".join(json.dumps(line) + "\n" for line in self.lines))
        part.replace(self.path)


def read(name):
    """Environment and lines of one file; None when it is not there."""
    path = FOLDER / f"{name}.jsonl"
    if not path.exists():
        return None, []
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return lines[0]["environment"], lines[1:]
