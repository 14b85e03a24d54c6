"""The FHIR R4 read side: patients found, one patient's compartment, and who a described patient may be. Shows what the
viewer may see anyway (`can_see`, `store.record.visible`); a parameter that is not understood is refused, never ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement

from inbox import audit, fhir_view
from inbox.actors import MATRIX, Actor, Permission
from inbox.audit import Asked
from inbox.errors import Forbidden, Invalid, NotFound
from inbox.patient_import_known import facts
from inbox.search_query import parse
from inbox.store import contacts, record, search_people
from inbox.store import fhir as store
from inbox.store.database import Reading
from patients import addresses, phones
from patients.demographics import comparable
from patients.fhir import Extension, Patient, Resource
from patients.fhir_answer import MATCH_GRADE, SEARCHES, Entry, Found, Parameters
from patients.fhir_read import system_of, words
from patients.matching import SAME, match
from patients.record import fold
from patients.roster import Incoming, Unreadable, understood

LIMIT, MOST = 50, 200
#: Points from which a pair that a person must judge is called probable, not possible.
PROBABLE = 20.0


class Answer(msgspec.Struct, frozen=True):
    """Entries with the patients whose records they show; `next` is the id to go on behind."""

    entries: tuple[Entry, ...]
    patient_ids: tuple[int, ...]
    next: int | None = None


def search(reading: Reading, *, actor: Actor, kind: str, asked: Mapping[str, str]) -> Answer:
    """Resources of a kind. Patients by any of their parameters; everything else needs `patient`."""
    unknown = {
        name: "is not a search parameter here" for name in asked if name not in {*_known(kind), "_count", "_after"}
    }
    if unknown:
        raise Invalid(fields=unknown)
    if kind == "Patient":
        return _people(reading, actor, asked)
    patient_id = _id(asked.get("patient", "").removeprefix("Patient/"), "patient")
    return Answer(tuple(map(_entry, _compartment(reading, actor, kind, patient_id))), (patient_id,))


def read(reading: Reading, *, actor: Actor, kind: str, resource_id: str) -> Answer:
    """One resource. Raises NotFound for what is not there or not for this viewer."""
    _known(kind)
    if kind == "Patient":
        found = _people(reading, actor, {"_id": resource_id})
        if not found.entries:
            raise NotFound("There is no such patient.")
        return found
    if not resource_id.isascii() or not resource_id.isdigit() or len(resource_id) > 18:
        raise NotFound("There is no such resource.")
    patient_id = store.patient_of(reading, kind, int(resource_id))
    if patient_id is None or record.one(reading, actor, patient_id) is None:  # in the same words: an id tells nothing
        raise NotFound("There is no such resource.")
    entries = [_entry(one) for one in _COMPARTMENT[kind](reading, actor, patient_id) if one.id == resource_id]
    if not entries:
        raise NotFound("There is no such resource.")
    return Answer((entries[0],), (patient_id,))


def find_match(reading: Reading, *, actor: Actor, asked: Parameters) -> Answer:
    """Who the described patient may be, likeliest first: *certain* where the scorer has no doubt, *probable* or
    *possible* where a person has to judge. With `onlyCertainMatches` one or none."""
    given = {one.name: one for one in asked.parameter}
    described = given["resource"].resource if "resource" in given else None
    if described is None:
        raise Invalid(fields={"parameter.resource": "the Patient to look for is missing"})
    wanted = _described(described)
    scored = [
        (found, match(comparable(wanted.facts()), comparable(of))) for found, of in _alike(reading, actor, wanted)
    ]
    likely = sorted((pair for pair in scored if pair[1].decision != "different"), key=lambda pair: -pair[1].score)
    certain = [pair for pair in likely if pair[1].decision == "same"]
    if "onlyCertainMatches" in given and given["onlyCertainMatches"].value_boolean:
        likely = certain if len(certain) == 1 else []
    count = given["count"].value_integer if "count" in given else None
    kept = likely[: max(0, min(count if count is not None else LIMIT, MOST))]
    entries = [_entry(found, _found(one.decision, one.score)) for found, one in kept]
    return Answer(tuple(entries), tuple(int(found.id or 0) for found, _ in kept))


def _known(kind: str) -> Mapping[str, str]:
    if kind not in SEARCHES:
        raise NotFound("This kind of resource is not kept here.")
    return SEARCHES[kind]


def _people(reading: Reading, actor: Actor, asked: Mapping[str, str]) -> Answer:
    fitting = [
        condition for name, value in asked.items() if name in _ASKED for condition in _ASKED[name](reading, value)
    ]
    limit = min(_number(asked.get("_count"), LIMIT, "_count"), MOST)
    found = store.people(reading, actor, fitting, after=_number(asked.get("_after"), 0, "_after"), limit=limit + 1)
    shown = found[:limit]
    entries = tuple(_entry(_patient(reading, row)) for row in shown)
    return Answer(entries, tuple(row.id for row in shown), shown[-1].id if shown and len(found) > limit else None)


def _patient(reading: Reading, row: Any) -> Patient:
    points = [one for one in contacts.of_patient(reading, row.id) if one.relationship != "proxy"]
    return fhir_view.patient(row, record.identifiers(reading, row.id), points, store.merged_into(reading, row.id))


def _compartment(reading: Reading, actor: Actor, kind: str, patient_id: int) -> Sequence[Resource]:
    audits = kind == "AuditEvent" and MATRIX[Permission.AUDIT][actor.role] == "A"  # ids and codes, nothing of a person
    if not audits and record.one(reading, actor, patient_id) is None:
        raise NotFound("There is no such patient.")
    return _COMPARTMENT[kind](reading, actor, patient_id)


def _communications(reading: Reading, actor: Actor, patient_id: int) -> Sequence[Resource]:
    headers = [fhir_view.request(row) for row in store.requests(reading, actor, patient_id)]
    return [*headers, *(fhir_view.message(row, actor) for row in store.said(reading, actor, patient_id))]


def _events(reading: Reading, actor: Actor, patient_id: int) -> Sequence[Resource]:
    """Who audits sees all, everybody else what they did themselves."""
    since, until = datetime(1970, 1, 1, tzinfo=UTC), reading.now + timedelta(seconds=1)
    try:
        lines, _ = audit.newest(reading, actor=actor, asked=Asked(since, until, patient_id, None))
    except Forbidden:
        lines, _ = audit.newest(reading, actor=actor, asked=Asked(since, until, patient_id, actor.id))
    return [fhir_view.event(line) for line in lines]


_COMPARTMENT: dict[str, Callable[[Reading, Actor, int], Sequence[Resource]]] = {
    "RelatedPerson": lambda reading, _, one: [fhir_view.related(row) for row in record.acting_for(reading, one)],
    "Communication": _communications,
    "Task": lambda reading, actor, one: [fhir_view.task(row) for row in store.requests(reading, actor, one)],
    "EpisodeOfCare": lambda reading, _, one: [fhir_view.episode(row) for row in store.care(reading, one)],
    "Consent": lambda reading, _, one: [fhir_view.consent(row, one) for row in record.consent_entries(reading, one)],
    "AuditEvent": _events,
    "Provenance": lambda reading, _, one: [fhir_view.provenance(row) for row in store.merges(reading, one)],
}


def _by_identifier(reading: Reading, value: str) -> list[ColumnElement[bool]]:
    system, bar, number = value.rpartition("|")
    return [store.with_number(system_of(system) if bar and system else None, number)]


def _by_name(reading: Reading, value: str) -> list[ColumnElement[bool]]:
    return search_people.matching(reading, parse(value.replace(":", " ")).wanted)


def _by_phone(reading: Reading, value: str) -> list[ColumnElement[bool]]:
    return [store.at_address("phone", phones.normalise(value).e164 or "")]


def _by_email(reading: Reading, value: str) -> list[ColumnElement[bool]]:
    return [store.at_address("email", addresses.normalise(value).value or "")]


def _by_birth_date(reading: Reading, value: str) -> list[ColumnElement[bool]]:
    try:
        return [store.born(date.fromisoformat(value.removeprefix("eq")))]
    except ValueError:
        raise Invalid(fields={"birthdate": "a day as YYYY-MM-DD"}) from None


_ASKED: dict[str, Callable[[Reading, str], list[ColumnElement[bool]]]] = {
    "_id": lambda _, value: [store.is_one(_id(value, "_id"))],
    "identifier": _by_identifier,
    "name": _by_name,
    "phone": _by_phone,
    "email": _by_email,
    "birthdate": _by_birth_date,
}


def _described(described: Patient) -> Incoming:
    """A search needs no number."""
    try:
        read = words(described)
        return understood(msgspec.structs.replace(read, numbers=read.numbers or [("asked", "asked")]))
    except Unreadable as refusal:
        raise Invalid(fields={f"parameter.resource.{field}": why for field, why in refusal.fields.items()}) from None


def _alike(reading: Reading, actor: Actor, wanted: Incoming) -> list[tuple[Patient, Any]]:
    """Visible records that share a number, an address, the birth date or the whole name, with what they hold."""
    conditions = [store.with_number(system, value) for system, value in wanted.numbers]
    conditions += [store.at_address("phone", one) for one in wanted.phones]
    conditions += [store.at_address("email", one) for one in wanted.emails]
    conditions += [store.born(wanted.birth_on)] if wanted.birth_on else []
    conditions += [store.called([fold(f"{wanted.preferred} {wanted.given} {wanted.family}")])]
    found = []
    for row in store.people(reading, actor, [store.any_of(conditions)], after=0, limit=MOST):
        numbers = [(one.system, one.value) for one in record.identifiers(reading, row.id)]
        points = [(one.kind, one.value) for one in contacts.of_patient(reading, row.id) if one.relationship != "proxy"]
        found.append((_patient(reading, row), facts(row, numbers, points)))
    return found


def _found(decision: str, points: float) -> Found:
    grade = "certain" if decision == "same" else "probable" if points >= PROBABLE else "possible"
    score = round(max(0.0, min(1.0, points / (SAME * 1.5))), 3)
    return Found(extension=(Extension(url=MATCH_GRADE, value_code=grade),), mode="match", score=score)


def _entry(resource: Resource, found: Found | None = None) -> Entry:
    return Entry(resource=resource, search=found or Found(mode="match"))


def _id(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid(fields={field: "the id of a Patient is needed"})
    return int(text)


def _number(text: str | None, default: int, field: str) -> int:
    return _id(text, field) if text else default
