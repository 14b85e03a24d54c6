"""What was said in a conversation, message by message with its files, and what was noted, within the viewer's sight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from inbox.actors import Actor, Vis
from inbox.conversation_shape import Attachment, Message, Note, Part
from inbox.looking import Looking, look_at
from inbox.store import conversation as store
from inbox.store.database import Reading


def messages(reading: Reading, conversation_id: int, seen: Looking, part: Part) -> tuple[Message, ...]:
    """What was said, as the part asks, oldest first."""
    found = store.newest_messages(reading, conversation_id, before=part.before, limit=part.limit)
    files = store.files(reading, [row.id for row in found])
    return tuple(_message(row, files.get(row.id, []), seen) for row in found)


def one(actor: Actor, found: tuple[Any, Sequence[Any]]) -> dict[str, Any] | None:
    """A message that the store has found, with its files, as the API gives it inside a conversation, within the
    viewer's sight; None out of scope. Pushed, not looked up: no glass shows more of it."""
    row, files = found
    seen = look_at(actor, Vis(row.team, row.owner_id, row.clinical, row.sensitive))
    if not seen.sight.operational:
        return None
    said: dict[str, Any] = msgspec.to_builtins(_message(row, files, seen))
    said["class"] = said.pop("klass")
    return said


def note(row: Any, seen: Looking, names: Mapping[int, str]) -> Note:
    """A note with whom it names; no word of it above the viewer's sight."""
    class_ = row._mapping["class"]
    readable = seen.sight.notes if class_ == "clinical" else seen.sight.texts
    text, mentions = row.body if readable else "", tuple(row.mentions)
    to = tuple(names[one] for one in mentions if one in names)
    return Note(row.id, row.author_name, text, row.at, class_, mentions, to)


def _message(row: Any, files: Sequence[Any], seen: Looking) -> Message:
    class_ = row._mapping["class"]
    readable = seen.reads(class_)
    named = seen.sight.person or row.author_kind != "patient"
    return Message(
        id=row.id,
        direction=row.direction,
        channel=row.channel,
        text=(row.body if row.letter is None else row.letter) if readable else "",
        subject=row.subject if readable else "",
        status=row.status,
        external_id=row.external_id if named else None,
        client_id=row.client_id if named else None,
        at=row.at,
        received_at=row.received_at,
        author=row.author_name if named else "",
        author_kind=row.author_kind,
        reply_text=row.reply_text if readable else None,
        html=bool(row.has_html) and readable,
        error=row.error,
        error_code=row.error_code,
        attachments=tuple(_attachment(file, readable) for file in files),
        machine=row.machine,
        klass=class_,
        send_at=row.send_at,
        is_secure=row.is_secure,
        opened_at=row.opened_at,
        dmarc=row.dmarc,
    )


def _attachment(file: Any, readable: bool) -> Attachment:
    url = f"/attachments/{file.id}" if readable and file.state == "stored" else ""
    name = file.filename if readable else ""
    return Attachment(file.id, name, file.content_type, file.size, file.sha256, file.state, url, file.inline)
