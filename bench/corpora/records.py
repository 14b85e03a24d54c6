"""People and time: labelled pairs, phone numbers in any spelling, what other libraries answer about opening hours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from bench.corpora.corpus import Case, rows
from patients.matching import score
from patients.phones import normalise

SPELLINGS = ("national", "international", "rfc3966")


def pairs(expect: str, wrong: str) -> Iterator[Case]:
    """Labelled pairs of records that may not get the decision `wrong`; those labelled twice are left out."""
    from tests.patients.test_matching import as_record

    for pair in rows("06_identity", "miis_pairs.jsonl"):
        if pair["expect"] == expect and not pair.get("other_labels"):
            yield pair["id"], lambda pair=pair: score(as_record(pair["a"]), as_record(pair["b"])).decision != wrong


def recalled() -> Iterator[Case]:
    """Labelled matches that are linked without a person."""
    from tests.patients.test_matching import as_record

    for pair in rows("06_identity", "miis_pairs.jsonl"):
        if pair["expect"] == "Match" and not pair.get("other_labels"):
            yield pair["id"], lambda pair=pair: score(as_record(pair["a"]), as_record(pair["b"])).decision == "same"


def phones() -> Iterator[Case]:
    """Numbers of all regions, each in three spellings."""
    for row in rows("06_identity", "phones_examples.jsonl"):
        for spelling in SPELLINGS:
            yield f"{row['region']} {row[spelling]}", partial(_is_number, row, spelling)


def typed_phones() -> Iterator[Case]:
    """As people type them; one that is not valid is none, but Mexico's old mobile mark is mended."""
    for row in rows("06_identity", "phones_human_us.jsonl"):
        yield row["input"], partial(_is_typed, row)


def hours() -> Iterator[Case]:
    """Due times, elapsed time, openings and closings."""
    from tests.slas.test_hours import answered, wanted

    for name in ("due_sourced.jsonl", "other_sourced.jsonl"):
        for case in rows("04_sla", name):
            yield case["id"], lambda case=case: answered(case) == wanted(case)


def _is_number(row: dict[str, Any], spelling: str) -> bool:
    return normalise(row[spelling], row["region"]).e164 == row["expected_e164"]


def _is_typed(row: dict[str, Any]) -> bool:
    return normalise(row["input"]).e164 == (row["e164"] if row.get("valid") else None)
