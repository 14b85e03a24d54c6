"""Files in a chat as its visitor gets them: each behind an address of its session that runs out, each fetch logged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox.errors import NotFound
from inbox.house import House
from inbox.keys import is_signed, sign
from inbox.store import access, chat
from inbox.store.database import Transaction

#: How long an address works; a chat that is opened again gets fresh ones.
LIFE = timedelta(hours=1)


class ChatFile(msgspec.Struct, frozen=True):
    """A file of a message as its visitor sees it: `size` in bytes, `url` a path of ours that works for LIFE."""

    name: str
    type: str
    size: int
    url: str


def shown(house: House, session: str, row: Row[Any]) -> ChatFile:
    """An attachment of this session with an address of its own."""
    until = str(int((house.database.clock() + LIFE).timestamp()))
    mac = sign(house.keys.file, "chat", session, str(row.id), until)
    return ChatFile(row.filename, row.content_type, row.size, f"/chat/files/{row.id}.{until}.{mac}")


def fetch(unit: Transaction, house: House, token: str, *, address: str) -> Row[Any]:
    """The stored file behind such an address; the access row stands before a byte leaves. Raises NotFound."""
    file_id, _, rest = token.partition(".")
    until, _, mac = rest.partition(".")
    named = file_id.isdecimal() and until.isdecimal() and len(file_id) < 19
    row = chat.file(unit, int(file_id)) if named else None
    known = row is not None and is_signed(mac, house.keys.file, "chat", row.session, file_id, until)
    if row is None or not known or int(until) < unit.now.timestamp():
        raise NotFound("There is no such file.")
    _note_access(unit, row, address)
    return row


def _note_access(unit: Transaction, row: Row[Any], address: str) -> None:
    access.add(
        unit,
        actor_id=None,
        role="patient",
        object="attachment",
        object_id=row.id,
        patient_id=row.subject_patient_id,
        conversation_id=row.conversation_id,
        how="opened",
        address=address,
    )
