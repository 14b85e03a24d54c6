"""Who is asking, and may this request act at all: session or bearer token, CSRF, the headers every answer carries.

What a person may see or do is decided below, in `inbox`; a route only says that it needs a person.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import msgspec
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders, State
from litestar.enums import ScopeType
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import Message, Scope  # at run time too: the framework reads the signatures

from inbox import accounts, keys
from inbox.actors import Actor
from inbox.errors import Forbidden, PasswordDue, Unauthenticated
from inbox.house import House
from inbox.settings import Settings

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Receive, Send

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Doors of providers and patients: verified by their own means, no cookie is read.
DOORS = ("/in/", "/forms/", "/chat/", "/s/", "/survey/", "/wall", "/static/", "/health/")


class Caller(msgspec.Struct, frozen=True):
    """Who sent this request. `session_id` is empty for a bearer token."""

    actor: Actor
    session_id: str = ""
    id_hash: str = ""
    settings: dict[str, Any] = {}
    availability: str = "off"


class Doorman(ASGIMiddleware):
    """Finds the caller of every request outside the doors and puts it into the scope; refuses none by itself."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Sets `scope["auth"]` to a Caller or None."""
        path = scope["path"]
        caller = None
        if not path.startswith(DOORS):
            connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
            caller = await anyio.to_thread.run_sync(identify, house_of(connection), connection)
        scope["auth"] = caller
        scope["user"] = caller.actor if caller else None
        await next_app(scope, receive, send)


def house_of(connection: ASGIConnection[Any, Any, Any, Any]) -> House:
    """The house this application was built around."""
    house = connection.app.state.house
    assert isinstance(house, House)
    return house


def cookie_name(house: House) -> str:
    """`__Host-` needs https; plain http is for loopback only, where programs would not send a Secure cookie."""
    return "__Host-warmline" if house.settings.public_url.startswith("https") else "warmline"


def identify(house: House, connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
    """The caller by bearer token (cookies are then ignored) or by session cookie."""
    authorization = connection.headers.get("authorization", "")
    if authorization:
        scheme, _, token = authorization.partition(" ")
        actor = accounts.bearer(house.database, token.strip()) if scheme.lower() == "bearer" else None
        return Caller(actor) if actor else None
    session_id = connection.cookies.get(cookie_name(house), "")
    if not session_id:
        return None
    session = accounts.session(house.database, session_id)
    if session is None:
        return None
    if session.stale and connection.headers.get("x-background") != "1":
        accounts.touch(house.database, session.id_hash)
    return Caller(session.actor, session_id, session.id_hash, session.settings, session.availability)


def csrf_token(house: House, session_id: str) -> str:
    """Bound to the session: another session's token does not fit."""
    return keys.sign(house.keys.csrf, session_id)


def staff(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard of every staff route: a live caller with a password of their own, and for unsafe methods by cookie also
    origin and CSRF token."""
    caller = connection.scope.get("auth")
    if not isinstance(caller, Caller):
        raise Unauthenticated("Sign in first.")
    if caller.actor.must_change:
        raise PasswordDue
    if connection.scope.get("method", "GET") in SAFE or not caller.session_id:
        return
    check_csrf(connection, caller, connection.headers.get("x-csrf-token", ""))


def newcomer(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard of the one page open to whoever came in by a one-time password: a live session."""
    caller = connection.scope.get("auth")
    if not isinstance(caller, Caller) or not caller.session_id:
        raise Unauthenticated("Sign in first.")


def check_csrf(connection: ASGIConnection[Any, Any, Any, Any], caller: Caller, given: str) -> None:
    """An unsafe request by cookie comes from a page of ours that this session was shown."""
    check_origin(connection)
    expected = csrf_token(house_of(connection), caller.session_id)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forbidden("This page is out of date. Reload it and try again.")


def check_origin(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Unsafe requests by cookie come from our own pages only.

    A form sent from a page with `no-referrer` bears the origin "null"; then the browser's own word on the site counts.
    """
    origin, site = connection.headers.get("origin"), connection.headers.get("sec-fetch-site")
    if origin in origins(house_of(connection)) or (origin in {None, "null"} and site == "same-origin"):
        return
    if origin is None and site is None:
        return
    raise Forbidden("The request came from another site.")


def origins(house: House) -> frozenset[str]:
    """Our public origin; in demo mode on loopback also its other spelling."""
    public = house.settings.public_url
    twin = public.replace("//127.0.0.1", "//localhost") if house.settings.is_demo else public
    return frozenset({public, twin})


def client_address(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The peer, or the rightmost hop that is not ours when the peer is one of our proxies."""
    peer = connection.client.host if connection.client else ""
    trusted = house_of(connection).settings.trusted_proxies
    if peer not in trusted:
        return peer
    hops = [hop.strip() for hop in connection.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    return next((hop for hop in reversed(hops) if hop not in trusted), peer)


def provide_house(state: State) -> House:
    """Dependency `house`."""
    house = state.house
    assert isinstance(house, House)
    return house


def provide_caller(scope: Scope) -> Caller:
    """Dependency `caller`, for routes behind the `staff` guard."""
    caller = scope.get("auth")
    if not isinstance(caller, Caller):
        raise Unauthenticated("Sign in first.")
    return caller


async def dress(message: Message, scope: Scope) -> None:
    """Puts the headers of every answer on, also where no route was found and no middleware ran."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("content-security-policy", _policy(scope))
        if not scope["path"].startswith("/static/"):
            headers.setdefault("cache-control", "no-store")


_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}


def _policy(scope: Scope) -> str:
    settings: Settings = scope["litestar_app"].state.house.settings
    socket = settings.public_url.replace("http", "ws", 1)
    # a browser that is a phone speaks with the provider's edges (twilio.com/docs/voice/sdks/javascript, CSP)
    edges = " wss://*.twilio.com https://*.twilio.com" if settings.twilio_voice_app_sid else ""
    sounds = " https://sdk.twilio.com" if settings.twilio_voice_app_sid else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"media-src 'self'{sounds}; connect-src 'self' {socket}{edges}; frame-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types warmline"
    )
