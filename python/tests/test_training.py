"""distill() with a program in place of bit that does what its documents say: writes OUT/log.jsonl line by line."""

import json
import sys

import bitcpp
import pytest

PROGRAM = '''#!{python}
import json, sys, time, pathlib
arguments = sys.argv[1:]
out = pathlib.Path(arguments[arguments.index("--out") + 1])
out.mkdir(parents=True, exist_ok=True)
(out / "arguments.json").write_text(json.dumps(arguments))
train = arguments[arguments.index("--train") + 1]
(out / "train.txt").write_text(pathlib.Path(train).read_text())
if "--recipe" in arguments and arguments[arguments.index("--recipe") + 1] == "none":
    print("first line", file=sys.stderr)
    print("bit: none: no such recipe", file=sys.stderr)
    sys.exit(2)
with open(out / "log.jsonl", "a") as log:
    for stage in ["teacher", "w1a1"]:
        if stage == "w1a1":
            print(json.dumps(dict(stage=stage, step=0, kind="statistics")), file=log, flush=True)
        for step in range(20, 101, 20):
            line = dict(stage=stage, step=step, steps=100, epoch=1, loss_logits=0.5, texts_per_second=90.0)
            print(json.dumps(line), file=log, flush=True)
        print(json.dumps(dict(stage=stage, step=100, dev=dict(n=7))), file=log, flush=True)
(out / "model.safetensors").write_bytes(pathlib.Path({model!r}).read_bytes())
print(json.dumps(dict(task="t", rows=[])))
'''


@pytest.fixture
def program(tmp_path, snips_path):
    path = tmp_path / "bit"
    path.write_text(PROGRAM.format(python=sys.executable, model=str(snips_path)))
    path.chmod(0o755)
    return path


def test_progress_and_result(program, tmp_path):
    seen = []
    done = bitcpp.distill(
        "backbone",
        [("a\ttext", "one"), ("another\n", "two")],
        "dev.tsv",
        tmp_path / "out",
        recipe="best",
        settings={"w1a1.epochs": 2, "w1a1.freeze": True},
        bit=program,
        progress=lambda stage, step, steps, line: seen.append((stage, step, steps)),
    )
    assert seen == [(s, n, 100) for s in ("teacher", "w1a1") for n in range(20, 101, 20)]
    assert done.report["task"] == "t"
    assert done.load()("play jazz").label == "PlayMusic"
    arguments = json.loads((tmp_path / "out/arguments.json").read_text())
    assert arguments[:2] == ["distill", "--json"]
    assert ["--dev", "dev.tsv"] == arguments[arguments.index("--dev") :][:2]
    assert "w1a1.epochs=2" in arguments and "w1a1.freeze=true" in arguments
    train = [json.loads(line) for line in (tmp_path / "out/train.txt").read_text().splitlines()]
    assert train == [{"text": "a\ttext", "label": "one"}, {"text": "another\n", "label": "two"}]


def test_errors_are_the_programs_own(program, tmp_path):
    rows = [("a", "one")]
    with pytest.raises(bitcpp.DistillError, match="^bit: none: no such recipe$"):
        bitcpp.distill(
            "b", rows, rows, tmp_path / "o", recipe="none", bit=program, progress=False
        )


def test_a_bar_in_the_terminal(program, tmp_path, capsys):
    pytest.importorskip("tqdm")
    (tmp_path / "t.tsv").write_text("")
    bitcpp.distill("b", str(tmp_path / "t.tsv"), "d.tsv", tmp_path / "o", bit=program)
    shown = capsys.readouterr().err
    assert shown.index("starting: ") < shown.index("teacher: 100%") < shown.index("w1a1: 100%")
    assert "100/100" in shown and "loss=0.500" in shown


def test_a_bar_in_jupyter(program, tmp_path):
    for needed in ("tqdm", "nbclient", "ipykernel", "ipywidgets"):
        pytest.importorskip(needed)
    import nbclient
    import nbformat

    (tmp_path / "t.tsv").write_text("")
    arguments = ", ".join(map(repr, ("b", f"{tmp_path}/t.tsv", "d.tsv", f"{tmp_path}/o")))
    code = f"import bitcpp\nbitcpp.distill({arguments}, bit={str(program)!r})"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    widget = "application/vnd.jupyter.widget-view+json"
    bars = [out.data["text/plain"] for out in notebook.cells[0].outputs if widget in out.get("data", {})]
    assert [bar.split(":")[0] for bar in bars] == ["starting", "teacher", "w1a1"]
    state = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    widgets = [one["state"] for one in state.values()]
    full = [one for one in widgets if one.get("max") == 100 and one.get("value") == 100]
    assert len(full) == 2 and any("loss=0.500" in str(one.get("value")) for one in widgets)


def test_without_a_program(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="bit: not found on PATH"):
        bitcpp.distill("b", "t.tsv", "d.tsv", tmp_path / "o")


def test_rows_of_unequal_width(program, tmp_path):
    with pytest.raises(ValueError, match="rows"):
        bitcpp.distill("b", [("a", "b"), ("a", "b", "c")], "d.tsv", tmp_path / "o", bit=program)
