#!/usr/bin/env python3
"""The page at "/" in headless Chromium, by clicking; leaves screenshots in build/serve-page (tests/serve/clients.sh).

  page_test.py [PATH_OF_CHROMIUM]"""
import json
import os
import pathlib
import sys
import urllib.request

from playwright.sync_api import expect, sync_playwright

from server import ROOT, Server

MODELS = ROOT / "models"
TINY = ROOT / "build" / "Testing" / "tiny_models"
SHOTS = ROOT / "build" / "serve-page"
TEXT = "play some jazz by miles davis"
REVIEW = "a warm, funny and moving film that never gets dull"


def score(url, text, label):
    """Of a label, as the server says without the page."""
    request = urllib.request.Request(url + "/predict", json.dumps({"inputs": text}).encode(),
                                     {"Content-Type": "application/json"})
    answer = json.load(urllib.request.urlopen(request))
    return next(one["score"] for one in answer if one["label"] == label)


def classify(page, url, name):
    page.goto(url)
    page.get_by_label("Text", exact=True).fill(TEXT)
    page.get_by_role("button", name="Run").click()
    first = page.locator("#labels .bar.first")
    expect(first.locator(".name")).to_have_text("PlayMusic")
    widths = page.locator("#labels .fill").evaluate_all("fills => fills.map(f => f.getBoundingClientRect().width)")
    assert len(widths) == 7 and widths == sorted(widths, reverse=True) and widths[0] > 5 * widths[1], widths
    expect(page.locator("#tokens .token")).to_have_count(8)
    expect(page.locator("#times")).to_contain_text("ms in the network")
    expect(page.locator("#size")).to_contain_text("90.9 MB")
    shown = page.locator("#words .word").evaluate_all("words => words.map(w => [w.textContent, +w.dataset.change])")
    words = TEXT.split()
    whole = score(url, TEXT, "PlayMusic")
    expected = [whole - score(url, " ".join(words[:i] + words[i + 1:]), "PlayMusic") for i in range(len(words))]
    assert [word for word, _ in shown] == words
    assert all(abs(change - right) < 1e-6 for (_, change), right in zip(shown, expected)), (shown, expected)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def other_models(page, url):
    page.get_by_label("Model").select_option("sst2-minilm-w1a2")
    page.get_by_label("Text", exact=True).fill(REVIEW)
    page.get_by_label("Text", exact=True).press("Control+Enter")
    expect(page.locator("#labels .bar.first .name")).to_have_text("1")
    expect(page.locator("#words .word")).to_have_count(len(REVIEW.split()))
    page.screenshot(path=SHOTS / "sentiment.png", full_page=True)
    page.get_by_label("Model").select_option("tagger")
    expect(page.locator("#found-card")).to_be_visible()
    expect(page.locator("#labels-card")).to_be_hidden()
    page.screenshot(path=SHOTS / "tagger.png", full_page=True)
    page.get_by_label("Model").select_option("qa")
    page.get_by_label("Question").fill("play jazz")
    page.get_by_label("Context").fill("some jazz in paris")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#found .bar").first).to_be_visible()
    page.screenshot(path=SHOTS / "qa.png", full_page=True)


def hostile_text(page):
    page.get_by_label("Model").select_option("snips-minilm-w1a1")
    page.get_by_label("Text", exact=True).fill("<img src=x onerror=document.title='hacked'> & \"play\"")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#words .word").first).to_have_text("<img")
    assert page.title() == "bit.cpp"
    page.get_by_label("Text", exact=True).fill("")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#words-card")).to_be_hidden()


def with_key(browser):
    os.environ["BITCPP_API_KEY"] = "sesame"
    with Server([MODELS / "snips-minilm-w1a1.safetensors"]) as server:
        del os.environ["BITCPP_API_KEY"]
        page = browser.new_page()
        page.goto(server.url)
        page.get_by_label("API key").fill("sesame")
        page.get_by_label("Text", exact=True).fill("play some jazz")
        page.get_by_role("button", name="Run").click()
        expect(page.locator("#labels .bar.first .name")).to_have_text("PlayMusic")


def main():
    SHOTS.mkdir(parents=True, exist_ok=True)
    program = sys.argv[1] if len(sys.argv) > 1 else None
    models = [MODELS / "snips-minilm-w1a1.safetensors", MODELS / "sst2-minilm-w1a2.safetensors",
              f"tagger={TINY}/tagging.safetensors", f"qa={TINY}/question-answering.safetensors"]
    with sync_playwright() as playwright, Server(models) as server:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        mistakes = []
        for name, options in {"light": {}, "dark": {"color_scheme": "dark"},
                              "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
                              "phone-dark": {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"}}.items():
            page = browser.new_page(**options)
            page.on("console", lambda message: mistakes.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: mistakes.append(str(error)))
            page.on("request", lambda request: None if request.url.startswith((server.url, "data:"))
                    else mistakes.append("asks " + request.url))
            classify(page, server.url, name)
            if name == "light":
                other_models(page, server.url)
                hostile_text(page)
            page.close()
        assert not mistakes, mistakes
        with_key(browser)
        browser.close()
    print("ok   page; screenshots in", SHOTS.relative_to(ROOT))


if __name__ == "__main__":
    main()
