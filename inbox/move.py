"""A conversation filed under the wrong patient goes to the right one, with a disclosure row for what was seen or sent
while it lay there (45 CFR 164.528). Moving it back is another move.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row, select

from inbox.actors import Actor
from inbox.errors import Conflict, Invalid
from inbox.regroup import done, held, said_why
from inbox.store import disclosures, moves, proxies, threads
from inbox.store.database import Transaction
from inbox.store.tables import patients


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The patient that it is about."""

    patient_id: int
    reason: str
    client_id: str | None = None
    version: int | None = None


def move(unit: Transaction, *, actor: Actor, conversation_id: int, asked: Move) -> int:
    """Answers the act's id. Raises Conflict (stale, merged, the same patient), NotFound, Forbidden, Invalid."""
    reason = said_why(asked.reason)
    earlier = done(unit, asked.client_id or "", "subject", conversation_id=conversation_id)
    if earlier is not None:
        return earlier
    row = held(unit, actor, conversation_id, version=asked.version)
    if row.merged_into is not None:
        raise Conflict("It is merged into another. Move that one.", merged_into=row.merged_into)
    if row.subject_patient_id == asked.patient_id:
        raise Conflict("It is about this patient already.", version=row.version)
    living = patients.c.id == asked.patient_id, patients.c.survivor_id.is_(None)
    if unit.one(select(patients.c.id).where(*living)) is None:
        raise Invalid(fields={"patient_id": "there is no such patient"})
    places: dict[str, Any] = {"from_id": row.subject_patient_id, "to_id": asked.patient_id, "conversation_id": row.id}
    kept = {"kind": "subject", "reason": reason, "client_id": asked.client_id or None}
    move_id = moves.add(unit, by_id=actor.id, before={"certainty": row.subject_certainty}, **places, **kept)
    told = _disclose(unit, row, asked.patient_id, move_id, actor) if row.subject_patient_id is not None else 0
    unit.record(
        "conversation.moved",
        actor_id=actor.id,
        conversation_id=row.id,
        patient_id=asked.patient_id,
        details={"patient": asked.patient_id, "was": row.subject_patient_id, "move": move_id, "disclosures": told},
    )
    marks = [mark for mark in row.marks if mark != "about_whom"]
    subject = {"subject_patient_id": asked.patient_id, "original_patient_id": None, "subject_certainty": "confirmed"}
    writer = proxies.behind(unit, row.sender_contact_id, asked.patient_id)
    threads.change(unit, row, subject | {"sender_proxy_id": writer, "marks": marks})
    return move_id


def _disclose(unit: Transaction, row: Row[Any], right_id: int, move_id: int, actor: Actor) -> int:
    """What we sent may have told this writer of the wrong patient; whoever looked read the right one's words in the
    wrong record. Answers the number of rows."""
    common: dict[str, Any] = {"conversation_id": row.id, "move_id": move_id, "by_id": actor.id}
    common |= {"purpose": "filed under the wrong patient", "basis": "45 CFR 164.528"}
    sent, seen = disclosures.sent_to(unit, row.id), disclosures.seen_by(unit, row.id, row.subject_patient_id)
    if sent:
        recipients = {"recipient": ", ".join(one.value for one in sent), "recipients": [one.id for one in sent]}
        what = "messages sent in this conversation"
        disclosures.add(unit, patient_id=row.subject_patient_id, description=what, **recipients, **common)
    if seen:
        what = "the conversation, seen in the record of another patient"
        disclosures.add(unit, patient_id=right_id, description=what, recipient="staff", recipients=seen, **common)
    return bool(sent) + bool(seen)
