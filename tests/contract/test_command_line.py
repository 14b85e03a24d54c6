"""The `warmline` command: the fields of each answer, the statuses, wrong settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.party import Party

WEEK = {"timezone": "America/New_York", "hours": {"mon": [["09:00", "17:00"]], "tue": [["09:00", "17:00"]]}}
PERSON = {"given": ["Ann"], "family": "Hill", "birth_date": "1980-02-03", "sex": "female", "phones": ["+14155550111"]}
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
PARAMS = {"CallSid": "CA1234567890ABCDE", "Digits": "1234", "From": "+14158675309", "To": "+18005551212"}
MAIL_FIELDS = """
    file message_id in_reply_to references date from reply_to to cc subject text html_sanitised reply_text signature
    is_auto_reply is_bounce bounce is_feedback_report is_mailing_list is_spam dmarc forward attachments defects
"""
QUESTIONS: dict[tuple[str, ...], tuple[dict[str, Any], list[str]]] = {
    ("sms", "segments"): (
        {"text": "ok"},
        ["characters_forcing_ucs2", "encoding", "id", "segments", "units", "units_left"],
    ),
    ("sms", "keyword"): ({"text": "STOP"}, ["action", "because", "id"]),
    ("routing", "classify"): (
        {"text": "I have chest pain", "channel": "sms", "language": "en", "patient": {"age_years": 60}},
        ["because", "id", "language", "priority", "reason", "reasons", "red_flags"],
    ),
    ("slas", "due"): ({"calendar": WEEK, "start": "2026-03-09T14:00:00Z", "seconds": 3600}, ["due", "id"]),
    ("slas", "due", "--kind", "elapsed"): (
        {"calendar": WEEK, "start": "2026-03-09T14:00:00Z", "end": "2026-03-09T15:00:00Z"},
        ["id", "seconds"],
    ),
    ("slas", "due", "--kind", "is_open"): ({"calendar": WEEK, "at": "2026-03-09T14:00:00Z"}, ["id", "is_open"]),
    ("slas", "due", "--kind", "next_open"): ({"calendar": WEEK, "at": "2026-03-09T02:00:00Z"}, ["id", "next_open"]),
    ("slas", "due", "--kind", "next_close"): ({"calendar": WEEK, "at": "2026-03-09T14:00:00Z"}, ["id", "next_close"]),
    ("slas", "replay"): (
        {
            "calendar": {"timezone": "UTC", "hours": "always"},
            "policy": {"first_response": 60, "next_response": 60, "resolution": 600},
            "events": [{"at": "2026-03-09T14:00:00Z", "kind": "inbound"}],
        },
        ["clocks", "id", "next_due"],
    ),
    ("patients", "match"): ({"a": PERSON, "b": PERSON}, ["because", "decision", "id", "score", "vetoes"]),
    ("patients", "phone"): ({"text": "(415) 555-0111", "region": "US"}, ["e164", "id", "why"]),
    ("twilio", "verify"): (
        {"token": "12345", "url": URL, "params": PARAMS, "signature": "x"},
        ["because", "id", "valid"],
    ),
}


@pytest.fixture
def desk(tmp_path: Path) -> Party:
    """The command line alone: nothing is served and there is no database."""
    return Party(tmp_path)


@pytest.mark.parametrize("command", QUESTIONS, ids=" ".join)
def test_a_line_in_a_line_out_and_a_bad_line_stops_nobody(desk: Party, command: tuple[str, ...]) -> None:
    question, fields = QUESTIONS[command]
    lines = [json.dumps({"id": "a", **question}), "no json", json.dumps({"id": "b"}), json.dumps({"id": 3, **question})]
    answers = desk.said(*command, stdin="\n".join(lines))
    assert [answer["id"] for answer in answers] == ["a", None, "b", 3]
    assert [sorted(answers[place]) for place in (0, 3)] == [fields, fields]
    assert ["error" in answer for answer in answers] == [False, True, True, False]
    assert {name: value for name, value in answers[0].items() if name != "id"} == {
        name: value for name, value in answers[3].items() if name != "id"
    }


def test_mail_parse_says_every_field_and_an_unreadable_file_stops_nobody(desk: Party, tmp_path: Path) -> None:
    good, missing = tmp_path / "good.eml", tmp_path / "missing.eml"
    good.write_bytes(b"From: Ann <ann@home.example>\r\nSubject: Hi\r\nMessage-ID: <1@home>\r\n\r\nHello\r\n")
    done = desk.cli("mail", "parse", str(good), str(missing), str(good))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, [sorted(answer) for answer in answers]) == (
        0,
        [sorted(MAIL_FIELDS.split()), ["error", "file"], sorted(MAIL_FIELDS.split())],
    )
    nothing = desk.cli("mail", "parse", str(missing))
    assert (nothing.returncode, nothing.stderr) == (1, "warmline: no file could be read\n")
    assert answers[0]["from"] == {"name": "Ann", "address": "ann@home.example"}


def test_the_installation_checks_itself(party: Party) -> None:
    assert party.cli("migrate").returncode == 0
    assert party.cli("audit", "verify").returncode == 0
    doctor = party.cli("doctor")
    states = {line.split()[0] for line in doctor.stdout.splitlines()}
    assert (doctor.returncode, states <= {"ok", "warn"}) == (0, True)
    report = party.said("audit", "report")
    assert {"actor.added", "token.issued"} <= {line["what"] for line in report}


def test_wrong_usage_is_2_and_a_failure_one_line_and_1(party: Party) -> None:
    assert [party.cli(*wrong).returncode for wrong in ((), ("nonsense",), ("user", "add"))] == [2, 2, 2]
    for failing in (("user", "token", "nobody@clinic.example", "--label", "x"), ("arrivals", "replay", "1")):
        done = party.cli(*failing)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


PRODUCTION = {
    "WARMLINE_MODE": "production",
    "WARMLINE_PUBLIC_URL": "https://inbox.example.org",
    "WARMLINE_SECRET_KEY": "a-secret-of-more-than-thirty-two-characters",
    "WARMLINE_TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
}


@pytest.mark.parametrize(
    ("name", "value", "others"),
    [
        ("MODE", "loud", {}),
        ("DATABASE_URL", "oracle://db/x", {}),
        ("REDIS_URL", "http://127.0.0.1", {}),
        ("PUBLIC_URL", "inbox.example.org", {}),
        ("TRUSTED_PROXIES", "the proxy", {}),
        ("TWILIO_ACCOUNT_SID", "12345", {}),
        ("TWILIO_MESSAGING_SERVICE_SID", "12345", {}),
        ("TWILIO_API_URL", "ftp://api", {}),
        ("SMTP_URL", "smtp://mail.example.org", {}),
        ("SMTP_LISTEN", "127.0.0.1:99999", {}),
        ("MAIL_FROM", "the clinic", {}),
        ("DEMO_TRAFFIC", "maybe", {}),
        ("SECRET_KEY", "", PRODUCTION),
        ("SECRET_KEY", "demo-only-secret-that-production-refuses", PRODUCTION),
        ("PUBLIC_URL", "http://inbox.example.org", PRODUCTION),
        ("DATABASE_URL", "postgresql://warmline@db.example.org/warmline", PRODUCTION),
        ("REDIS_URL", "redis://redis.example.org:6379/0", PRODUCTION),
        ("TWILIO_API_URL", "http://api.example.org", PRODUCTION),
    ],
)
def test_a_wrong_setting_stops_the_start_with_its_name_and_an_example(
    name: str, value: str, others: dict[str, str]
) -> None:
    from inbox.errors import SettingWrong
    from inbox.settings import read

    with pytest.raises(SettingWrong) as wrong:
        read({**others, f"WARMLINE_{name}": value})
    words = str(wrong.value)
    assert (words.startswith(f"WARMLINE_{name} "), ". Example: " in words) == (True, True)


def test_a_wrong_setting_ends_serve_with_one_line(desk: Party) -> None:
    done = desk.cli("serve", WARMLINE_TRUSTED_PROXIES="the proxy")
    assert (done.returncode, done.stderr) == (
        1,
        "warmline: WARMLINE_TRUSTED_PROXIES 'the proxy' is no IP address. Example: 10.0.0.5,10.0.0.6\n",
    )
