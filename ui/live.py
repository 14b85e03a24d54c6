"""The live socket: who may open it, frames out, topics in. Two tongues: objects for programs, fragments for screens."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import anyio.to_thread
import msgspec
import structlog
from litestar import WebSocket, post, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect

from inbox import accounts, conversation, keys, record, saved_view, worklist
from inbox import board as boards
from inbox.actors import Actor, Vis, can_see
from inbox.feed import Opened, Round
from inbox.house import House
from inbox.live import Beside, Hub, JsonRenderer, Subscriber
from inbox.store.database import Reading
from inbox.store.journal import Line
from ui import frames, listing, render, timeline, words
from ui.api.gate import LARGEST
from ui.guards import Caller, cookie_name, house_of, origins
from ui.limits import Buckets, Seats

TICKET_SECONDS = 30
BEAT_SECONDS = 15.0
SEND_SECONDS = 5.0
FRAMES_A_WRITE = 64
RECHECK_BEATS = 2
#: At most one fresh set of counts, and one fresh board, per socket and this many seconds.
COUNTS_SECONDS, BOARD_SECONDS = 3.0, 1.0
SOCKETS_PER_PERSON = 8
#: What a client may send; a screen says a few frames a minute.
FRAMES_A_SECOND, FRAMES_AT_ONCE, FRAME_CHARACTERS = 20.0, 40, 65_536
#: Of these, what it may say of its person; what is over the limit is made good by the next beat.
WORDS_A_SECOND, WORDS_AT_ONCE = 2.0, 8
POLICY_VIOLATION = 1008
#: What a screen may sound for. It is told queue and urgency, never who.
RINGS = {"message.received": "new", "clock.breached": "late", "escalation.raised": "late"}
URGENT = 1
FRAGMENTS = ("head", "clocks", "escalations", "panel")
log = structlog.get_logger()

_used_tickets: dict[str, tuple[float, object]] = {}
_seats = Seats(SOCKETS_PER_PERSON)


class Said(msgspec.Struct):
    """What a client may say."""

    topics: list[str] | None = None
    ack: int | None = None
    resync: int | None = None
    ping: bool | None = None
    here: int | msgspec.UnsetType | None = msgspec.UNSET
    typing: bool = False


class HtmlRenderer:
    """Screens get fragments rendered once for everybody who sees the same; the server decides views and sort keys."""

    def __init__(self, house: House) -> None:
        self._house = house

    def views(self, round_: Round, line: Line, subscriber: Subscriber) -> tuple[Any, ...]:
        """What fragments depend on besides the sight: the views a row belongs to for this person, and for those who
        have the conversation open the person, whose acts and whose sight of the patient's other work are their own."""
        row, actor = round_.row(subscriber.actor, line), subscriber.actor
        listens = subscriber.topics is not None and any(topic.startswith("inbox:") for topic in subscriber.topics)
        is_open = subscriber.topics is None or f"conversation:{line.conversation_id}" in subscriber.topics
        has_row = row is not None and listens and _is_newest(round_, line)
        lists = worklist.lists_of(row, actor, subscriber.topics or (), round_.reading.now) if row and has_row else ()
        return (listens, lists, actor.id if is_open else 0, listens and row is not None and _rings(row, line, actor))

    def render(self, round_: Round, line: Line, subscriber: Subscriber) -> dict[str, Any] | None:
        """The frame's operations: for an open conversation what the entry added or changed in it. The panes come
        with a conversation's last entry of the round, the row with its last message too: they show its end."""
        row = round_.row(subscriber.actor, line)
        if row is None:
            return None
        listens, views, _, rings = self.views(round_, line, subscriber)
        ops: list[list[Any]] = []
        if listens and (_is_newest(round_, line) or _is_last_word(round_, line)):
            html = self._fragment(round_.reading, "row", row=row)
            note = listing.left(round_.reading, round_.about(line))
            ops.append(["row", row.id, row.version, row.key, list(views), html, note])
        if rings:
            where = f"{words.team(row.queue)}, {words.priority(row.priority)}"
            ops.append(["alert", RINGS[line.verb], row.priority <= URGENT, where])
        if subscriber.topics is None or f"conversation:{row.id}" in subscriber.topics:
            ops += self._conversation(round_, line, subscriber)
        return {
            "seq": line.seq,
            "at": line.at,
            "verb": line.verb,
            "topic": f"conversation:{row.id}",
            "data": {"conversation_id": row.id, "version": row.version, "ops": ops},
        }

    def besides(self, reading: Reading, subscribers: Sequence[Subscriber]) -> Beside:
        """Fresh counts beside the list and the whole board, no oftener than a person can read."""
        now = time.monotonic()
        boarded: dict[str | int, dict[str, Any]] = {}
        spent = 0
        for subscriber in subscribers:
            on_board = subscriber.topics is not None and "board" in subscriber.topics
            if now - subscriber.extra_at < (BOARD_SECONDS if on_board else COUNTS_SECONDS) or spent >= 10:
                continue
            subscriber.extra_at, subscriber.dirty = now, False
            if on_board:
                scope = _board_scope(subscriber.actor)
                if scope not in boarded:
                    boarded[scope] = self._board(reading, subscriber)
                yield subscriber, boarded[scope]
            else:
                spent += 1
                saved = saved_view.queries(saved_view.listed(reading, actor=subscriber.actor))
                counts = worklist.counts(reading, actor=subscriber.actor, lists=saved)
                yield subscriber, {"verb": "counts", "topic": "inbox", "data": {"ops": [["counts", counts]]}}

    def _board(self, reading: Reading, subscriber: Subscriber) -> dict[str, Any]:
        found = boards.board(reading, actor=subscriber.actor)
        html = self._fragment(reading, "board", board=found, as_table=False)
        return {"verb": "board", "topic": "board", "data": {"ops": [["board", html]]}}

    def _conversation(self, round_: Round, line: Line, subscriber: Subscriber) -> list[list[Any]]:
        opened = round_.opened(subscriber.actor, line)
        if opened is None:
            return []
        view = opened.view
        ops: list[list[Any]] = []
        for item in _changed(opened, line):
            html = self._fragment(round_.reading, "item", item=item, view=view)
            ops.append(["item", view.id, item.id, item.key, html])
        return ops + (self._panes(round_.reading, subscriber.actor, view) if _is_newest(round_, line) else [])

    def _panes(self, reading: Reading, actor: Actor, view: conversation.View) -> list[list[Any]]:
        panel = record.panel(reading, actor=actor, conversation_id=view.id, now=reading.now)
        made = {name: self._fragment(reading, name, view=view, panel=panel) for name in FRAGMENTS}
        return [["panel", view.id, name, view.version, html] for name, html in made.items()]

    def _fragment(self, reading: Reading, name: str, **context: Any) -> str:
        practice = self._house.configuration.practice()
        return render.fragment(
            f"fragments/{name}.html", practice=practice, zone=practice.zone, now=reading.now, **context
        )


def _rings(row: worklist.Row, line: Line, actor: Actor) -> bool:
    """What is a person's own rings for them, what is urgent and nobody's for all who list it."""
    mine = row.owner is not None and row.owner.id == actor.id
    return line.verb in RINGS and (mine or (row.owner is None and row.priority <= URGENT))


def _board_scope(actor: Actor) -> str | int:
    """Those who see all teams share a board by role; the others also see what they own elsewhere, which is theirs."""
    return actor.role if can_see(actor, Vis(team="")).operational else actor.id


def _is_newest(round_: Round, line: Line) -> bool:
    return round_.about(line)[-1] is line


def _is_last_word(round_: Round, line: Line) -> bool:
    """The last message of a conversation in this round: its words are in the row's own."""
    said = [one for one in round_.about(line) if one.verb == "message.received"]
    return bool(said) and said[-1].seq == line.seq


def _changed(opened: Opened, line: Line) -> list[timeline.Item]:
    """The timeline entries that a journal line adds or changes."""
    told = line.verb in timeline.TOLD_ELSEWHERE
    about = [
        ("event", None if told else opened.events.get(line.seq)),
        ("message", opened.messages.get(line.details.get("message", 0))),
        ("note", opened.notes.get(line.details.get("note", 0))),
    ]
    found = [timeline.item(kind, of) for kind, of in about if of is not None]
    calls = opened.view.calls if line.verb.startswith("call.") else ()
    return found + [timeline.item("call", one) for one in calls]


@post("/live/ticket", sync_to_thread=False, status_code=200)
def ticket(house: NamedDependency[House], caller: NamedDependency[Caller]) -> dict[str, str]:
    """A one-use pass for the socket, 30 seconds, useless without its cookie."""
    nonce, expires = secrets.token_urlsafe(12), str(int(time.time()) + TICKET_SECONDS)
    return {"ticket": f"{nonce}.{expires}.{keys.sign(house.keys.ticket, caller.session_id, nonce, expires)}"}


@websocket("/live", opt={"scope": "socket"})
async def live(socket: WebSocket[Any, Any, Any]) -> None:
    """Checks who comes before it accepts; then one task reads, one writes, one beats."""
    house = house_of(socket)
    caller = await anyio.to_thread.run_sync(_admit, house, socket)
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
    send = frames.many(socket.scope) or partial(_one_by_one, socket)
    while waiting := await subscriber.frames():
        for at in range(0, len(waiting), FRAMES_A_WRITE):
            async with asyncio.timeout(SEND_SECONDS):
                await send(waiting[at : at + FRAMES_A_WRITE])


async def _one_by_one(socket: WebSocket[Any, Any, Any], few: Sequence[bytes]) -> None:
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
            await anyio.to_thread.run_sync(_be_here, hub, subscriber, said.here, said.typing)
        if said.resync is not None:
            reset = await anyio.to_thread.run_sync(_resync, hub, subscriber, said.resync)
            if reset is not None:
                subscriber.offer([msgspec.json.encode(reset)])


def _be_here(hub: Hub, subscriber: Subscriber, conversation_id: int | None, typing: bool) -> None:
    known = conversation_id if conversation_id is not None and 0 < conversation_id <= LARGEST else None
    hub.here(subscriber, known, typing)


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


def _admit(house: House, socket: WebSocket[Any, Any, Any]) -> Caller | None:
    """A bearer token and no cookie; or our own origin, a live session and its unused ticket."""
    authorization = socket.headers.get("authorization", "")
    if authorization:
        scheme, _, token = authorization.partition(" ")
        actor = accounts.bearer(house.database, token.strip()) if scheme.lower() == "bearer" else None
        return Caller(actor, id_hash=accounts.hashed(token.strip())) if actor and not actor.must_change else None
    if socket.headers.get("origin") not in origins(house):
        return None
    session_id = socket.cookies.get(cookie_name(house), "")
    session = accounts.session(house.database, session_id) if session_id else None
    if session is None or not _holds(house, session_id, str(socket.query_params.get("ticket", ""))):
        return None
    return Caller(session.actor, session_id, session.id_hash)


def _holds(house: House, session_id: str, given: str) -> bool:
    nonce, _, rest = given.partition(".")
    expires, _, mac = rest.partition(".")
    now = time.time()
    if not nonce or not keys.is_signed(mac, house.keys.ticket, session_id, nonce, expires) or int(expires) < now:
        return False
    mine = object()
    if _used_tickets.setdefault(nonce, (now, mine))[1] is not mine:  # one step: two threads may hold the same ticket
        return False
    if len(_used_tickets) > 10_000:
        for old in [key for key, (at, _) in list(_used_tickets.items()) if at < now - TICKET_SECONDS]:
            _used_tickets.pop(old, None)
    return True


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
