"""The chat widget: its loader, the page in its frame, and the socket on which a patient writes and we answer.

The socket only stores what is written and acknowledges it once durable; what we answer comes from `inbox/chat`.
"""

from __future__ import annotations

import hashlib
import math
import time
from datetime import UTC
from pathlib import Path
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post, websocket
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from channels import chat
from channels.envelope import BadSignature, DoorRequest, Unparseable
from channels.form_body import read_body
from inbox import chat_file, chat_place, originals
from inbox import form as forms
from inbox.errors import DoorClosed, Invalid, NotFound, TooMany
from inbox.house import House
from inbox.intake import Arrived, Doorstep
from inbox.opening import Opening, opening
from ui import guards, patient
from ui.chat_visit import POLICY_VIOLATION, ChatVisit, Limits, Socket
from ui.forms import AUTOFILL, script, topics
from ui.patient_words import WORDS

#: What a multipart body needs around its file.
MOST_HEAD = 16_384
_LOADER = Path(__file__).parent / "static" / "patient" / "chat-loader.js"


@get("/chat/widget.js", sync_to_thread=True)
def loader() -> Response[bytes]:
    """The script that a clinic's site carries: a button, and the frame once somebody presses it."""
    return script(_LOADER)


@get("/chat/frame", sync_to_thread=True)
def frame(request: Request[Any, Any, Any], house: NamedDependency[House]) -> Response[str]:
    """The chat itself. Sets no cookie; its script keeps the session for as long as the tab lives."""
    with house.database.snapshot() as reading:
        before, attended = forms.read(reading, chat.QUESTIONS), chat_place.is_attended(reading)
    here = opening(house.configuration.practice(), "chat", house.database.clock())
    spoken = patient.language(request)
    asked = [field for field in before.fields if field.type != "file"] if before else []
    shown: dict[str, Any] = {"asked": asked, "form": before, "autofill": AUTOFILL, "topics": topics(spoken)}
    notice = _notice(house, here, spoken, attended=attended)
    return patient.page(request, house, "chat.html", notice=notice, is_open=here.is_open, **shown)


@websocket("/chat/live")
async def live(socket: Socket) -> None:
    """Our own frame, or a program without an Origin. Refuses (403) other sites and an address with ten sockets."""
    limits: Limits = socket.app.state.setdefault("chat_limits", Limits())
    address = guards.client_address(socket)
    origin = socket.headers.get("origin")
    is_ours = origin is None or origin in guards.origins(guards.house_of(socket))
    if not is_ours or not limits.seats.take(address):
        await socket.close(code=POLICY_VIOLATION)
        return
    try:
        await ChatVisit(socket, limits, address).run()
    finally:
        limits.seats.leave(address)


@post("/chat/files", request_max_body_size=chat.FILE_BYTES + MOST_HEAD, status_code=202)
async def upload(request: Request[Any, Any, Any], house: NamedDependency[House], state: State) -> Response[Any]:
    """A picture or PDF of at most 10 MB: multipart with `session` (its token), `client_id` and one file. 202 once it
    is durable; 422 for another kind of file, 429 too fast."""
    raw = await request.body()
    kept = {"content-type": request.headers.get("content-type", "")}
    door = DoorRequest(f"{house.settings.public_url}/chat/files", kept, raw)
    try:
        session = chat.open_token(read_body(door).fields.get("session", ""), house.keys.chat)
        said = chat.parse_file(door, session)
    except BadSignature:
        raise DoorClosed("This chat is not known here.") from None
    except Unparseable as error:
        raise Invalid(str(error), fields={"file": "a picture or a PDF"}) from None
    limits: Limits = state.setdefault("chat_limits", Limits())
    wait = limits.pace.wait(session, time.monotonic())
    if wait:
        raise TooMany("Too many files at once.", retry_after=math.ceil(wait))
    named = DoorRequest(door.url, kept | {chat.SESSION_HEADER: session}, raw)
    doorstep: Doorstep = state.running.doorstep
    # a browser that tries again draws another boundary: the file says whether it is the same
    digest = hashlib.sha256(said.attachments[0].content or b"").hexdigest()
    await doorstep.accept(Arrived("chat.file", "chat", "chat", said.external_id, named, digest))
    return Response(
        {"ack": said.external_id.partition(":")[2], "at": house.database.clock().astimezone(UTC)}, status_code=202
    )


@get("/chat/files/{token:str}", sync_to_thread=True)
def download(request: Request[Any, Any, Any], token: FromPath[str], house: NamedDependency[House]) -> Response[bytes]:
    """A file of the chat behind its address; 404 for a wrong or old one."""
    row = house.database.write(chat_file.fetch, house, token, address=guards.client_address(request))
    try:
        content = house.files.read(row.blob)
    except (OSError, ValueError):
        raise NotFound("There is no such file.") from None
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(row.filename or 'file', safe='')}",
        "content-security-policy": "sandbox; default-src 'none'",
        "cross-origin-resource-policy": "same-origin",
    }
    drawn = row.content_type if row.content_type in originals.PICTURES else "application/octet-stream"
    return Response(content, media_type=drawn, headers=headers)


def _notice(house: House, here: Opening, spoken: patient.Language, *, attended: bool) -> str:
    """When we answer, or open; no time is named while nobody is there to keep it."""
    now, practice, words = house.database.clock(), house.configuration.practice(), WORDS[spoken]
    if here.is_open:
        return patient.reply_promise(here, practice, now, spoken) if attended else words["no_promise"]
    if here.opens_at is not None:
        return words["chat_closed"].format(time=patient.moment(here.opens_at, practice, now, spoken))
    return words["chat_never"]


HANDLERS = [loader, frame, upload, download, live]
