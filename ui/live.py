"""The live socket: who may open it, frames out, topics in. Two tongues: objects for programs, fragments for screens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import anyio.to_thread
import msgspec
import structlog
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from inbox.house import House
from inbox.live import Hub
from inbox.subscriber import JsonRenderer, Subscriber
from ui import frames
from ui.api.gate import LARGEST
from ui.guards import Caller, house_of
from ui.limits import Buckets, Seats
from ui.live_html import HtmlRenderer
from ui.live_ticket import admit

BEAT_SECONDS = 15.0
FRAMES_A_WRITE = 64
RECHECK_BEATS = 2
SOCKETS_PER_PERSON = 8
#: What a client may send; a screen says a few frames a minute.
FRAMES_A_SECOND, FRAMES_AT_ONCE, FRAME_CHARACTERS = 20.0, 40, 65_536
#: Of these, what it may say of its person; what is over the limit is made good by the next beat.
WORDS_A_SECOND, WORDS_AT_ONCE = 2.0, 8
POLICY_VIOLATION = 1008
log = structlog.get_logger()

_seats = Seats(SOCKETS_PER_PERSON)


class Said(msgspec.Struct):
    """What a client may say."""

    topics: list[str] | None = None
    ack: int | None = None
    resync: int | None = None
    ping: bool | None = None
    here: int | msgspec.UnsetType | None = msgspec.UNSET
    typing: bool = False
    replying: bool = False


@websocket("/live", opt={"scope": "socket"})
async def live(socket: WebSocket[Any, Any, Any]) -> None:
    """Checks who comes before it accepts; then one task reads, one writes, one beats."""
    house = house_of(socket)
    caller = await anyio.to_thread.run_sync(admit, house, socket)
    # the seat is taken before anything is awaited, or a burst of sockets would all find the last one free
    if caller is None or not _seats.take(str(caller.actor.id)):
        await socket.close(code=4403 if caller else 4401)
        return
    try:
        await _welcome(socket, caller)
    finally:
        _seats.leave(str(caller.actor.id))


async def _welcome(socket: WebSocket[Any, Any, Any], caller: Caller) -> None:
    wants_html = "warmline.html.v1" in socket.scope.get("subprotocols", [])
    speaks_json = "warmline.json.v1" in socket.scope.get("subprotocols", [])
    protocol = "warmline.html.v1" if wants_html else "warmline.json.v1" if speaks_json else None
    await socket.accept(subprotocols=protocol)
    hub: Hub = socket.app.state.running.hub
    renderer = socket.app.state.html_renderer if wants_html else socket.app.state.json_renderer
    subscriber = Subscriber(caller.actor, renderer, asyncio.get_running_loop(), caller.id_hash)
    if wants_html:
        subscriber.topics = frozenset()
    try:
        await _serve(socket, hub, subscriber)
    finally:
        hub.leave(subscriber)
        hub.away(subscriber)


async def _serve(socket: WebSocket[Any, Any, Any], hub: Hub, subscriber: Subscriber) -> None:
    since = socket.query_params.get("since")
    epoch = str(socket.query_params.get("epoch", ""))
    if since is not None and not (since.isascii() and since.isdigit() and len(since) < 19):
        await socket.close(code=4400)
        return
    if subscriber.topics is not None:
        # a screen says what it shows before anything is replayed, so that nothing it missed is left out
        await _first_topics(socket, subscriber)
    reset = await anyio.to_thread.run_sync(hub.subscribe, subscriber, int(since) if since is not None else None, epoch)
    if reset is not None:
        await socket.send_data(msgspec.json.encode(reset).decode())
        await socket.close(code=4000)
        return
    tasks = [
        asyncio.create_task(_write(socket, subscriber)),
        asyncio.create_task(_read(socket, hub, subscriber)),
        asyncio.create_task(_beat(hub, subscriber)),
        asyncio.create_task(subscriber.closed()),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task.exception() is not None and not isinstance(task.exception(), (WebSocketDisconnect, TimeoutError)):
                log.warning("socket.failed", error=type(task.exception()).__name__)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if subscriber.close_code:
        await _close_quietly(socket, subscriber.close_code)


async def _first_topics(socket: WebSocket[Any, Any, Any], subscriber: Subscriber) -> None:
    try:
        async with asyncio.timeout(5):
            _heed(_parse(await socket.receive_data(mode="text")), subscriber)
    except (TimeoutError, msgspec.MsgspecError):
        return


async def _write(socket: WebSocket[Any, Any, Any], subscriber: Subscriber) -> None:
    way = frames.way(socket.scope)
    send = way.send if way else partial(_one_by_one, socket)
    subscriber.sink = way.now if way else None
    while waiting := await subscriber.frames():
        for at in range(0, len(waiting), FRAMES_A_WRITE):
            await send(waiting[at : at + FRAMES_A_WRITE])


async def _one_by_one(socket: WebSocket[Any, Any, Any], few: Sequence[bytes]) -> None:
    async with asyncio.timeout(frames.SEND_SECONDS):
        for frame in few:
            await socket.send_data(frame.decode())


async def _read(socket: WebSocket[Any, Any, Any], hub: Hub, subscriber: Subscriber) -> None:
    pace, presence = Buckets(FRAMES_A_SECOND, FRAMES_AT_ONCE), Buckets(WORDS_A_SECOND, WORDS_AT_ONCE)
    while True:
        text = await socket.receive_data(mode="text")
        if pace.wait("", time.monotonic()) or len(text) > FRAME_CHARACTERS:
            subscriber.close_code = POLICY_VIOLATION
            return
        try:
            said = _parse(text)
        except msgspec.MsgspecError:
            continue
        _heed(said, subscriber)
        if said.here is not msgspec.UNSET and not presence.wait("", time.monotonic()):
            await anyio.to_thread.run_sync(_be_here, hub, subscriber, said.here, said)
        if said.resync is not None:
            reset = await anyio.to_thread.run_sync(_resync, hub, subscriber, said.resync)
            if reset is not None:
                subscriber.offer([msgspec.json.encode(reset)])


def _be_here(hub: Hub, subscriber: Subscriber, conversation_id: int | None, said: Said) -> None:
    known = conversation_id if conversation_id is not None and 0 < conversation_id <= LARGEST else None
    hub.here(subscriber, known, said.typing, said.replying)


def _resync(hub: Hub, subscriber: Subscriber, since: int) -> dict[str, Any] | None:
    hub.leave(subscriber)
    return hub.subscribe(subscriber, since)


async def _beat(hub: Hub, subscriber: Subscriber) -> None:
    """The first beat came with the subscription."""
    beats = 0
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        await anyio.to_thread.run_sync(hub.beat, subscriber)
        beats += 1
        if beats % RECHECK_BEATS == 0:
            await anyio.to_thread.run_sync(hub.recheck, subscriber)


def _parse(text: str) -> Said:
    return msgspec.json.decode(text, type=Said)


def _heed(said: Said, subscriber: Subscriber) -> None:
    if said.topics is not None:
        subscriber.topics = frozenset(str(topic)[:100] for topic in said.topics[:50])
        subscriber.dirty = subscriber.uninformed = True


async def _close_quietly(socket: WebSocket[Any, Any, Any], code: int) -> None:
    try:
        async with asyncio.timeout(1):
            await socket.close(code=code)
    except (RuntimeError, WebSocketDisconnect, TimeoutError):
        return


def renderers(house: House) -> dict[str, Any]:
    """The two tongues, one instance each for the whole application."""
    return {"html_renderer": HtmlRenderer(house), "json_renderer": JsonRenderer()}


HANDLERS = [live]
