"""The column beside a conversation: the patient, how they are reached and what else is open.

Says nothing but a name while nobody confirmed who it is.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from inbox import verification
from inbox.actors import Actor
from inbox.errors import NotFound
from inbox.looking import look, name_of
from inbox.patient_list import age, today
from inbox.record import conversations_of, details, row_of
from inbox.record_shape import Consent, ContactPoint, Identifier, Proxy
from inbox.row import Row
from inbox.store import conversation as conversations
from inbox.store.database import Reading
from patients.record import shown_name


class Panel(msgspec.Struct, frozen=True):
    """The column beside a conversation. While `masked` (nobody confirmed who it is, or the role may not see persons)
    only the name as it may be said is there. `masked_why`: unidentified, unconfirmed, unverified (somebody is on the
    line who has not shown who they are), role or "" ."""

    conversation_id: int
    patient_id: int | None
    name: str
    certainty: str
    masked: bool
    masked_why: str
    birth_on: date | None
    age: int | None
    sex: str
    language: str
    needs: tuple[str, ...]
    preferences: dict[str, str]
    identifiers: tuple[Identifier, ...]
    contact_points: tuple[ContactPoint, ...]
    proxies: tuple[Proxy, ...]
    consents: tuple[Consent, ...]
    open: tuple[Row, ...]
    earlier: tuple[Row, ...]
    notes_hidden: bool


def beside(reading: Reading, *, actor: Actor, conversation_id: int, now: datetime) -> Panel:
    """The column beside a conversation. Raises NotFound out of scope."""
    head = conversations.head(reading, actor, conversation_id)
    if head is None:
        raise NotFound("There is no such conversation.")
    seen = look(actor, head)
    why = _masked_why(head, person=seen.sight.person)
    if not why and not actor.glass_on(head.subject_patient_id, head.id) and verification.is_owed(reading, head.id):
        why = "unverified"
    name = "" if not seen.sight.person else _called(head)
    if why:
        return _masked(head, name, why, notes_hidden=not seen.sight.notes)
    row = row_of(reading, actor, head.subject_patient_id)
    theirs = [one for one in conversations_of(reading, actor, row.id) if one.id != conversation_id]
    return Panel(
        conversation_id=conversation_id,
        patient_id=row.id,
        name=name,
        certainty=head.subject_certainty,
        masked=False,
        masked_why="",
        birth_on=row.birth_on,
        age=age(row.birth_on, today(reading)),
        sex=row.sex,
        language=row.language,
        needs=tuple(row.needs),
        preferences=dict(row.preferences),
        **details(reading, row.id, now),
        open=tuple(one for one in theirs if one.state != "closed"),
        earlier=tuple(one for one in theirs if one.state == "closed"),
        notes_hidden=not seen.sight.notes,
    )


def _masked_why(head: Any, *, person: bool) -> str:
    if not person:
        return "role"
    if head.subject_patient_id is None or head.subject_certainty == "unknown":
        return "unidentified"
    return "" if head.subject_certainty == "confirmed" else "unconfirmed"


def _called(head: Any) -> str:
    return shown_name(name_of(head) if head.subject_patient_id else None, head.subject_certainty)


def _masked(head: Any, name: str, why: str, *, notes_hidden: bool) -> Panel:
    """Nothing but the name as it may be said."""
    return Panel(
        conversation_id=head.id,
        patient_id=None if why == "role" else head.subject_patient_id,
        name=name,
        certainty=head.subject_certainty,
        masked=True,
        masked_why=why,
        birth_on=None,
        age=None,
        sex="",
        language="",
        needs=(),
        preferences={},
        identifiers=(),
        contact_points=(),
        proxies=(),
        consents=(),
        open=(),
        earlier=(),
        notes_hidden=notes_hidden,
    )
