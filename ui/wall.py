"""The door of screens on walls: a code is typed once, then the board stands there without a person's session."""

from __future__ import annotations

from time import monotonic
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect

from inbox import board_wall
from inbox.errors import Unauthenticated
from inbox.house import House
from ui import guards, limits, render
from ui.screen import AnyRequest, is_piece

#: So many codes may be tried from one address in a minute; each has 79 bits.
TRIES = limits.Window(10, 60.0)
#: Browsers keep a cookie for 400 days at most (RFC 6265bis, section 5.5).
KEPT = 400 * 86_400


class Typed(msgspec.Struct):
    """The form of the screen."""

    code: str = ""


@get("/wall", sync_to_thread=True)
def show(request: AnyRequest, house: NamedDependency[House]) -> Response[str]:
    """The board, or the field for a code; a script that asks for its piece gets 401 once the screen was ended."""
    try:
        found = board_wall.seen_by(house.database, request.cookies.get(_name(house), ""))
    except Unauthenticated as ended:
        return _door(request, house, "", ended.status if is_piece(request) else 200)
    practice = house.configuration.practice()
    template = "fragments/board.html" if is_piece(request) else "wall.html"
    shown = {"board": found, "now": found.at, "as_table": False, "wall": True, "viewer": board_wall.EYES}
    body = render.page(template, request=request, practice=practice, zone=practice.zone, **shown)
    return Response(body, media_type="text/html")


@post("/wall", sync_to_thread=True)
def enter(request: AnyRequest, house: NamedDependency[House], data: URLEncodedBody[Typed]) -> Response[Any]:
    """Takes a code for the token of this screen."""
    guards.check_origin(request)
    if TRIES.wait(guards.client_address(request), monotonic()):
        return _door(request, house, "Too many codes were tried. Wait a minute and try again.", 429)
    try:
        token = house.database.write(board_wall.open_by, data.code[:100])
    except Unauthenticated as refused:
        return _door(request, house, refused.detail, refused.status)
    return Redirect("/wall", status_code=303, cookies=[_cookie(house, token)])


def _cookie(house: House, token: str) -> Cookie:
    name = _name(house)
    secure = name.startswith("__Host-")
    return Cookie(key=name, value=token, max_age=KEPT, httponly=True, secure=secure, samesite="strict", path="/")


def _name(house: House) -> str:
    return f"{guards.cookie_name(house)}-wall"


def _door(request: AnyRequest, house: House, fault: str, status: int) -> Response[str]:
    body = render.page("wall_code.html", request=request, practice=house.configuration.practice(), fault=fault)
    return Response(body, status_code=status, media_type="text/html")


HANDLERS = [show, enter]
