"""Signing in and out. A new session id at every sign-in; the old one ends."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect

from inbox import accounts
from inbox.errors import TooMany, Unauthenticated
from inbox.house import House
from ui import guards, render


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


HANDLERS = [show, sign_in, sign_out]
