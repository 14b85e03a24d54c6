"""SQL of whom some words name: patients by name, number, address or birth date, and the conversations that are theirs.

Says nothing about who may see them: the callers do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, union_all

from inbox.store import search_index as index
from inbox.store.database import Reading
from inbox.store.search_index import Words
from inbox.store.tables import contact_links, patient_identifiers, patients
from inbox.store.tables import conversations as c
from patients.words import Term

#: A name beside other words has at most so many.
LONGEST_NAME = 3
#: So many ids are named one by one.
FEW = 3_000


def matching(reading: Reading, terms: Sequence[Term], unwanted: Sequence[Term] = ()) -> list[ColumnElement[bool]]:
    """Conditions over patients: each term is the beginning of a name, part of a number or an address, a record number
    or a birth date."""
    wanted = [patients.c.id.in_(_patients_with(reading, term)) for term in terms]
    return [*wanted, *(patients.c.id.not_in(_patients_with(reading, term)) for term in unwanted)]


def sent_by(reading: Reading, terms: Sequence[Term], unwanted: Sequence[Term] = ()) -> ColumnElement[bool]:
    """Conversations about a patient, from an address or from a name that fits all terms."""
    return or_(false(), *ways_of(reading, terms, unwanted))


def ways_of(reading: Reading, terms: Sequence[Term], unwanted: Sequence[Term] = ()) -> list[ColumnElement[bool]]:
    """The same one by one."""
    about = _in_few(reading, c.c.subject_patient_id, select(patients.c.id).where(*matching(reading, terms, unwanted)))
    called = index.holding(reading, index.SENDERS, Words(_beginnings(terms), tuple(unwanted)))
    ways = [about, c.c.id.in_(called)]
    if all(_is_address(term) for term in terms) and not unwanted:
        from_there = [_in_few(reading, c.c.sender_contact_id, _addresses_with(reading, term)) for term in terms]
        ways.append(and_(*from_there))
    return ways


def _in_few(reading: Reading, key: ColumnElement[Any], wanted: Select[Any]) -> ColumnElement[bool]:
    """As `key.in_(wanted)`. Few are named one by one: a planner cannot guess how few some words find, and would rather
    read all conversations."""
    ids = [row[0] for row in reading.all(wanted.limit(FEW + 1))]
    return key.in_(wanted) if len(ids) > FEW else index.one_of(reading, key, ids)


def named_beside(reading: Reading, terms: tuple[Term, ...]) -> list[tuple[tuple[Term, ...], tuple[Term, ...]]]:
    """How terms part into a name and other words: the longest names at the beginning and at the end that somebody has,
    whoever may see them, each with the words that are left."""
    ahead = _longest(reading, [terms[:size] for size in range(1, len(terms))])
    behind = _longest(reading, [terms[-size:] for size in range(1, len(terms))])
    found = [(ahead, terms[len(ahead) :])] if ahead else []
    return found + ([(behind, terms[: -len(behind)])] if behind else [])


def _longest(reading: Reading, names: Sequence[tuple[Term, ...]]) -> tuple[Term, ...]:
    longest: tuple[Term, ...] = ()
    for name in names[:LONGEST_NAME]:
        if not _is_known(reading, name):
            break
        longest = name
    return longest


def _is_known(reading: Reading, name: tuple[Term, ...]) -> bool:
    if any(len(term.words) > 1 and not _is_address(term) for term in name):
        return False
    called = [index.holding(reading, one, Words(_beginnings(name))) for one in (index.PATIENTS, index.SENDERS)]
    if len(name) == 1 and _is_address(name[0]):
        called.append(_addresses_with(reading, name[0]))
    return any(reading.one(one.limit(1)) is not None for one in called)


def _patients_with(reading: Reading, term: Term) -> Select[Any]:
    """Ids of patients that one term fits."""
    found: list[Select[Any]] = [
        index.holding(reading, index.PATIENTS, Words(_beginnings([term]))),
        select(patient_identifiers.c.patient_id).where(
            patient_identifiers.c.live, func.lower(patient_identifiers.c.value) == term.typed.lower()
        ),
    ]
    if _is_address(term):
        linked = _in_few(reading, contact_links.c.contact_id, _addresses_with(reading, term))
        found.append(select(contact_links.c.patient_id).where(linked, contact_links.c.valid_to.is_(None)))
    if term.day is not None:
        found.append(select(patients.c.id).where(patients.c.birth_on == term.day))
    every = union_all(*found).subquery()
    return select(every.c[0])


def _is_address(term: Term) -> bool:
    return bool(term.digits) or "@" in term.typed


def _addresses_with(reading: Reading, term: Term) -> Select[int]:
    part = Term((term.digits,), term.digits, prefix=True) if term.digits else msgspec.structs.replace(term, prefix=True)
    return index.holding(reading, index.ADDRESSES, Words((part,)))


def _beginnings(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Names are found by how they begin."""
    return tuple(msgspec.structs.replace(term, prefix=True) for term in terms)
