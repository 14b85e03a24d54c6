"""Everybody on record as an import needs them: by number, and by what they share with a row. Decides what a row means
before anything is written; says *link* only where the scorer has no doubt and there is one record it could be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from inbox.store import patient_import as store
from inbox.store.database import Reading
from patients.blocking import Blocks
from patients.demographics import Comparable, Demographics, Identifier, Place, comparable
from patients.matching import Match, compare, match
from patients.roster import Incoming

Numbers = Sequence[tuple[str, str]]
#: One of these may be a correction (a marriage, a slip of the pen); two are another human under the same number.
CORRECTABLE = ("last", "birth_date", "sex", "suffix", "birth_order")


class Meaning(msgspec.Struct, frozen=True):
    """What to do with a row: `create` a record (and let people compare it with those `alike`, (id, points)), bring the
    record `patient_id` up to date, which its number or (`scored`) the scorer named, or `refuse` it with `why`."""

    act: Literal["create", "update", "refuse"]
    patient_id: int | None = None
    scored: bool = False
    alike: tuple[tuple[int, float], ...] = ()
    why: str = ""


class Known:
    """The records in use at the start and those added since."""

    def __init__(self) -> None:
        self._by_number: dict[tuple[str, str], int] = {}
        self._records: dict[int, Comparable] = {}
        self._numbers: dict[int, list[tuple[str, str]]] = {}
        self._blocks = Blocks()

    def add(self, patient_id: int, facts: Demographics, numbers: Numbers) -> None:
        """A record that rows may mean from now on, or a known one with what it holds now."""
        record, before = comparable(facts), self._records.get(patient_id)
        self._records[patient_id] = record
        held = self._numbers.setdefault(patient_id, [])
        held.extend(number for number in numbers if number not in held)
        self._by_number.update(dict.fromkeys(numbers, patient_id))
        self._blocks.add(patient_id, record, before)

    def numbers(self, patient_id: int) -> Numbers:
        """The living numbers of a record."""
        return self._numbers[patient_id]

    def holders(self, row: Incoming) -> set[int]:
        """The records that have one of the row's numbers."""
        return {self._by_number[number] for number in row.numbers if number in self._by_number}

    def meaning(self, row: Incoming) -> Meaning:
        """What this row means, as things stand."""
        holders = self.holders(row)
        if len(holders) > 1:
            return Meaning("refuse", why="number: its numbers belong to different records")
        record = comparable(row.facts())
        return self._of_holder(row, record, holders.pop()) if holders else self._of_nobody(row, record)

    def _of_holder(self, row: Incoming, record: Comparable, holder: int) -> Meaning:
        against = contradictions(record, self._records[holder])
        if "first" in against or len(against) > 1:
            return Meaning("refuse", why=f"number: belongs to a record with another {', '.join(against)}")
        if clash := self._clash(row, holder):
            return Meaning("refuse", why=f"number: its record has another one of {clash}")
        return Meaning("update", holder)

    def _of_nobody(self, row: Incoming, record: Comparable) -> Meaning:
        scored = [(other, match(record, self._records[other])) for other in self._blocks.candidates(record)]
        alike = [(other, found) for other, found in scored if found.decision != "different"]
        if len(alike) == 1 and alike[0][1].decision == "same" and not self._clash(row, alike[0][0]):
            return Meaning("update", alike[0][0], scored=True)
        return Meaning("create", alike=tuple(sorted(map(_points, alike), key=lambda pair: -pair[1])))

    def _clash(self, row: Incoming, patient_id: int) -> str:
        """The system of which both have a number and share none."""
        held = self._numbers[patient_id]
        shared = {system for system, value in row.numbers if (system, value) in held}
        both = {system for system, _ in row.numbers} & {system for system, _ in held}
        return next(iter(sorted(both - shared)), "")


def everybody(reading: Reading) -> Known:
    """Reads all records in use, once for an import."""
    known = Known()
    for row, numbers, points in store.everybody(reading):
        known.add(row.id, facts(row, numbers, points), numbers)
    return known


def facts(row: Any, numbers: Numbers, points: Iterable[tuple[str, str]]) -> Demographics:
    """A stored record as the matching compares it."""
    points = tuple(points)
    return Demographics(
        given=(row.given, row.middle),
        family=row.family,
        suffix=row.suffix,
        birth_date=row.birth_on.isoformat() if row.birth_on else None,
        sex=row.sex,
        phones=tuple(value for kind, value in points if kind == "phone"),
        emails=tuple(value for kind, value in points if kind == "email"),
        address=msgspec.convert(row.address, Place),
        identifiers=tuple(Identifier(value=value, type="MR", system=system) for system, value in numbers),
        birth_order=row.birth_order,
    )


def contradictions(a: Comparable, b: Comparable) -> list[str]:
    """The fields by name in which both cannot be true of one human."""
    grades = compare(a, b)
    return [field for field in ("first", *CORRECTABLE) if grades.get(field) == 0]


def _points(pair: tuple[int, Match]) -> tuple[int, float]:
    return pair[0], pair[1].score
