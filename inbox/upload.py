"""Files that a person puts aside for a reply: judged by their content, kept for their writer alone until sent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from channels import media_kinds
from inbox.actors import Actor, Permission
from inbox.errors import Invalid, NotFound
from inbox.house import House
from inbox.keys import is_signed, sign
from inbox.store import attachments
from inbox.store import uploads as store
from inbox.store.database import Reading, Transaction
from inbox.working import opened

#: The most a file may have; a mail takes a third more than its files.
MOST_BYTES = 18 * media_kinds.MEGABYTE
#: What one person may have put aside and not sent, in all conversations together.
MOST_FILES, MOST_ASIDE = 50, 200 * media_kinds.MEGABYTE
#: How long a carrier may fetch a file from its address.
LIFE = timedelta(hours=1)


class File(msgspec.Struct, frozen=True):
    """A file whose bytes are kept: `blob` is their key."""

    filename: str
    content_type: str
    size: int
    sha256: str
    blob: str


def keep(house: House, filename: str, content: bytes) -> File:
    """Judges and stores the bytes. Raises Invalid for an empty file or a kind that nobody should be sent."""
    kind = media_kinds.kind_of(content)
    if not kind:
        raise Invalid(fields={"file": "send a PDF, a picture (PNG, JPEG, GIF, WebP) or plain text"})
    name = "".join(one for one in filename if one.isprintable() and one not in '/\\"')[-120:] or "file"
    return File(name, kind, len(content), hashlib.sha256(content).hexdigest(), house.files.keep(content))


def add(unit: Transaction, *, actor: Actor, conversation_id: int, file: File) -> int:
    """Puts a kept file aside for a reply here; answers its id. Raises Invalid when too much lies aside already."""
    row = opened(unit, actor, conversation_id, Permission.REPLY)
    _leave_room(unit, actor, file.size)
    values = {"conversation_id": row.id, "actor_id": actor.id, **msgspec.structs.asdict(file)}
    upload_id = store.add(unit, values)
    details = {"upload": upload_id, "size": file.size, "type": file.content_type}
    unit.record("upload.kept", actor_id=actor.id, details=details)
    return upload_id


def _leave_room(unit: Transaction, actor: Actor, size: int) -> None:
    files, octets = store.aside(unit, actor.id)
    if files >= MOST_FILES or octets + size > MOST_ASIDE:
        room = f"at most {MOST_FILES} files and {MOST_ASIDE // media_kinds.MEGABYTE} MB wait to be sent"
        raise Invalid(fields={"file": f"{room} for one person; send or remove some first"})


def of(reading: Reading, *, actor: Actor, conversation_id: int) -> Sequence[Row[Any]]:
    """This person's files here that were not sent; sight of the conversation was asked before."""
    return store.waiting(reading, conversation_id, actor.id)


def remove(unit: Transaction, *, actor: Actor, conversation_id: int, upload_id: int) -> int:
    """It will not be sent. Raises NotFound for another's or a sent one."""
    row = opened(unit, actor, conversation_id, Permission.REPLY)
    if not store.remove(unit, upload_id, row.id, actor.id):
        raise NotFound("There is no such file.")
    unit.record("upload.removed", actor_id=actor.id, details={"upload": upload_id})
    return upload_id


def chosen(unit: Transaction, row: Row[Any], actor: Actor, ids: Sequence[int], channel: str) -> list[Row[Any]]:
    """The files of a reply. Raises Invalid for one that is not there or that the channel does not carry."""
    found = [one for one in store.waiting(unit, row.id, actor.id) if one.id in ids]
    if len(found) != len(set(ids)):
        raise Invalid(fields={"attachments": "a file is not there any more; add it again"})
    why = media_kinds.refusal(channel, [(one.content_type, one.size) for one in found]) if found else ""
    if why:
        raise Invalid(fields={"attachments": why})
    return found


def attach(unit: Transaction, files: Sequence[Row[Any]], message_id: int) -> None:
    """The files go with this message."""
    if not files:
        return
    shared = ("filename", "content_type", "size", "sha256", "blob")
    rows = [
        {"id": unit.new_id(), "message_id": message_id, "inline": False, "state": "stored"}
        | {name: getattr(one, name) for name in shared}
        for one in files
    ]
    unit.flush()  # the files refer to their message
    attachments.add(unit, rows)
    store.send(unit, [one.id for one in files], message_id)


def address(house: House, attachment_id: int) -> str:
    """Where a carrier fetches a file of a reply, for LIFE: signed, and saying nothing."""
    until = str(int((house.database.clock() + LIFE).timestamp()))
    mac = sign(house.keys.file, str(attachment_id), until)
    return f"{house.settings.public_url}/media/{attachment_id}.{until}.{mac}"


def fetched(reading: Reading, house: House, token: str) -> Row[Any]:
    """The outgoing file behind such an address. Raises NotFound for a wrong or old one."""
    attachment_id, _, rest = token.partition(".")
    until, _, mac = rest.partition(".")
    known = attachment_id.isdecimal() and until.isdecimal() and is_signed(mac, house.keys.file, attachment_id, until)
    if known and int(until) >= reading.now.timestamp():
        row = attachments.get(reading, int(attachment_id))
        if row is not None and row.blob:
            return row
    raise NotFound("There is no such file.")
