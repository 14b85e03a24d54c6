"""The composer's counter is the server's: the same numbers in a browser as in channels/segments."""

import json
import os
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from channels import segments
from tests.support.stage import running
from ui import render

CORPORA = Path(__file__).parents[2] / os.environ.get("WARMLINE_CORPORA", "../shared/corpora") / "07_sms_unicode"
POOL = "abcé€{}~ñáü \n😀🏽👩\u200d⚕\ufe0f🇺🇸한글\u1100\u1161e\u0301❤"
EDGES = ["", "a" * 160, "a" * 161, "á" * 70, "á" * 71, "\ufe0f🏽", "€" * 80 + "a"]


def drawn(count: int) -> list[str]:
    chance = random.Random(7)
    return ["".join(chance.choices(POOL, k=chance.randint(0, 300))) for _ in range(count)]


def counted(chromium: str, texts: list[str]) -> list[Any]:
    script = (render.STATIC / "js" / "segments.js").read_text().replace("export function", "function")
    with running(chromium) as started:
        page = started.new_page()
        return list(page.evaluate(f"texts => {{ {script}\n return texts.map(count); }}", texts))


def expected(texts: list[str]) -> list[Any]:
    return [json.loads(msgspec.json.encode(segments.count(text))) for text in texts]


@pytest.mark.browser
def test_the_script_counts_as_the_server_does(chromium: str) -> None:
    texts = EDGES + drawn(200)
    assert counted(chromium, texts) == expected(texts)


@pytest.mark.browser
@pytest.mark.corpus
@pytest.mark.skipif(not CORPORA.is_dir(), reason="no corpora here")
def test_the_script_counts_the_corpus_as_the_server_does(chromium: str) -> None:
    lines = (CORPORA / "segments_given.jsonl").read_text().splitlines()
    texts = [json.loads(line)["body"] for line in lines] + json.loads((CORPORA / "blns.json").read_text())
    sound = [text for text in texts if not any("\ud800" <= character <= "\udfff" for character in text)]
    assert len(sound) > 700
    assert counted(chromium, sound) == expected(sound)
