"""Phone numbers: only valid ones, one spelling each, and nobody for hidden callers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.phones import Phone, normalise

CORPORA = Path(__file__).parents[2] / os.environ.get("WARMLINE_CORPORA", "../shared/corpora")


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("(650) 253-0000", "+16502530000"),
        ("whatsapp:+16502530000", "+16502530000"),
        ("tel:+1-650-253-0000", "+16502530000"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("whatsapp:+5215512345678", "+525512345678"),
        ("+54 9 11 2345-6789", "+5491123456789"),
        ("+549 800 123 4567", "+548001234567"),
        ("555-0100", None),
        ("911", None),
        ("messenger:1234567890", None),
        ("650-253-0000 / 650-253-0001", None),
        ("", None),
    ],
)
def test_one_spelling_for_each_valid_number(text: str, e164: str | None) -> None:
    assert normalise(text).e164 == e164


@pytest.mark.parametrize("text", ["+266696687", "+2 66696687", "Anonymous", "+86282452253", "RESTRICTED"])
def test_hidden_callers_are_nobody(text: str) -> None:
    assert normalise(text) == Phone(None, "anonymous caller")


def test_national_spellings_are_read_in_their_region() -> None:
    assert normalise("020 7946 0018", "gb").e164 == "+442079460018"
    assert normalise("650-253-0000 x123") == Phone("+16502530000", "valid, extension left out")


@given(st.text(max_size=120))
def test_no_text_breaks_it_and_its_answer_stands(text: str) -> None:
    answer = normalise(text)
    assert answer.e164 is None or normalise(answer.e164).e164 == answer.e164


@pytest.mark.corpus
def test_the_examples_of_all_regions() -> None:
    rows = [json.loads(line) for line in (CORPORA / "06_identity/phones_examples.jsonl").read_text().splitlines()]
    spellings = ("national", "international", "rfc3966")
    wrong = [
        (r["region"], s) for r in rows for s in spellings if normalise(r[s], r["region"]).e164 != r["expected_e164"]
    ]
    assert wrong == []
