"""Signing in and out. A new session id at every sign-in; the old one ends."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import JSONBody, URLEncodedBody
from litestar.response import Redirect

from inbox import accounts
from inbox.errors import TooMany, Unauthenticated
from inbox.house import House
from ui import guards, render
from ui.api import gate


class Credentials(msgspec.Struct):
    """The sign-in form."""

    email: str = ""
    password: str = ""


@get("/login", sync_to_thread=True)
def show(request: Request[Any, Any, Any], house: NamedDependency[House]) -> Response[str]:
    """The sign-in page; in demo mode it lists the demo people."""
    return _page(request, house, "", 200)


@post("/login", sync_to_thread=True)
def sign_in(
    request: Request[Any, Any, Any], house: NamedDependency[House], data: URLEncodedBody[Credentials]
) -> Response[Any]:
    """Opens a session, or says in one sentence why not."""
    guards.check_origin(request)
    try:
        signed_in = accounts.sign_in(
            house.database,
            email=data.email,
            password=data.password,
            address=guards.client_address(request),
            agent=request.headers.get("user-agent", ""),
            old=request.cookies.get(guards.cookie_name(house), ""),
        )
    except (Unauthenticated, TooMany) as error:
        return _page(request, house, error.detail, error.status)
    return Redirect("/inbox", status_code=303, cookies=[_cookie(house, signed_in.session_id)])


class Return(msgspec.Struct, forbid_unknown_fields=True):
    """Who was at this screen, and their password."""

    actor_id: int
    password: str


@post("/lock", guards=[guards.staff], opt={"scope": "staff"}, sync_to_thread=True, status_code=204)
def lock(house: NamedDependency[House], caller: NamedDependency[guards.Caller]) -> None:
    """The person leaves the screen: from now on the session answers nothing."""
    accounts.lock(house.database, caller.id_hash)


@post("/unlock", sync_to_thread=True, status_code=200)
def unlock(
    request: Request[Any, Any, Any], house: NamedDependency[House], data: JSONBody[Return]
) -> Response[dict[str, str]]:
    """The person is back: a new session, and the token its acts need. What the page held is untouched."""
    guards.check_origin(request)
    signed_in = accounts.unlock(
        house.database,
        session_id=request.cookies.get(guards.cookie_name(house), ""),
        actor_id=data.actor_id if 0 < data.actor_id <= gate.LARGEST else 0,
        password=data.password,
        address=guards.client_address(request),
        agent=request.headers.get("user-agent", ""),
    )
    csrf = guards.csrf_token(house, signed_in.session_id)
    return Response({"csrf": csrf}, cookies=[_cookie(house, signed_in.session_id)])


@post("/sign-out", guards=[guards.staff], opt={"scope": "staff"}, sync_to_thread=True)
def sign_out(
    request: Request[Any, Any, Any], house: NamedDependency[House], caller: NamedDependency[guards.Caller]
) -> Redirect:
    """Ends this session everywhere."""
    accounts.sign_out(house.database, caller.session_id)
    return Redirect("/login", status_code=303, cookies=[_cookie(house, "")])


def _cookie(house: House, value: str) -> Cookie:
    name = guards.cookie_name(house)
    secure = name.startswith("__Host-")
    return Cookie(key=name, value=value, httponly=True, secure=secure, samesite="lax", path="/")


def _page(request: Request[Any, Any, Any], house: House, fault: str, status: int) -> Response[str]:
    body = render.page("login.html", request=request, house=house, fault=fault, is_demo=house.settings.is_demo)
    return Response(body, status_code=status, media_type="text/html")


HANDLERS = [show, sign_in, sign_out, lock, unlock]
