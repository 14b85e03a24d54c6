"""A mail's own page and the files of a message, for those who may read the message. Out of sight is not there."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from inbox.actors import Actor, Vis, can_see
from inbox.call_recording import MACHINE
from inbox.errors import NotFound
from inbox.store import originals as store
from inbox.store.database import Reading

#: What a browser draws and nothing else; svg may hold scripts. Larger ones are taken away as files.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
LARGEST_PICTURE = 2_000_000


class Picture(msgspec.Struct, frozen=True):
    """A picture that came with a mail and belongs into its page, by the id the page names it by."""

    content_id: str
    content_type: str
    blob: str


class Original(msgspec.Struct, frozen=True):
    """`html` is the sanitised page; of a file, `blob` is the key of its bytes in `inbox.files`."""

    conversation_id: int
    patient_id: int | None
    html: str = ""
    blob: str = ""
    filename: str = ""
    content_type: str = ""


def body(reading: Reading, *, actor: Actor, message_id: int) -> Original:
    """The page a mail came as. Raises NotFound."""
    row = _readable(store.html_of(reading, message_id), actor)
    return Original(row.of_id, row.of_subject_patient_id, html=row.html)


def pictures(reading: Reading, message_id: int) -> list[Picture]:
    """The small pictures that came with a mail; ask for its `body` first, which decides who may see them."""
    found = store.inline(reading, message_id, tuple(PICTURES), LARGEST_PICTURE)
    return [Picture(row.content_id.strip("<>"), row.content_type, row.blob) for row in found]


def attachment(reading: Reading, *, actor: Actor, attachment_id: int) -> Original:
    """A stored file. Raises NotFound."""
    row = _readable(store.attachment(reading, attachment_id), actor)
    return Original(
        row.of_id,
        row.of_subject_patient_id,
        blob=row.blob or "",
        filename=row.filename,
        content_type=row.content_type,
    )


def _readable(row: Row[Any] | None, actor: Actor) -> Row[Any]:
    if row is not None:
        clinical = row.of_clinical or row.message_class == "clinical"
        vis = Vis(row.of_team, row.of_owner_id, clinical, row.of_sensitive, row.of_subject_patient_id, row.of_id)
        sight = can_see(actor, vis)
        # the recording of a call between people is for those who read clinical notes (privacy.md §3)
        if sight.notes if row.of_machine == MACHINE else sight.texts:
            return row
    raise NotFound("There is no such file.")
