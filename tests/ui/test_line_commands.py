"""`sms segments` and `twilio verify` as people type them."""

import argparse
import io

import msgspec

from ui.commands import sms, twilio
from ui.commands.json_lines import write_answers

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"


def answers(lines: bytes, answer: object) -> list[dict[str, object]]:
    assert callable(answer)
    out = io.BytesIO()
    write_answers(io.BytesIO(lines), out, answer)
    return [msgspec.json.decode(line) for line in out.getvalue().splitlines()]


def test_segments_line_by_line_and_a_bad_line_stops_nobody() -> None:
    lines = b'{"id": 1, "text": "ok"}\n\nnonsense\n{"id": 2}\n{"id": 3, "text": 5}\n{"id": 4, "text": "\xc3\xa1"}\n'
    given = answers(lines, sms.count_row)
    assert [row["id"] for row in given] == [1, None, 2, 3, 4]
    assert given[0] == {
        "id": 1,
        "encoding": "GSM-7",
        "segments": 1,
        "units": 2,
        "units_left": 158,
        "characters_forcing_ucs2": [],
    }
    assert [row.get("error") for row in given[2:4]] == ["no text", "text must be a string"]
    assert given[4]["characters_forcing_ucs2"] == ["á"]


def test_verify_says_why() -> None:
    row = {
        "id": "a",
        "token": "12345",
        "url": URL,
        "params": {"Sid": "CA123", "SidAccount": "AC123", "Digits": ["5678", "1234", "1234"]},
        "signature": "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
    }
    wrong = row | {"id": "b", "signature": "x"}
    json_body = row | {"id": "c", "params": None, "body": "{}"}
    sha256 = row | {"id": "d", "algorithm": "HMAC_SHA256"}
    unsigned = row | {"id": "e", "signature": None}
    lines = b"\n".join(msgspec.json.encode(each) for each in (row, wrong, json_body, sha256, unsigned))
    mismatch = "the signature matches neither the URL nor the parameters with any known secret"
    assert answers(lines, twilio.verify_row) == [
        {"id": "a", "valid": True, "because": "the signature matches"},
        {"id": "b", "valid": False, "because": mismatch},
        {"id": "c", "valid": False, "because": "the body is no form and the URL has no bodySHA256"},
        {"id": "d", "valid": False, "because": mismatch},
        {"id": "e", "valid": False, "because": "no X-Twilio-Signature header"},
    ]


def test_both_register() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    sms.add_to_sms(commands.add_parser("sms").add_subparsers())
    twilio.add(commands)
    assert callable(parser.parse_args(["sms", "segments"]).func)
    assert callable(parser.parse_args(["twilio", "verify"]).func)
