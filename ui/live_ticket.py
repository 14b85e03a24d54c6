"""Who may open the live socket: a program with its token, or a screen of ours with its session and a one-use ticket."""

from __future__ import annotations

import secrets
import time
from typing import Any

import msgspec
from litestar import WebSocket, post
from litestar.di import NamedDependency

from inbox import accounts, keys
from inbox.house import House
from ui.guards import Caller, cookie_name, origins

TICKET_SECONDS = 30

_used_tickets: dict[str, tuple[float, object]] = {}


@post("/live/ticket", sync_to_thread=False, status_code=200)
def ticket(house: NamedDependency[House], caller: NamedDependency[Caller]) -> dict[str, str]:
    """A one-use pass for the socket, 30 seconds, useless without its cookie."""
    nonce, expires = secrets.token_urlsafe(12), str(int(time.time()) + TICKET_SECONDS)
    return {"ticket": f"{nonce}.{expires}.{keys.sign(house.keys.ticket, caller.session_id, nonce, expires)}"}


def admit(house: House, socket: WebSocket[Any, Any, Any]) -> Caller | None:
    """A bearer token and no cookie; or our own origin, a live session and its unused ticket."""
    authorization = socket.headers.get("authorization", "")
    if authorization:
        scheme, _, token = authorization.partition(" ")
        actor = accounts.bearer(house.database, token.strip()) if scheme.lower() == "bearer" else None
        if actor is None or actor.must_change:
            return None
        return Caller(msgspec.structs.replace(actor, glasses=()), id_hash=accounts.hashed(token.strip()))
    if socket.headers.get("origin") not in origins(house):
        return None
    session_id = socket.cookies.get(cookie_name(house), "")
    session = accounts.session(house.database, session_id) if session_id else None
    if session is None or not _holds(house, session_id, str(socket.query_params.get("ticket", ""))):
        return None
    # a screen that stays open outlives a look with a reason: it is shown what the role shows
    return Caller(msgspec.structs.replace(session.actor, glasses=()), session_id, session.id_hash)


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
