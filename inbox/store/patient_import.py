"""SQL of taking in many patients: everybody as the matching compares them, a few as they stand, rows by the hundred."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, and_, insert, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import contact_links, contact_points, duplicate_candidates, patient_identifiers, patients

#: Rows asked for in one statement.
AT_ONCE = 5_000


def everybody(reading: Reading) -> Iterator[tuple[Row[Any], list[tuple[str, str]], list[tuple[str, str]]]]:
    """Each record in use with its living numbers and the addresses that are its own now, (system or kind, value)."""
    last = 0
    while True:
        wanted = select(patients).where(patients.c.survivor_id.is_(None), patients.c.id > last)
        found = reading.all(wanted.order_by(patients.c.id).limit(AT_ONCE))
        if not found:
            return
        ids = (found[0].id, found[-1].id)
        held, points = _numbers(reading, ids), _points(reading, ids)
        for row in found:
            yield row, held[row.id], points[row.id]
        last = found[-1].id


def rows(reading: Reading, ids: Collection[int]) -> dict[int, Row[Any]]:
    """These records, by id."""
    return {row.id: row for row in reading.all(select(patients).where(patients.c.id.in_(sorted(ids))))}


def ever_reached(reading: Reading, ids: Collection[int]) -> dict[int, dict[tuple[str, str], bool]]:
    """The addresses that were ever these records', (kind, value) by record, and whether each is their own now."""
    ended = (contact_links.c.valid_to, contact_links.c.proxy_id)
    wanted = select(contact_links.c.patient_id, contact_points.c.kind, contact_points.c.value, *ended).join(
        contact_points, contact_points.c.id == contact_links.c.contact_id
    )
    found: dict[int, dict[tuple[str, str], bool]] = {one: {} for one in ids}
    for row in reading.all(wanted.where(contact_links.c.patient_id.in_(sorted(ids)))):
        of, point = found[row.patient_id], (row.kind, row.value)
        of[point] = of.get(point, False) or (row.valid_to is None and row.proxy_id is None)
    return found


def add(unit: Transaction, values: dict[str, Any]) -> int:
    """A new record, with the next statement that needs it."""
    patient_id = unit.new_id()
    unit.insert_later(patients, [{"id": patient_id, "created_at": unit.now, **values}])
    return patient_id


def add_number(unit: Transaction, patient_id: int, number: tuple[str, str]) -> None:
    """A living number of a system."""
    row = {"id": unit.new_id(), "patient_id": patient_id, "system": number[0], "value": number[1]}
    unit.insert_later(patient_identifiers, [row])


def add_link(unit: Transaction, patient_id: int, contact_id: int, rank: int) -> None:
    """An address of the patient that nobody has checked yet."""
    row = {"id": unit.new_id(), "patient_id": patient_id, "contact_id": contact_id, "relationship": "self"}
    unit.insert_later(contact_links, [{**row, "rank": rank, "valid_from": unit.now}])


def change(unit: Transaction, row: Row[Any], values: dict[str, Any]) -> None:
    """New values of a record's own row, whose version rises."""
    same = and_(patients.c.id == row.id, patients.c.version == row.version)
    unit.execute(update(patients).where(same).values(version=row.version + 1, **values))


def add_candidates(unit: Transaction, patient_id: int, alike: Sequence[tuple[int, float]]) -> None:
    """Records, with their points, that a person has to compare with this new one."""
    pairs = [(min(patient_id, other), max(patient_id, other), points) for other, points in alike]
    added = [{"a_id": a, "b_id": b, "score": round(points), "at": unit.now} for a, b, points in pairs]
    unit.flush()  # the pair refers to a record that may be put off yet
    unit.execute(insert(duplicate_candidates), added)


def candidates(reading: Reading, limit: int) -> list[tuple[int, int]]:
    """Pairs that imports left to people, of records in use, likeliest first."""
    one, other = patients.alias("one"), patients.alias("other")
    wanted = (
        select(duplicate_candidates.c.a_id, duplicate_candidates.c.b_id)
        .join(one, and_(one.c.id == duplicate_candidates.c.a_id, one.c.survivor_id.is_(None)))
        .join(other, and_(other.c.id == duplicate_candidates.c.b_id, other.c.survivor_id.is_(None)))
        .order_by(duplicate_candidates.c.score.desc(), duplicate_candidates.c.a_id)
        .limit(limit)
    )
    return [(row.a_id, row.b_id) for row in reading.all(wanted)]


def _numbers(reading: Reading, ids: tuple[int, int]) -> defaultdict[int, list[tuple[str, str]]]:
    of = patient_identifiers
    wanted = select(of.c.patient_id, of.c.system, of.c.value).where(of.c.live, of.c.patient_id.between(*ids))
    found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in reading.all(wanted):
        found[row.patient_id].append((row.system, row.value))
    return found


def _points(reading: Reading, ids: tuple[int, int]) -> defaultdict[int, list[tuple[str, str]]]:
    own = (contact_links.c.valid_to.is_(None), contact_links.c.proxy_id.is_(None))
    wanted = select(contact_links.c.patient_id, contact_points.c.kind, contact_points.c.value).join(
        contact_points, contact_points.c.id == contact_links.c.contact_id
    )
    found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in reading.all(wanted.where(contact_links.c.patient_id.between(*ids), *own)):
        found[row.patient_id].append((row.kind, row.value))
    return found
