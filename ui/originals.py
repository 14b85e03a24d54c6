"""A mail's own page in its sandbox, and files to take away or to hear. Each showing is logged before a byte leaves."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from inbox import originals
from inbox.errors import NotFound
from inbox.house import House
from ui.guards import Caller
from ui.screen import AnyRequest, note_access

#: No script, no form, nothing fetched; links open outside the frame. An inline style may colour, never load.
FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'"
)
FRAME = (
    '<!doctype html><meta charset="utf-8"><title>Mail</title><base target="_blank">'
    "<style>body{{font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere;margin:12px}}</style>{html}"
)
#: Types that a browser only ever hears; anything else is a download of plain bytes.
HEARD = frozenset({"audio/mpeg", "audio/wav", "audio/x-wav", "audio/ogg", "audio/mp4", "audio/aac", "audio/amr"})


@get("/messages/{message_id:int}/body", sync_to_thread=True)
def message_body(
    request: AnyRequest, message_id: FromPath[int], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> Response[Any]:
    """The sanitised page of a mail, for the frame in the timeline alone."""
    with house.database.snapshot() as reading:
        found = originals.body(reading, actor=caller.actor, message_id=message_id)
    _note(request, house, caller, found, "message", message_id, "opened")
    headers = {"content-security-policy": FRAME_POLICY}
    return Response(FRAME.format(html=found.html), media_type="text/html; charset=utf-8", headers=headers)


@get("/attachments/{attachment_id:int}", sync_to_thread=True)
def attachment(
    request: AnyRequest, attachment_id: FromPath[int], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> Response[Any]:
    """A stored file: sound to play here, all else to take away."""
    with house.database.snapshot() as reading:
        found = originals.attachment(reading, actor=caller.actor, attachment_id=attachment_id)
    heard = found.content_type in HEARD
    _note(request, house, caller, found, "attachment", attachment_id, "played" if heard else "opened")
    try:
        content = house.files.read(found.blob)
    except (OSError, ValueError):
        raise NotFound("There is no such file.") from None
    kind = "inline" if heard else "attachment"
    headers = {
        "content-disposition": f"{kind}; filename*=UTF-8''{quote(found.filename or 'file', safe='')}",
        "content-security-policy": "sandbox; default-src 'none'",
        "cross-origin-resource-policy": "same-origin",
    }
    media_type = found.content_type if heard else "application/octet-stream"
    return Response(content, media_type=media_type, headers=headers)


def _note(
    request: AnyRequest,
    house: House,
    caller: Caller,
    found: originals.Original,
    kind: str,
    object_id: int,
    how: str,
) -> None:
    note_access(
        request,
        house,
        caller,
        object=kind,
        object_id=object_id,
        patient_id=found.patient_id,
        conversation_id=found.conversation_id,
        how=how,
    )


HANDLERS = [message_body, attachment]
