"""Files for a reply: the bytes as they are in the body, their name in a header, never in an address."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import anyio.to_thread
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from inbox import draft, upload
from inbox.errors import TooLarge, WarmlineError
from inbox.house import House
from ui.api.acting import CONVERSATION, Act
from ui.guards import Caller
from ui.screen import AnyRequest

UPLOADS = f"{CONVERSATION}/uploads"


@post(UPLOADS, status_code=201, request_max_body_size=None)
async def add(
    request: AnyRequest,
    conversation_id: FromPath[int],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
) -> dict[str, Any]:
    """Puts a file aside; `X-Filename` is its percent-encoded name. 413 over 18 MB, 422 for a kind nobody is sent."""
    await anyio.to_thread.run_sync(_may, house, caller, conversation_id)
    content = await _content(request)
    name = unquote(request.headers.get("x-filename", "file"))
    return await anyio.to_thread.run_sync(_add, house, caller, conversation_id, name, content)


@get(UPLOADS, sync_to_thread=True)
def waiting(
    conversation_id: FromPath[int], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, Any]:
    """One's own files here that were not sent."""
    _may(house, caller, conversation_id)
    with house.database.snapshot() as reading:
        found = upload.of(reading, actor=caller.actor, conversation_id=conversation_id)
    return {"items": [_shown(one.id, one) for one in found]}


@delete(f"{UPLOADS}/{{upload_id:int}}", status_code=200, sync_to_thread=True)
def remove(conversation_id: FromPath[int], upload_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """It will not be sent."""
    return acting.on(conversation_id, upload_id, upload.remove, upload_id=upload_id)


def _may(house: House, caller: Caller, conversation_id: int) -> None:
    """Before any byte is read: who may not answer cannot fill the disk. Raises NotFound, Forbidden."""
    with house.database.snapshot() as reading:
        draft.refuse(reading, actor=caller.actor, conversation_id=conversation_id, mode="reply")


async def _content(request: AnyRequest) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > upload.MOST_BYTES:
            raise TooLarge(f"A file may have {upload.MOST_BYTES // 1_000_000} MB.")
    return bytes(content)


def _add(house: House, caller: Caller, conversation_id: int, name: str, content: bytes) -> dict[str, Any]:
    file = upload.keep(house, name, content)
    try:
        upload_id = house.database.write(upload.add, actor=caller.actor, conversation_id=conversation_id, file=file)
    except WarmlineError:
        house.files.forget(file.blob)
        raise
    return _shown(upload_id, file)


def _shown(upload_id: int, file: Any) -> dict[str, Any]:
    return {"id": upload_id, "filename": file.filename, "content_type": file.content_type, "size": file.size}


ACTS = [add, waiting, remove]
