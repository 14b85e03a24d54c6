"""The chat widget: its loader, the page in its frame, and the socket on which a patient writes and we answer.

The socket only stores what is written and acknowledges it once durable; what we answer comes from `inbox/chat`.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from contextlib import aclosing, suppress
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, WebSocket, get, post, websocket
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect

from channels import chat
from channels.envelope import BadSignature, DoorRequest, Unparseable
from channels.form_body import read_body
from inbox.chat import Courier, Course, Said
from inbox.errors import DoorClosed, Invalid, TooMany
from inbox.house import House
from inbox.intake import Arrived, Doorstep
from inbox.opening import opening
from ui import forms, guards, patient
from ui.limits import Buckets, Seats
from ui.patient_words import WORDS

POLICY_VIOLATION, TOO_BIG = 1008, 1009
#: What a multipart body needs around its file.
MOST_HEAD = 16_384
_LOADER = Path(__file__).parent / "static" / "patient" / "chat-loader.js"
Socket = WebSocket[Any, Any, Any]


class _Limits:
    """A message a second after ten at once; ten sockets for an address."""

    def __init__(self) -> None:
        self.pace, self.seats = Buckets(1.0, 10), Seats(10)


@get("/chat/widget.js", sync_to_thread=True)
def loader() -> Response[bytes]:
    """The script that a clinic's site carries: a button, and the frame once somebody presses it."""
    return forms.script(_LOADER)


@get("/chat/frame", sync_to_thread=True)
def frame(request: Request[Any, Any, Any], house: NamedDependency[House]) -> Response[str]:
    """The chat itself. Sets no cookie; its script keeps the session for as long as the tab lives."""
    now, practice = house.database.clock(), house.configuration.practice()
    here, spoken = opening(practice, "chat", now), patient.language(request)
    words = WORDS[spoken]
    if here.is_open:
        notice = patient.reply_promise(here, practice, now, spoken)
    elif here.opens_at is not None:
        notice = words["chat_closed"].format(time=patient.moment(here.opens_at, practice, now, spoken))
    else:
        notice = words["chat_never"]
    return patient.page(request, house, "chat.html", notice=notice, is_open=here.is_open)


@websocket("/chat/live")
async def live(socket: Socket) -> None:
    """Our own frame, or a program without an Origin. Refuses (403) other sites and an address with ten sockets."""
    limits: _Limits = socket.app.state.setdefault("chat_limits", _Limits())
    address = guards.client_address(socket)
    origin = socket.headers.get("origin")
    is_ours = origin is None or origin in guards.origins(guards.house_of(socket))
    if not is_ours or not limits.seats.take(address):
        await socket.close(code=POLICY_VIOLATION)
        return
    try:
        await _Visit(socket, limits).run()
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
    limits: _Limits = state.setdefault("chat_limits", _Limits())
    wait = limits.pace.wait(session, time.monotonic())
    if wait:
        raise TooMany("Too many files at once.", retry_after=math.ceil(wait))
    named = DoorRequest(door.url, kept | {"x-chat-session": session}, raw)
    doorstep: Doorstep = state.running.doorstep
    # a browser that tries again draws another boundary: the file says whether it is the same
    digest = hashlib.sha256(said.attachments[0].content or b"").hexdigest()
    await doorstep.accept(Arrived("chat.file", "chat", "chat", said.external_id, named, digest))
    return Response(
        {"ack": said.external_id.partition(":")[2], "at": house.database.clock().astimezone(UTC)}, status_code=202
    )


class _Visit:
    """One socket: hears what the patient writes, tells what is said. No database session is held between the two."""

    def __init__(self, socket: Socket, limits: _Limits) -> None:
        running = socket.app.state.running
        self._socket, self._limits = socket, limits
        self._house: House = guards.house_of(socket)
        self._doorstep: Doorstep = running.doorstep
        self._courier: Courier = running.chat
        self._session = ""
        self._heard: set[str] = set()
        self._telling: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until the patient leaves."""
        await self._socket.accept()
        try:
            await self._begin(self._resumed(self._socket.query_params.get("session", "")) or chat.new_session())
            while await self._hear(await self._socket.receive_text()):
                pass
        except WebSocketDisconnect:
            pass
        finally:
            await self._hush()

    async def _begin(self, session: str) -> None:
        """Shows this session: its token, its thread, then what comes."""
        await self._hush()
        self._session = session
        await self._send({"session": chat.token(session, self._house.keys.chat)})
        self._telling = asyncio.create_task(self._tell(session))

    async def _tell(self, session: str) -> None:
        async with aclosing(self._courier.follow(session)) as thread:  # type: ignore[type-var]  # it is a generator
            async for said in thread:
                if isinstance(said, Course):
                    await self._send({"ended": said.ended})
                elif said.client_id not in self._heard:
                    await self._send(_frame(said))

    async def _hush(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    async def _hear(self, text: str) -> bool:
        """Takes one frame; False when the socket was closed for it."""
        raw = text.encode("utf-8", "replace")
        if len(raw) > chat.MOST_BYTES:
            await self._socket.close(code=TOO_BIG)
            return False
        said = _read(raw)
        if "session" in said:
            await self._resume(str(said.pop("session")))
            raw = msgspec.json.encode(said)
        if said:
            await self._store(raw, str(said.get("client_id", ""))[:100], str(said.get("text", "")))
        elif raw != b"{}":
            await self._send({"error": "no frame with client_id and text"})
        return True

    async def _resume(self, token: str) -> None:
        """A token in a frame, for programs; only before the first message, or words would change their session."""
        session = self._resumed(token)
        if session and session != self._session and not self._heard:
            await self._begin(session)

    def _resumed(self, token: str) -> str:
        if token:
            with suppress(BadSignature):
                return chat.open_token(token, self._house.keys.chat)
        return ""

    async def _store(self, raw: bytes, client_id: str, text: str) -> None:
        """Acknowledges once the message is durable. The same id with the same words is a repeat, whatever its bytes."""
        door = DoorRequest(f"{self._house.settings.public_url}/chat/live", {"x-chat-session": self._session}, raw)
        try:
            key = chat.parse(door, self._session).external_id
        except Unparseable as error:
            await self._send({"error": str(error), "client_id": client_id})
            return
        wait = self._limits.pace.wait(self._session, time.monotonic())
        if wait:
            await self._send({"error": "too fast", "client_id": client_id, "retry_after": math.ceil(wait)})
            return
        self._heard.add(client_id)
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        await self._doorstep.accept(Arrived("chat", "chat", "chat", key, door, digest))
        at = self._house.database.clock().astimezone(UTC)
        await self._send({"ack": client_id, "at": at})

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._socket.send_text(msgspec.json.encode(frame).decode())


def _read(raw: bytes) -> dict[str, Any]:
    """The frame's members, or nothing when it is no JSON object."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}


def _frame(said: Said) -> dict[str, Any]:
    frame = {"id": said.id, "at": said.at, "text": said.text, "author": said.author, "direction": said.direction}
    return {**frame, "client_id": said.client_id} if said.client_id else frame


HANDLERS = [loader, frame, upload, live]
