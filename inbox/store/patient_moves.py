"""SQL of records that are one human: what moves with a record, whom it may be, and what people said of a pair."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, and_, exists, func, insert, select, update

from inbox.store import record
from inbox.store.database import Reading, Transaction
from inbox.store.tables import (
    contact_links,
    conversations,
    duplicate_verdicts,
    episodes,
    moves,
    patient_identifiers,
    patients,
    proxies,
)

#: What belongs to a patient and moves with the record; conversations move one by one, each journaled.
CARRIED: tuple[Table, ...] = (patient_identifiers, proxies, episodes, contact_links)
#: So many pairs that have something in common are scored, of each way to have it.
BLOCKED = 100


def hold(unit: Transaction, ids: Collection[int]) -> dict[int, Row[Any]]:
    """The records, held until the transaction ends, by id."""
    wanted = select(patients).where(patients.c.id.in_(sorted(ids))).order_by(patients.c.id)
    return {row.id: row for row in unit.all(wanted.with_for_update(key_share=True))}


def point(unit: Transaction, row: Row[Any], survivor_id: int | None) -> None:
    """Makes the record a tombstone of its survivor, or with None one in use."""
    changed = {"survivor_id": survivor_id, "version": row.version + 1}
    unit.execute(update(patients).where(patients.c.id == row.id).values(changed))


def beneath(reading: Reading, patient_id: int) -> set[int]:
    """The record and all that were merged into it."""
    return {row.id for row in reading.all(record.beneath(patient_id))}


def carry(unit: Transaction, from_id: int, to_id: int) -> None:
    """All of it but a link to an address that the other has already: of two the one of the record in use counts."""
    there = contact_links.alias("there")
    known = exists().where(
        there.c.patient_id == to_id,
        there.c.contact_id == contact_links.c.contact_id,
        func.coalesce(there.c.proxy_id, 0) == func.coalesce(contact_links.c.proxy_id, 0),
        there.c.valid_to.is_(None),
    )
    for table in CARRIED:
        mine = [table.c.patient_id == from_id, *([~known] if table is contact_links else [])]
        origin = func.coalesce(table.c.original_patient_id, table.c.patient_id)
        unit.execute(update(table).where(*mine).values(original_patient_id=origin, patient_id=to_id))


def carry_back(unit: Transaction, from_id: int, to_id: int, origins: Collection[int]) -> None:
    """What came with these records, out of `from_id`."""
    for table in CARRIED:
        theirs = and_(table.c.patient_id == from_id, table.c.original_patient_id.in_(sorted(origins)))
        unit.execute(update(table).where(theirs).values(patient_id=to_id))


def conversations_of(reading: Reading, patient_id: int) -> Sequence[Row[Any]]:
    """The ids of all conversations about a patient, where each came from, who wrote, and since when it is there."""
    names = ("id", "original_patient_id", "sender_contact_id", "opened_at")
    wanted = select(*(conversations.c[name] for name in names)).where(conversations.c.subject_patient_id == patient_id)
    return reading.all(wanted.order_by(conversations.c.id))


def addresses_of(reading: Reading, ids: Collection[int]) -> set[int]:
    """The addresses that these records brought along or have still."""
    owner = func.coalesce(contact_links.c.original_patient_id, contact_links.c.patient_id)
    return {row.contact_id for row in reading.all(select(contact_links.c.contact_id).where(owner.in_(sorted(ids))))}


def alike(reading: Reading) -> list[tuple[int, int]]:
    """Pairs of records in use that share a birth date, a name or an address: those that may be one human at all."""
    one, other = patients.alias("one"), patients.alias("other")
    both = and_(one.c.id < other.c.id, one.c.survivor_id.is_(None), other.c.survivor_id.is_(None))
    pair = (one.c.id.label("a"), other.c.id.label("b"))
    mine, theirs = contact_links.alias("mine"), contact_links.alias("theirs")
    living = and_(mine.c.valid_to.is_(None), theirs.c.valid_to.is_(None))
    shared = (
        select(*pair).join(mine, mine.c.patient_id == one.c.id).join(theirs, theirs.c.contact_id == mine.c.contact_id)
    )
    ways = (
        select(*pair).join(other, one.c.birth_on == other.c.birth_on).where(both),
        select(*pair).join(other, one.c.search_name == other.c.search_name).where(both),
        shared.join(other, other.c.id == theirs.c.patient_id).where(both, living),
    )
    # each for itself: a union of all would be made whole before it is limited
    return [(row.a, row.b) for way in ways for row in reading.all(way.limit(BLOCKED))]


def verdicts(reading: Reading) -> dict[tuple[int, int], Row[Any]]:
    """What people said of pairs and holds now, by pair."""
    holding = duplicate_verdicts.c.ended_at.is_(None)
    return {(row.a_id, row.b_id): row for row in reading.all(select(duplicate_verdicts).where(holding))}


def verdict(reading: Reading, pair: tuple[int, int]) -> Row[Any] | None:
    """What somebody said of this pair and holds now."""
    mine = (duplicate_verdicts.c.a_id == pair[0], duplicate_verdicts.c.b_id == pair[1])
    return reading.one(select(duplicate_verdicts).where(*mine, duplicate_verdicts.c.ended_at.is_(None)))


def judge(unit: Transaction, pair: tuple[int, int], **values: Any) -> int:
    """A new verdict on a pair; the one before ends."""
    end_verdict(unit, pair)
    verdict_id = unit.new_id()
    row = {"id": verdict_id, "a_id": pair[0], "b_id": pair[1], "at": unit.now, **values}
    unit.execute(insert(duplicate_verdicts).values(row))
    return verdict_id


def end_verdict(unit: Transaction, pair: tuple[int, int]) -> None:
    """What was said of the pair holds no more; the row stays."""
    mine = and_(duplicate_verdicts.c.a_id == pair[0], duplicate_verdicts.c.b_id == pair[1])
    unit.execute(
        update(duplicate_verdicts).where(mine, duplicate_verdicts.c.ended_at.is_(None)).values(ended_at=unit.now)
    )


def merged_since(reading: Reading, since: datetime) -> Sequence[Row[Any]]:
    """Merges of records that hold, newest first."""
    holding = (moves.c.kind == "patient", moves.c.undone_at.is_(None), moves.c.at >= since)
    return reading.all(select(moves).where(*holding).order_by(moves.c.at.desc(), moves.c.id.desc()).limit(50))
