"""One visitor on the chat's socket: hears what the patient writes and does, tells what is said and how it goes.

Holds no database session between two frames; words are stored before they are acknowledged.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import secrets
import time
from contextlib import aclosing, suppress
from datetime import UTC
from typing import Any

import anyio.to_thread
import msgspec
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from channels import chat
from channels.envelope import BadSignature, DoorRequest, Unparseable
from inbox import chat_left, hand_over
from inbox.chat import Courier, Course, Said
from inbox.house import House
from inbox.intake import Arrived, Doorstep
from ui import guards
from ui.limits import Buckets, Seats, Window

POLICY_VIOLATION, TOO_BIG = 1008, 1009
Socket = WebSocket[Any, Any, Any]


class Limits:
    """A message a second after ten at once; ten sockets for an address; signs of life in plenty. A number is texted
    three times an hour for an address, a code tried five times in ten minutes."""

    def __init__(self) -> None:
        self.pace, self.seats = Buckets(1.0, 10), Seats(10)
        self.signs = Buckets(2.0, 20)
        self.codes, self.tries = Window(3, 3600), Window(5, 600)


class Sign(msgspec.Struct):
    """What a frame says besides words: who the clinic's site says it is, what was seen, whether one writes, and the
    wish to go on by text."""

    session: str = ""
    user: str = ""
    until: int = 0
    proof: str = ""
    seen: str = ""
    typing: bool | None = None
    text_me: str = ""
    code: str = ""


class ChatVisit:
    """One socket."""

    def __init__(self, socket: Socket, limits: Limits, address: str) -> None:
        running = socket.app.state.running
        self._socket, self._limits, self._address = socket, limits, address
        self._house: House = guards.house_of(socket)
        self._doorstep: Doorstep = running.doorstep
        self._courier: Courier = running.chat
        self._mark = secrets.token_hex(6)
        self._session, self._user, self._user_until = "", "", 0
        self._heard: set[str] = set()
        self._writes = False
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
            if self._writes:
                await self._type(on=False)

    async def _begin(self, session: str) -> None:
        """Shows this session: its token, its thread, then what comes."""
        await self._hush()
        self._session = session
        await self._send({"session": chat.token(session, self._house.keys.chat)})
        self._telling = asyncio.create_task(self._tell(session))

    async def _tell(self, session: str) -> None:
        before = Course()
        async with aclosing(self._courier.follow(session)) as thread:  # type: ignore[type-var]  # it is a generator
            async for said in thread:
                if isinstance(said, Course):
                    await self._send(_course(before, said))
                    before = said
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
        sign = _sign(said)
        if sign != Sign() and not self._limits.signs.wait(self._session, time.monotonic()):
            await self._heed(sign)
        if said.pop("session", None) is not None:
            raw = msgspec.json.encode(said)
        if "client_id" in said or "text" in said:
            await self._store(raw, str(said.get("client_id", ""))[:100], str(said.get("text", "")))
        elif sign == Sign() and raw != b"{}":
            await self._send({"error": "no frame with client_id and text"})
        return True

    async def _heed(self, sign: Sign) -> None:
        if sign.session or sign.user:
            await self._become(sign)
        if sign.typing is not None:
            await self._type(on=sign.typing)
        if sign.seen.isdecimal() and len(sign.seen) < 19:
            await self._write(chat_left.seen, self._session, int(sign.seen))
        if sign.text_me:
            await self._send({"text_me": await self._text_me(sign.text_me[:40])})
        if sign.code:
            await self._send(await self._confirm(sign.code[:10]))

    async def _become(self, sign: Sign) -> None:
        """A token in a frame, for programs, or a user of the clinic's site; only before the first message, or words
        would change their session."""
        session = self._resumed(sign.session) if sign.session else self._signed(sign)
        if session and session != self._session and not self._heard:
            await self._begin(session)

    def _signed(self, sign: Sign) -> str:
        with suppress(BadSignature):
            chat.check_user(sign.user, sign.until, sign.proof, self._house.keys.chat_site, self._now())
            self._user, self._user_until = sign.user, sign.until
            return chat.session_of(sign.user, self._house.keys.chat)
        return ""

    def _now(self) -> float:
        return self._house.database.clock().timestamp()

    def _resumed(self, token: str) -> str:
        if token:
            with suppress(BadSignature):
                return chat.open_token(token, self._house.keys.chat)
        return ""

    async def _type(self, *, on: bool) -> None:
        self._writes = on
        await anyio.to_thread.run_sync(lambda: self._courier.typing(self._mark, self._session, on=on))

    async def _text_me(self, phone: str) -> str:
        if self._limits.codes.wait(self._address, time.monotonic()):
            return "later"
        return str(await self._write(hand_over.send_code, self._house, self._session, phone))

    async def _confirm(self, code: str) -> dict[str, Any]:
        if self._limits.tries.wait(self._session, time.monotonic()):
            return {"text_me": "later"}
        ending = await self._write(hand_over.confirm, self._house, self._session, code)
        return {"text_me": "bad"} if ending is None else {"text_me": "done", "ending": ending}

    async def _write(self, use_case: Any, *arguments: Any) -> Any:
        return await anyio.to_thread.run_sync(self._house.database.write, use_case, *arguments)

    async def _store(self, raw: bytes, client_id: str, text: str) -> None:
        """Acknowledges once the message is durable. The same id with the same words is a repeat, whatever its bytes."""
        user = {chat.USER_HEADER: self._user} if self._now() < self._user_until else {}
        headers = {chat.SESSION_HEADER: self._session, **user}
        door = DoorRequest(f"{self._house.settings.public_url}/chat/live", headers, raw)
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


def _sign(said: dict[str, Any]) -> Sign:
    try:
        return msgspec.convert(said, Sign)
    except msgspec.ValidationError:
        return Sign()


def _course(before: Course, now: Course) -> dict[str, Any]:
    """What has changed: `ended`, `writing` (a name or ""), `place` ({number, minutes} or null)."""
    names = ("ended", "writing", "place")
    return {name: getattr(now, name) for name in names if getattr(now, name) != getattr(before, name)}


def _frame(said: Said) -> dict[str, Any]:
    frame = {"id": said.id, "at": said.at, "text": said.text, "author": said.author, "direction": said.direction}
    more = {"client_id": said.client_id, "files": [msgspec.to_builtins(file) for file in said.files]}
    return frame | {name: value for name, value in more.items() if value}
