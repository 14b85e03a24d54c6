"""The bars on mails that others wrote: all are read, quotes and bounces are told apart."""

import json
import os
from pathlib import Path

import pytest

from channels.envelope import Unparseable
from channels.mail_read import read
from channels.quoting import split

ROOT = Path(__file__).parents[2]
MAIL = (ROOT / os.environ.get("WARMLINE_CORPORA", "../shared/corpora") / "01_email").resolve()
pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not MAIL.is_dir(), reason="no corpora here")]


def cases(name):
    return [json.loads(line) for line in (MAIL / name / "cases.jsonl").read_text().splitlines()]


def test_every_mail_becomes_a_message_or_a_reason():
    refused = []
    files = [path for path in MAIL.rglob("*") if path.is_file() and path.parent.name != "emails"]
    for path in files:
        try:
            read(path.read_bytes())
        except Unparseable as why:
            refused.append(f"{path.name}: {why}")
    assert len(files) > 400
    assert refused == ["mail_with_html_part_no_html_content.eml: HTML nested deeper than 256"]


def test_bounces():
    wrong = [
        (case["is_bounce"], case["file"])
        for case in cases("bounces_sisimai")
        if (read((MAIL / "bounces_sisimai" / case["file"]).read_bytes()).bounce is not None) != case["is_bounce"]
    ]
    assert len(wrong) <= 0.02 * len(cases("bounces_sisimai"))
    assert len([file for truth, file in wrong if not truth]) <= 1


def test_reply_text_of_email_reply_trimmer():
    folder = MAIL / "email_reply_trimmer"
    right = [
        split((folder / "emails" / Path(case["file"]).name).read_text()).text == case["expected_trimmed"].strip()
        for case in cases("email_reply_trimmer")
    ]
    assert sum(right) >= 0.85 * len(right)


def test_reply_text_of_talon():
    right = [
        split(case["input"]).text.strip() == case["expected"].strip()
        for case in cases("talon")
        if case["kind"] == "reply_plain"
    ]
    assert sum(right) >= 0.85 * len(right)


def test_reply_text_of_github():
    for case in cases("github_zapier"):
        found = split((MAIL / "github_zapier" / case["file"]).read_text()).text
        assert found == case.get("expected_visible", found)
        assert found.startswith(case.get("must_start", ""))
        assert [word for word in case.get("must_contain", []) if word not in found] == []
        assert [word for word in case.get("must_not_contain", []) if word in found] == []
