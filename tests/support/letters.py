"""Letters and questions behind links, put there as the use cases put them, for whoever opens them in a test."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from inbox import closure, private_link, reply, secure, survey
from inbox.actors import Actor
from inbox.house import House
from inbox.store import contacts, threads
from inbox.store import tables as t

BORN = date(1984, 5, 2)


def confirm(house: House, conversation: int, *, language: str = "", born: date | None = BORN) -> int:
    """Somebody found out who writes: a patient with this birth date. Answers the patient."""
    with house.database.transaction() as unit:
        row = threads.get(unit, conversation)
        patient = unit.new_id()
        named = {"given": "Maria", "family": "Alvarez", "search_name": "maria alvarez", "birth_on": born}
        unit.execute(insert(t.patients).values(id=patient, created_at=unit.now, **named))
        contacts.link(unit, contact_id=row.sender_contact_id, patient_id=patient, verified=True)
        values = {"subject_patient_id": patient, "subject_certainty": "confirmed", "language": language}
        unit.execute(update(t.conversations).where(t.conversations.c.id == conversation).values(**values))
    return patient


def seal(house: House, actor: Actor, conversation: int, text: str) -> tuple[int, str]:
    """A reply that left as a notice with a link; answers the message and the token."""
    with house.database.transaction() as unit:
        made = secure.seal(unit, house, row=threads.get(unit, conversation), text=text)
        draft = reply.Draft(client_id=f"letter-{conversation}", text=made.body)
        message = reply.send(unit, house, actor=actor, conversation_id=conversation, draft=draft)
        made.store(message)
    return message, private_link.token(house, "s", message)


def only(house: House, table: Any) -> Any:
    """The one row of a table."""
    with house.database.snapshot() as reading:
        (row,) = reading.all(select(table))
    return row


def ask(house: House, actor: Actor, conversation: int) -> str:
    """A closed conversation whose patient was asked how we did; answers the token."""
    with house.database.transaction() as unit:
        ending = closure.Ending(client_id=f"end-{conversation}", outcome="resolved", waiver="told_on_phone")
        closed = closure.close(unit, house, actor=actor, conversation_id=conversation, ending=ending)
        row = threads.get(unit, conversation)
        said = {"channel": "*", "purpose": "care", "kind": "grant", "method": "spoken", "source": "staff"}
        contacts.add_consent(unit, contact_id=row.sender_contact_id, patient_id=None, evidence={}, **said)
        message_id = survey.ask(unit, house, closed)
        assert message_id is not None
        return private_link.token(house, "survey", message_id)
