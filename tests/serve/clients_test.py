#!/usr/bin/env python3
"""Real clients against a server: openai, huggingface_hub, curl, wrk, schemathesis (tests/serve/clients.sh).

Expected values come from `bit run`, which knows nothing of servers."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np

from server import ROOT, Server

INTENTS = ROOT / "models" / "snips-minilm-w1a1.safetensors"
TINY = ROOT / "build" / "Testing" / "tiny_models"
TEXT = "play some jazz by miles davis"
KEY = "sesame"


def run(model, line, *options):
    output = subprocess.run([ROOT / "build" / "bit", "run", model, *options], input=line + "\n", text=True,
                            capture_output=True, check=True).stdout
    return json.loads(output)


def check_openai(url):
    import openai
    client = openai.OpenAI(base_url=url + "/v1", api_key=KEY, max_retries=0)
    answer = client.embeddings.create(model=INTENTS.stem, input=[TEXT, "will it rain"])
    plain = client.embeddings.create(model=INTENTS.stem, input=TEXT, encoding_format="float")
    assert np.isclose(np.linalg.norm(answer.data[0].embedding), 1, atol=1e-5)
    assert np.array_equal(np.float32(answer.data[0].embedding), np.float32(plain.data[0].embedding))
    assert len(client.embeddings.create(model=INTENTS.stem, input=TEXT, dimensions=16).data[0].embedding) == 16
    assert [model.id for model in client.models.list()] == [INTENTS.stem, "tagger", "qa"]
    try:
        client.embeddings.create(model="gpt", input=TEXT)
        raise AssertionError("a model that is not there")
    except openai.NotFoundError as error:
        assert error.code == "model_not_found", error
    try:
        openai.OpenAI(base_url=url + "/v1", api_key="wrong", max_retries=0).models.list()
        raise AssertionError("a wrong key")
    except openai.AuthenticationError:
        pass


def check_hub(url):
    from huggingface_hub import InferenceClient
    client = InferenceClient(model=url, api_key=KEY)
    expected = run(INTENTS, TEXT)
    labels = client.text_classification(TEXT)
    assert labels[0].label == expected["label"] and np.isclose(labels[0].score, expected["score"]), labels
    assert len(client.text_classification(TEXT, top_k=3)) == 3
    vectors = client.feature_extraction(TEXT, model=url + "/embed")
    assert vectors.shape == (1, 384)
    words = client.token_classification(TEXT, model=url + "/tag?model=tagger", aggregation_strategy="none")
    expected = run(TINY / "tagging.safetensors", TEXT, "--words")["words"]
    assert [(w.entity, w.word) for w in words] == [(e["tag"], e["text"]) for e in expected], words
    answer = client.question_answering(question="play jazz", context=TEXT, model=url + "/answer?model=qa")
    expected = run(TINY / "question-answering.safetensors", "play jazz\t" + TEXT)
    assert answer.answer == expected["answer"] and TEXT[answer.start:answer.end] == answer.answer, answer


def check_page(url):
    """What docs/serving.md shows."""
    page = (ROOT / "docs" / "serving.md").read_text()
    [block] = re.findall(r"^<!-- run by: tests/serve/clients_test.py -->\n```python\n(.*?)^```", page, re.M | re.S)
    shown = {}
    os.environ["HF_TOKEN"] = KEY
    exec(block.replace("http://localhost:8080", url).replace('api_key="none"', f'api_key="{KEY}"'), shown)
    assert len(shown["vector"]) == 384, shown["vector"]


def check_curl(url):
    def curl(*options):
        return subprocess.run(["curl", "-sS", "--fail-with-body", "-H", f"Authorization: Bearer {KEY}", *options],
                              capture_output=True, text=True, check=True).stdout
    body = json.dumps({"inputs": TEXT})
    answers = {curl(url + "/predict", "-H", "Content-Type: application/json", "-d", body, *options)
               for options in ([], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect: 100-continue"], ["--http1.0"],
                               ["--http2"])}
    assert len(answers) == 1 and json.loads(answers.pop())[0]["label"] == "PlayMusic"
    # More than a megabyte: curl waits for leave to send it.
    body = json.dumps({"inputs": "play " * 300_000})
    assert json.loads(subprocess.run(["curl", "-sS", url + "/predict", "-H", f"Authorization: Bearer {KEY}", "-H",
                                      "Content-Type: application/json", "-d", "@-"], input=body, capture_output=True,
                                     text=True, check=True).stdout)
    assert "te_request_count" in curl(url + "/metrics")
    assert curl("-I", url + "/health").startswith("HTTP/1.1 200")


def check_wrk(url):
    script = ROOT / "build" / "serve-wrk.lua"
    script.write_text('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
                      f'wrk.headers["Authorization"] = "Bearer {KEY}"\nwrk.body = \'{json.dumps({"inputs": TEXT})}\'\n')
    output = subprocess.run(["wrk", "-t1", "-c16", "-d2s", "-s", script, url + "/predict"], capture_output=True,
                            text=True, check=True).stdout
    assert "Non-2xx" not in output and "Socket errors" not in output and "Requests/sec" in output, output
    print("   ", next(line for line in output.splitlines() if "Requests/sec" in line))


def check_schemathesis(url):
    command = [str(pathlib.Path(sys.executable).parent / "schemathesis"), "run", url + "/openapi.json", "-H",
               f"Authorization: Bearer {KEY}", "--max-examples", os.environ.get("EXAMPLES", "50"), "--no-color",
               "--suppress-health-check", "all"]
    # That a tensor's data have its shape is more than a schema can say, so that some of what fits it is refused.
    for options in (["--exclude-path-regex", "/infer"],
                    ["--include-path-regex", "/infer", "--exclude-checks", "positive_data_acceptance"]):
        result = subprocess.run([*command, *options], capture_output=True, text=True, cwd=ROOT / "build")
        assert result.returncode == 0, result.stdout[-6000:]
        print("   ", next(line.strip() for line in result.stdout.splitlines() if " generated, " in line))


def with_server(models, checks):
    os.environ["BITCPP_API_KEY"] = KEY
    with Server(models) as server:
        del os.environ["BITCPP_API_KEY"]
        for check in checks:
            name = check.__name__.removeprefix("check_")
            if sys.argv[1:] and name not in sys.argv[1:]:
                continue
            if name in ("curl", "wrk") and not shutil.which(name):
                print("skip", name, "(not installed)")
                continue
            check(server.url)
            print("ok  ", name, flush=True)
        assert server.process.poll() is None, server.text()


def main():
    tagger, answerer = f"tagger={TINY}/tagging.safetensors", f"qa={TINY}/question-answering.safetensors"
    with_server([INTENTS, tagger, answerer], (check_openai, check_hub, check_page, check_curl, check_wrk))
    # Alone, as the limits in openapi.json are those that every model of a server keeps to.
    for model in (INTENTS, tagger, answerer):
        with_server([model], [check_schemathesis])


if __name__ == "__main__":
    main()
