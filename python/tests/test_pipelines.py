"""Pipelines: the shapes that transformers 4 gives (its documentation and TextClassificationPipeline)."""

import bitcpp
import pytest


def test_a_text_gives_a_list_of_one(snips):
    classify = bitcpp.pipeline("text-classification", model=snips)
    found = classify("play some jazz")
    assert isinstance(found, list) and len(found) == 1
    assert set(found[0]) == {"label", "score"}
    assert found[0]["label"] == "PlayMusic" and isinstance(found[0]["score"], float)
    assert classify(["play some jazz", "will it rain"]) == [
        found[0],
        classify("will it rain")[0],
    ]
    assert classify({"text": "play some jazz"}) == found[0]
    assert list(classify(iter(["play some jazz"]))) == found


def test_top_k(snips, snips_path):
    classify = bitcpp.pipeline(model=snips_path)
    best = classify("play some jazz", top_k=2)
    assert len(best) == 2 and best[0]["score"] > best[1]["score"]
    assert len(classify("play some jazz", top_k=None)) == 7
    assert classify(["play some jazz"], top_k=2) == [best]
    always = bitcpp.pipeline("sentiment-analysis", model=snips, top_k=2)
    assert always("play some jazz") == [best]


def test_pairs(snips):
    classify = bitcpp.pipeline("text-classification", model=snips)
    given = {"text": "what is", "text_pair": "the weather"}
    assert classify(given)["label"] == snips(("what is", "the weather")).label
    assert classify([given])[0] == classify(given)


def test_features(snips):
    vectors = bitcpp.pipeline("feature-extraction", model=snips, normalize=True)("play jazz")
    assert len(vectors) == 1 and len(vectors[0]) == snips.hidden_size
    assert vectors[0] == pytest.approx(snips.embed("play jazz", normalize=True).tolist())


def test_tokens(tiny_models):
    tag = bitcpp.pipeline("ner", model=tiny_models / "tagging.safetensors", ignore_labels=[])
    words = tag("play jazz in paris")
    assert [word["word"] for word in words] == ["play", "jazz", "in", "paris"]
    assert set(words[0]) == {"entity", "score", "index", "word", "start", "end"}
    assert words[0]["index"] == 1
    groups = tag("play jazz in paris", aggregation_strategy="simple")
    assert all(set(group) == {"entity_group", "score", "word", "start", "end"} for group in groups)
    assert len(groups) == len(tag.model("play jazz in paris").entities) > 0


def test_answers(tiny_models):
    answer = bitcpp.pipeline(model=tiny_models / "question-answering.safetensors")
    context = "the weather in paris play some jazz"
    found = answer(question="the weather", context=context)
    assert set(found) == {"score", "start", "end", "answer"}
    assert context[found["start"] : found["end"]] == found["answer"]
    assert answer({"question": "the weather", "context": context}) == found
    assert answer(question="the weather", context=context, top_k=2)[0] == found
    assert answer(question=["the weather"], context=context) == [found]


def test_refusals(snips, snips_path):
    with pytest.raises(ValueError, match="expected one of"):
        bitcpp.pipeline("translation", model=snips)
    with pytest.raises(ValueError, match="a model for classification, expected one for tagging"):
        bitcpp.pipeline("ner", model=snips_path)
    with pytest.raises(TypeError, match="threads"):
        bitcpp.pipeline(model=snips, threads=2)
    with pytest.raises(ValueError, match="model"):
        bitcpp.pipeline("text-classification")
