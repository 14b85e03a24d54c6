"""What a message was before it became a line of the timeline: the mail's own page, its files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, select

from inbox.store.database import Reading
from inbox.store.tables import attachments, conversations, messages

_c = conversations.c
_SEEN_BY = (_c.id, _c.subject_patient_id, _c.team, _c.owner_id, _c.clinical, _c.sensitive)
_MESSAGE = (messages.c["class"].label("message_class"), messages.c.machine.label("of_machine"))
_OF = (*_MESSAGE, *(column.label(f"of_{column.name}") for column in _SEEN_BY))


def html_of(reading: Reading, message_id: int) -> Row[Any] | None:
    """The sanitised page of a mail with what its visibility depends on."""
    wanted = select(messages.c.html, *_OF).join(conversations, _c.id == messages.c.conversation_id)
    return reading.one(wanted.where(messages.c.id == message_id, messages.c.html.is_not(None)))


def inline(reading: Reading, message_id: int, kinds: Collection[str], largest: int) -> Sequence[Row[Any]]:
    """The stored files that belong into a mail's page, of these types and no larger."""
    wanted = select(attachments.c.content_id, attachments.c.content_type, attachments.c.blob).where(
        attachments.c.message_id == message_id,
        attachments.c.state == "stored",
        attachments.c.content_id != "",
        attachments.c.content_type.in_(kinds),
        attachments.c.size <= largest,
    )
    return reading.all(wanted.order_by(attachments.c.id).limit(20))


def attachment(reading: Reading, attachment_id: int) -> Row[Any] | None:
    """A stored file with what its visibility depends on."""
    wanted = (
        select(attachments.c.blob, attachments.c.filename, attachments.c.content_type, *_OF)
        .join(messages, messages.c.id == attachments.c.message_id)
        .join(conversations, _c.id == messages.c.conversation_id)
    )
    return reading.one(wanted.where(attachments.c.id == attachment_id, attachments.c.state == "stored"))
