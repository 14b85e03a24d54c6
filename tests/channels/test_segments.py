"""Segment counting against hand-made edges and the calculator's own answers."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.segments import Segments, count

CORPORA = Path(__file__).parents[2] / os.environ.get("WARMLINE_CORPORA", "../shared/corpora")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("GSM-7", 1, 0, 160)),
        ("a" * 160, Segments("GSM-7", 1, 160, 0)),
        ("a" * 161, Segments("GSM-7", 2, 161, 145)),
        ("€" * 80, Segments("GSM-7", 1, 160, 0)),
        ("a" * 152 + "€" + "a" * 7, Segments("GSM-7", 2, 161, 144)),
        ("mañana ¿sí?", Segments("UCS-2", 1, 11, 59, ("í",))),
        ("á" * 70, Segments("UCS-2", 1, 70, 0, ("á",))),
        ("á" * 71, Segments("UCS-2", 2, 71, 63, ("á",))),
        ("á" * 66 + "😷" + "á" * 3, Segments("UCS-2", 2, 71, 62, ("á", "😷"))),
        ("don’t", Segments("UCS-2", 1, 5, 65, ("’",))),
        ("👩‍⚕️", Segments("UCS-2", 1, 5, 65, ("👩‍⚕️",))),
        ("🇲🇽🇺🇸", Segments("UCS-2", 1, 8, 62, ("🇲🇽", "🇺🇸"))),
    ],
)
def test_edges(text: str, expected: Segments) -> None:
    assert count(text) == expected


@given(st.text())
def test_units_are_what_is_sent(text: str) -> None:
    counted = count(text)
    if counted.encoding == "UCS-2":
        assert counted.units == len(text.encode("utf-16-le", "surrogatepass")) // 2
    assert counted.segments >= 1
    assert (counted.encoding == "UCS-2") == bool(counted.characters_forcing_ucs2)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPORA.is_dir(), reason="no corpora here")
def test_every_answer_of_the_calculator() -> None:
    for line in (CORPORA / "07_sms_unicode" / "segments_given.jsonl").read_text().splitlines():
        row = json.loads(line)
        expected, counted = row["expected"], count(row["body"])
        bits = 7 if expected["encoding"] == "GSM-7" else 16
        assert (
            counted.encoding,
            counted.segments,
            counted.units * bits,
            list(counted.characters_forcing_ucs2[:20]),
        ) == (
            expected["encoding"],
            expected["segments"],
            expected["message_bits"],
            expected["non_gsm"],
        ), row["id"]
