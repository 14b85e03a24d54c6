"""Two records of one human become one, and two again (domain.md §4): never by a machine, always with a reason, and by
two people where the records contradict each other. Who may only propose, proposes. Nothing is deleted.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from inbox.actors import MATRIX, Actor, Permission
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.regroup import done, said_why
from inbox.store import moves, record, threads
from inbox.store import patient_moves as store
from inbox.store.database import Reading, Transaction
from inbox.working import journal
from patients.demographics import Demographics, Identifier, Place
from patients.merging import conflicts


class PatientMerge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record `into` stays in use."""

    into: int
    reason: str
    client_id: str | None = None
    version: int | None = None


class PatientUnmerge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why they are two after all."""

    reason: str


def merge(unit: Transaction, *, actor: Actor, patient_id: int, asked: PatientMerge) -> int:
    """Answers the act's id, or 0 when it was proposed: by a role that may only propose, or since the records contradict
    each other and nobody else has asked for the same. Raises Conflict, NotFound, Forbidden, Invalid."""
    reason = said_why(asked.reason)
    earlier = done(unit, asked.client_id or "", "patient", from_id=patient_id)
    if earlier is not None:
        return earlier
    loser, survivor = _held(unit, actor, patient_id, asked.into)
    if asked.version not in (None, loser.version):
        raise Conflict("The record changed in the meantime.", version=loser.version)
    pair = (min(loser.id, survivor.id), max(loser.id, survivor.id))
    said = store.verdict(unit, pair)
    if said is not None and said.verdict == "different":
        raise Conflict("Somebody said that these are two people. Take that back first.", verdict=said.id)
    seconded = said is not None and said.verdict == "proposed" and said.by_id != actor.id
    numbers = (_numbers(unit, loser.id), _numbers(unit, survivor.id))
    against = conflicts(facts(unit, loser), facts(unit, survivor), *numbers)
    if MATRIX[Permission.MERGE_PATIENTS][actor.role] == "P" or (against and not seconded):
        store.judge(unit, pair, verdict="proposed", into_id=survivor.id, reason=reason, by_id=actor.id)
        details = {"into": survivor.id, "against": list(against)}
        unit.record("patient.merge_proposed", actor_id=actor.id, patient_id=loser.id, details=details)
        return 0
    second = said.by_id if said is not None and seconded else None
    places: dict[str, Any] = {"from_id": loser.id, "to_id": survivor.id, "client_id": asked.client_id or None}
    move_id = moves.add(unit, kind="patient", reason=reason, by_id=actor.id, second_id=second, **places)
    store.end_verdict(unit, pair)
    _join(unit, actor, loser, survivor, move_id)
    return move_id


def unmerge(unit: Transaction, *, actor: Actor, patient_id: int, asked: PatientUnmerge) -> int:
    """Two records again; what began meanwhile goes by the address it came from. Answers the record's new version."""
    reason = said_why(asked.reason)
    root_id = _root(unit, patient_id)
    rows = store.hold(unit, {patient_id, root_id})
    act = moves.live(unit, "patient", patient_id)
    if record.one(unit, actor, root_id) is None or patient_id not in rows:
        raise NotFound("There is no such patient.")
    _refuse_others(actor)
    branch, root = rows[patient_id], rows[root_id]
    if branch.survivor_id is None or root.survivor_id is not None or act is None:
        raise Conflict("It is not merged.", version=branch.version)
    moves.end(unit, act.id, by_id=actor.id, reason=reason)
    _part(unit, actor, branch, root, act)
    unit.record("patient.unmerged", actor_id=actor.id, patient_id=branch.id, details={"from": root.id, "move": act.id})
    unit.record("patient.parted", actor_id=actor.id, patient_id=root.id, details={"branch": branch.id, "move": act.id})
    return int(branch.version) + 1


def facts(reading: Reading, row: Row[Any]) -> Demographics:
    """A record as the matching compares it."""
    points = record.addresses(reading, row.id)
    numbers = record.identifiers(reading, row.id)
    return Demographics(
        given=(*row.given.split(), *row.middle.split()),
        family=row.family,
        suffix=row.suffix,
        birth_date=row.birth_on.isoformat() if row.birth_on else None,
        sex=row.sex,
        phones=tuple(one.value for one in points if one.kind == "phone"),
        emails=tuple(one.value for one in points if one.kind == "email"),
        address=msgspec.convert(row.address, Place),
        identifiers=tuple(Identifier(value=one.value, type="MR", system=one.system) for one in numbers),
        birth_order=row.birth_order,
    )


def _held(unit: Transaction, actor: Actor, loser_id: int, survivor_id: int) -> tuple[Row[Any], Row[Any]]:
    rows = store.hold(unit, {loser_id, survivor_id})
    if any(one not in rows or record.one(unit, actor, one) is None for one in (loser_id, survivor_id)):
        raise NotFound("There is no such patient.")
    if MATRIX[Permission.MERGE_PATIENTS][actor.role] not in ("A", "P"):
        raise Forbidden(f"Your role does not allow this: {Permission.MERGE_PATIENTS.value}.")
    if loser_id == survivor_id:
        raise Invalid(fields={"into": "another record; this is the same one"})
    for row in rows.values():
        if row.survivor_id is not None:
            raise Conflict("This record was merged into another. Undo that first.", survivor=row.survivor_id)
    return rows[loser_id], rows[survivor_id]


def _refuse_others(actor: Actor) -> None:
    if MATRIX[Permission.MERGE_PATIENTS][actor.role] != "A":
        raise Forbidden(f"Your role does not allow this: {Permission.MERGE_PATIENTS.value}.")


def _root(reading: Reading, patient_id: int) -> int:
    survivor = record.survivor(reading, patient_id)
    return patient_id if survivor is None else _root(reading, survivor)


def _numbers(reading: Reading, patient_id: int) -> list[tuple[str, str]]:
    return [(one.system, one.value) for one in record.identifiers(reading, patient_id)]


def _join(unit: Transaction, actor: Actor, loser: Row[Any], survivor: Row[Any], move_id: int) -> None:
    theirs = store.conversations_of(unit, loser.id)
    store.carry(unit, loser.id, survivor.id)
    store.point(unit, loser, survivor.id)
    unit.record(
        "patient.merged", actor_id=actor.id, patient_id=loser.id, details={"into": survivor.id, "move": move_id}
    )
    unit.record(
        "patient.joined", actor_id=actor.id, patient_id=survivor.id, details={"from": loser.id, "move": move_id}
    )
    origins = {one.id: one.original_patient_id or loser.id for one in theirs}
    _refile(unit, actor, origins, survivor.id, "subject.merged")


def _part(unit: Transaction, actor: Actor, branch: Row[Any], root: Row[Any], act: Row[Any]) -> None:
    leaving, tree = store.beneath(unit, branch.id), store.beneath(unit, root.id)
    alone = store.addresses_of(unit, leaving) - store.addresses_of(unit, tree - leaving)
    origins: dict[int, int] = {}
    for one in store.conversations_of(unit, root.id):
        if one.original_patient_id in leaving:
            origins[one.id] = one.original_patient_id
        elif one.opened_at >= act.at and one.sender_contact_id in alone:
            origins[one.id] = branch.id
    store.carry_back(unit, root.id, branch.id, leaving)
    store.point(unit, branch, None)
    _refile(unit, actor, origins, branch.id, "subject.unmerged")


def _refile(unit: Transaction, actor: Actor, origins: dict[int, int], to_id: int, verb: str) -> None:
    """Each conversation tells of it: whoever has it open sees the other name."""
    threads.hold_all(unit, sorted(origins))
    for conversation_id, origin in origins.items():
        row = threads.lock(unit, conversation_id)
        journal(unit, verb, row, actor, patient=to_id, was=row.subject_patient_id)
        threads.change(unit, row, {"subject_patient_id": to_id, "original_patient_id": origin})
