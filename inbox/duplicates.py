"""Records that may be one human, likeliest first, for people to judge side by side; and what they said, remembered: the
same, not the same, later. Shows only pairs of which the viewer may see both.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Row

from inbox.actors import MATRIX, Actor, Permission
from inbox.errors import Forbidden, Invalid, NotFound
from inbox.looking import name_of
from inbox.patient_merge import facts
from inbox.regroup import said_why
from inbox.store import patient_import, record
from inbox.store import patient_moves as store
from inbox.store.database import Reading, Transaction
from patients.demographics import Demographics
from patients.matching import score
from patients.record import display_name

MOST = 30
#: How long a merge is offered to be undone beside the queue, and how long "later" puts a pair off.
UNDO, LATER = timedelta(days=30), timedelta(days=14)


class Field(msgspec.Struct, frozen=True):
    """One line of two records side by side."""

    name: str
    a: str
    b: str
    differs: bool


class Pair(msgspec.Struct, frozen=True):
    """Two records; `proposed_by` somebody who thinks them one, into `into`."""

    a_id: int
    b_id: int
    a_name: str
    b_name: str
    score: float
    fields: tuple[Field, ...]
    conflicts: tuple[str, ...]
    proposed_by: int | None = None
    into: int | None = None
    why: str = ""


class Done(msgspec.Struct, frozen=True):
    """A merge that may be undone yet."""

    patient_id: int
    into: int
    name: str
    at: datetime


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody says of this record and `other`; "undecided" takes back what was said."""

    other: int
    verdict: Literal["different", "later", "undecided"]
    reason: str = ""


def queue(reading: Reading, *, actor: Actor) -> tuple[Pair, ...]:
    """Pairs to judge, proposed ones first, then the likeliest; those that people decided on are left out."""
    _refuse_others(actor)
    said, rows = store.verdicts(reading), _Records(reading, actor)
    proposed = (pair for pair, one in said.items() if one.verdict == "proposed")
    open_pairs = {*patient_import.candidates(reading, store.BLOCKED), *store.alike(reading), *proposed}
    found = [_pair(rows, pair, said.get(pair)) for pair in sorted(open_pairs) if _is_open(reading, said.get(pair))]
    shown = [pair for pair in found if pair is not None]
    return tuple(sorted(shown, key=lambda pair: (pair.proposed_by is None, -pair.score, pair.a_id))[:MOST])


def undoable(reading: Reading, *, actor: Actor) -> tuple[Done, ...]:
    """Merges of the last thirty days, newest first."""
    _refuse_others(actor)
    rows = _Records(reading, actor)
    found = [(act, rows.of(act.to_id)) for act in store.merged_since(reading, reading.now - UNDO)]
    return tuple(Done(act.from_id, act.to_id, _named(row), act.at) for act, row in found if row is not None)


def judge(unit: Transaction, *, actor: Actor, patient_id: int, asked: Verdict) -> int:
    """Remembers it; answers its id, 0 for nothing. A "different" pair is not shown or merged until taken back."""
    _refuse_others(actor)
    if any(record.one(unit, actor, one) is None for one in (patient_id, asked.other)):
        raise NotFound("There is no such patient.")
    if patient_id == asked.other:
        raise Invalid(fields={"other": "another record"})
    pair = (min(patient_id, asked.other), max(patient_id, asked.other))
    details = {"other": asked.other, "verdict": asked.verdict}
    unit.record("duplicate.judged", actor_id=actor.id, patient_id=patient_id, details=details)
    if asked.verdict == "undecided":
        store.end_verdict(unit, pair)
        return 0
    until = unit.now + LATER if asked.verdict == "later" else None
    reason = said_why(asked.reason) if asked.verdict == "different" else asked.reason.strip()
    return store.judge(unit, pair, verdict=asked.verdict, until=until, reason=reason, by_id=actor.id)


class _Records:
    """Each record read once."""

    def __init__(self, reading: Reading, actor: Actor) -> None:
        self.reading, self._actor = reading, actor
        self._known: dict[int, Row[Any] | None] = {}
        self._facts: dict[int, Demographics] = {}

    def of(self, patient_id: int) -> Row[Any] | None:
        if patient_id not in self._known:
            self._known[patient_id] = record.one(self.reading, self._actor, patient_id)
        return self._known[patient_id]

    def facts(self, row: Row[Any]) -> Demographics:
        if row.id not in self._facts:
            self._facts[row.id] = facts(self.reading, row)
        return self._facts[row.id]


def _is_open(reading: Reading, said: Row[Any] | None) -> bool:
    if said is None or said.verdict == "proposed":
        return True
    return bool(said.verdict == "later" and said.until <= reading.now)


def _pair(rows: _Records, pair: tuple[int, int], said: Row[Any] | None) -> Pair | None:
    a, b = rows.of(pair[0]), rows.of(pair[1])
    if a is None or b is None or a.survivor_id is not None or b.survivor_id is not None:
        return None
    one, other = rows.facts(a), rows.facts(b)
    match = score(one, other)
    proposed = said if said is not None and said.verdict == "proposed" else None
    if match.decision == "different" and proposed is None:
        return None
    asked = {"proposed_by": proposed.by_id, "into": proposed.into_id, "why": proposed.reason} if proposed else {}
    against = tuple(veto.removesuffix(" in conflict") for veto in match.vetoes if veto.endswith("in conflict"))
    return Pair(a.id, b.id, _named(a), _named(b), match.score, _fields(a, one, b, other), against, **asked)


def _named(row: Row[Any]) -> str:
    return display_name(name_of(row))


def _fields(a: Row[Any], one: Any, b: Row[Any], other: Any) -> tuple[Field, ...]:
    lines = [_lines(a, one), _lines(b, other)]
    return tuple(Field(name, lines[0][name], lines[1][name], lines[0][name] != lines[1][name]) for name in lines[0])


def _lines(row: Row[Any], of: Any) -> dict[str, str]:
    return {
        "Name": _named(row),
        "Middle name": row.middle,
        "Birth date": of.birth_date or "",
        "Sex": row.sex,
        "Language": row.language,
        "Phones": ", ".join(sorted(of.phones)),
        "Emails": ", ".join(sorted(of.emails)),
        "Address": ", ".join(str(part) for part in row.address.values()),
        "Numbers": ", ".join(sorted(f"{one.system} {one.value}" for one in of.identifiers)),
    }


def _refuse_others(actor: Actor) -> None:
    if MATRIX[Permission.MERGE_PATIENTS][actor.role] not in ("A", "P"):
        raise Forbidden(f"Your role does not allow this: {Permission.MERGE_PATIENTS.value}.")
