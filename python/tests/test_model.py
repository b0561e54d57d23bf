"""Models: what goes in, what comes out, and that it is what `bit run` says."""

import json
import pickle
import subprocess
import threading

import bitcpp
import numpy as np
import pytest


def bit_run(bit, model, texts, *options):
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    done = subprocess.run(
        [bit, "run", model, "--format", "jsonl", *options],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_text_gives_a_classification(snips):
    found = snips("play some jazz by miles davis")
    assert found.label == "PlayMusic"
    assert found.score == found.scores.max() > 0.9
    assert found.scores.dtype == np.float32 and found.scores.shape == (7,)
    assert not found.truncated
    assert found.scores.sum() == pytest.approx(1)


def test_a_list_gives_arrays(snips, rows):
    found = snips([text for text, _ in rows])
    assert len(found) == len(rows)
    assert found.scores.shape == (len(rows), 7)
    right = np.mean([one == label for one, (_, label) in zip(found.labels, rows)])
    assert right > 0.98
    assert found[3].label == found.labels[3] == list(found)[3].label
    assert found[-1].label == found.labels[-1]
    assert found[2:5].labels == found.labels[2:5]
    assert len(snips([])) == 0


def test_scores_are_those_of_bit_run(snips, snips_path, rows, bit):
    texts = [text for text, _ in rows[:50]] + ["", "東京 🎷 é", "a" * 1000]
    expected = bit_run(bit, snips_path, texts)
    for one, line in zip(snips(texts), expected):
        assert one.label == line["label"]
        assert one.truncated == line.get("truncated", False)
        for name, score in zip(snips.labels, one.scores):
            assert score == np.float32(line["scores"][name])


def test_pairs(snips):
    single = snips(("what is", "the weather"))
    assert isinstance(single, bitcpp.Classification)
    several = snips([("what is", "the weather"), ("play", "jazz")])
    assert np.array_equal(several.scores[0], single.scores)
    with pytest.raises(TypeError, match="mixture"):
        snips([("a", "b"), "c"])


def test_an_iterator_is_a_stream(snips):
    taken = 0

    def texts():
        nonlocal taken
        while True:
            taken += 1
            yield "play some jazz"

    stream = snips(texts(), batch_size=4)
    assert taken == 0
    assert next(stream).label == "PlayMusic"
    assert taken == 4, "no more than a batch is read ahead"
    assert [one.label for one in snips(iter(["play jazz", "will it rain"]))] == [
        "PlayMusic",
        "GetWeather",
    ]


def test_arrays_and_columns_are_lists(snips):
    assert snips(np.array(["play jazz", "will it rain"])).labels == ["PlayMusic", "GetWeather"]


def test_any_string(snips):
    for text in ["", "\0", "\ud800", "\ud800 play jazz \udfff", "東京 🎷", "a" * 100_000]:
        assert snips(text).label in snips.labels


def test_what_is_no_text(snips):
    with pytest.raises(TypeError, match="expected a text .* not int"):
        snips([1])
    with pytest.raises(TypeError):
        snips(7)


def test_long_texts(snips_path, snips):
    text = "play some jazz " * 100
    assert snips(text).truncated
    refusing = bitcpp.load(snips_path, long_text="refuse", max_length=10)
    assert refusing.max_length == 10
    with pytest.raises(bitcpp.Error, match="^text 2 has more than 10 tokens$"):
        refusing(["play jazz", text])


def test_files_that_are_no_models(tmp_path, snips_path):
    with pytest.raises(bitcpp.Error, match="none.safetensors"):
        bitcpp.load(tmp_path / "none.safetensors")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(snips_path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="broken.safetensors") as caught:
        bitcpp.load(broken)
    assert "\n" not in str(caught.value)
    with pytest.raises(bitcpp.Error, match="threads"):
        bitcpp.load(snips_path, threads=0)
    with pytest.raises(ValueError, match="long_text"):
        bitcpp.load(snips_path, long_text="cut")


def test_embeddings(snips):
    texts = ["play some jazz", "will it rain tomorrow in paris"]
    vectors = snips.embed(texts)
    assert vectors.shape == (2, snips.hidden_size) and vectors.dtype == np.float32
    assert np.array_equal(snips.embed(texts[0]), vectors[0])
    normal = snips.embed(texts, normalize=True)
    assert np.linalg.norm(normal, axis=1) == pytest.approx([1, 1], rel=1e-5)
    assert not np.array_equal(snips.embed(texts, pooling="first"), vectors)
    with pytest.raises(ValueError, match="pooling"):
        snips.embed(texts, pooling="max")


def test_tokens(snips):
    tokens = snips.tokenize("Größe: jazz", "zwei")
    assert [token.token for token in tokens][0] == "[CLS]"
    jazz = next(token for token in tokens if token.token == "jazz")
    assert "Größe: jazz"[jazz.start : jazz.end] == "jazz"
    assert tokens[-1].token == "[SEP]" and (tokens[-1].start, tokens[-1].end) == (0, 0)
    second = tokens[[token.token for token in tokens].index("[SEP]") + 1]
    assert second.start == 0 and second.end > 0


def test_threads_give_the_same(snips_path, snips, rows):
    texts = [text for text, _ in rows[:200]]
    expected = snips(texts).scores
    assert np.array_equal(bitcpp.load(snips_path, threads=2)(texts).scores, expected)
    results = [None] * 4

    def work(i):
        results[i] = snips(texts).scores

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(result, expected) for result in results)


def test_the_gil_is_released(snips, rows):
    """Another thread gets to run Python code while one call works."""
    texts = [text for text, _ in rows] * 3
    started, counted = threading.Event(), 0
    worker = threading.Thread(target=lambda: (started.set(), snips(texts)))
    worker.start()
    started.wait()
    while worker.is_alive():
        counted += 1
    assert counted > 1000


def test_pickling_keeps_options(snips_path, monkeypatch, root):
    monkeypatch.chdir(root)
    model = bitcpp.load(snips_path.relative_to(root), max_length=12)
    copy = pickle.loads(pickle.dumps(model))
    monkeypatch.chdir("/")
    again = pickle.loads(pickle.dumps(copy))
    assert again.max_length == 12
    assert again("play jazz").label == "PlayMusic"


def test_other_tasks(tiny_models):
    tagger = bitcpp.load(tiny_models / "tagging.safetensors")
    text = "é play jazz, in paris"
    tagged = tagger(text)
    assert [word.text for word in tagged.words] == ["é", "play", "jazz", ",", "in", "paris"]
    assert all(text[word.start : word.end] == word.text for word in tagged.words)
    assert {word.tag for word in tagged.words} <= set(tagger.labels)
    for entity in tagged.entities:
        assert text[entity.start : entity.end] == entity.text
    with pytest.raises(TypeError):
        tagger(("a", "pair"))
    with pytest.raises(bitcpp.Error, match="a model for tagging, expected one for classification"):
        tagger.predict(["a"])

    answerer = bitcpp.load(tiny_models / "question-answering.safetensors")
    context = "é the weather in paris play some jazz"
    best = answerer(("the weather", context))
    assert context[best.start : best.end] == best.text != ""
    assert answerer.answer("the weather", context, top=3)[0] == best
    assert answerer(("the weather", "")).text == ""
    with pytest.raises(TypeError, match="question"):
        answerer("the weather")

    regressor = bitcpp.load(tiny_models / "regression.safetensors")
    values = regressor(["jazz", "rock"])
    assert values.shape == (2,) and values.dtype == np.float32
    assert regressor("jazz") == values[0]
