"""A mail's own page in its sandbox, and files to take away or to hear. Each showing is logged before a byte leaves."""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import quote

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

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
    request: AnyRequest,
    message_id: FromPath[int],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    pictures: FromQuery[bool] = False,
) -> Response[Any]:
    """The sanitised page of a mail, for the frame in the timeline; when asked with the pictures that came with it:
    they are put into the page, since the frame may fetch nothing."""
    with house.database.snapshot() as reading:
        found = originals.body(reading, actor=caller.actor, message_id=message_id)
        kept = originals.pictures(reading, message_id) if pictures else []
    _note(request, house, caller, found, "message", message_id, "opened")
    html = _with_pictures(found.html, {one.content_id: _data(house, one) for one in kept})
    headers = {"content-security-policy": f"{FRAME_POLICY}; img-src data:" if pictures else FRAME_POLICY}
    return Response(FRAME.format(html=html), media_type="text/html; charset=utf-8", headers=headers)


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
    wanted = _range(request.headers.get("range", ""), len(content)) if heard else None
    if wanted is None:
        return Response(content, media_type=media_type, headers={**headers, "accept-ranges": "bytes"})
    first, last = wanted
    if first > last:
        headers["content-range"] = f"bytes */{len(content)}"
        return Response(b"", status_code=416, media_type=media_type, headers=headers)
    headers["content-range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], status_code=206, media_type=media_type, headers=headers)


_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_CID = re.compile(r'src="cid:([^"]*)"', re.IGNORECASE)


def _range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range (RFC 9110 §14.1.2), so that a voicemail can be wound; None: the whole. The
    first is beyond the last where nothing of it is there."""
    found = _RANGE.fullmatch(header)
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size - 1 if int(found[2]) else -1
    first = int(found[1])
    return first, -1 if first >= size else min(int(found[2]), size - 1) if found[2] else size - 1


def _data(house: House, picture: originals.Picture) -> str:
    try:
        content = house.files.read(picture.blob)
    except (OSError, ValueError):
        return ""
    return f"data:{picture.content_type};base64,{base64.b64encode(content).decode()}"


def _with_pictures(html: str, data: dict[str, str]) -> str:
    return _CID.sub(lambda match: f'src="{data.get(match[1], "")}"', html) if data else html


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
