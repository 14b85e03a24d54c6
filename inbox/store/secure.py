"""SQL of messages behind a link: the letter, whom it is for, its tries, its first opening. Hashes of tokens alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import contact_points, conversations, messages, patients, secure_texts


def add(unit: Transaction, **values: Any) -> int:
    """A letter to be opened by its link."""
    secure_id = unit.new_id()
    unit.execute(insert(secure_texts).values(id=secure_id, **values))
    return secure_id


def find(reading: Reading, token_hash: str) -> Row[Any] | None:
    """A letter with its message, address, conversation, and the patient's birth date where the patient is confirmed."""
    return reading.one(_letters().where(secure_texts.c.token_hash == token_hash))


def get(reading: Reading, secure_id: int) -> Row[Any] | None:
    """The same by its id."""
    return reading.one(_letters().where(secure_texts.c.id == secure_id))


def of_message(reading: Reading, message_id: int) -> Row[Any] | None:
    """The letter of a message."""
    return reading.one(select(secure_texts).where(secure_texts.c.message_id == message_id))


def hold(unit: Transaction, token_hash: str) -> Row[Any] | None:
    """The same, held until the transaction ends: tries are counted one after the other."""
    held = select(secure_texts.c.id).where(secure_texts.c.token_hash == token_hash).with_for_update()
    return find(unit, token_hash) if unit.one(held) is not None else None


def change(unit: Transaction, secure_id: int, **values: Any) -> None:
    """Tries, the first opening, the end."""
    unit.execute(update(secure_texts).where(secure_texts.c.id == secure_id).values(**values))


def codes_sent(reading: Reading, conversation_id: int, template: str) -> Row[Any]:
    """How many codes a letter had, and when the last one: n, last_at."""
    mine = select(func.count().label("n"), func.max(messages.c.at).label("last_at")).where(
        messages.c.conversation_id == conversation_id, messages.c.template == template
    )
    row = reading.one(mine)
    assert row is not None  # an aggregate always has its row
    return row


def _letters() -> Select[Any]:
    columns = (
        secure_texts,
        messages.c.contact_id,
        messages.c.channel,
        messages.c.account,
        messages.c.line,
        messages.c.author_name,
        messages.c.at,
        contact_points.c.kind,
        contact_points.c.value,
        conversations.c.language,
        conversations.c.subject_patient_id.label("patient_id"),
        patients.c.birth_on,
        patients.c.language.label("patient_language"),
    )
    confirmed = (patients.c.id == conversations.c.subject_patient_id) & (
        conversations.c.subject_certainty == "confirmed"
    )
    return (
        select(*columns)
        .join(messages, messages.c.id == secure_texts.c.message_id)
        .join(contact_points, contact_points.c.id == messages.c.contact_id)
        .join(conversations, conversations.c.id == secure_texts.c.conversation_id)
        .outerjoin(patients, confirmed)
    )
