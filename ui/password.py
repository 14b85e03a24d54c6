"""The one page of whoever came in by a one-time password: they choose their own and go on. Refuses everybody else."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect

from inbox import accounts
from inbox.errors import Invalid
from inbox.house import House
from inbox.store import journal
from ui import guards
from ui.guards import Caller
from ui.screen import AnyRequest, show


class Chosen(msgspec.Struct):
    """The form; `csrf` stands in it because the page needs no script."""

    password: str = ""
    again: str = ""
    csrf: str = ""


@get("/password", sync_to_thread=True)
def page(request: AnyRequest, house: NamedDependency[House], caller: NamedDependency[Caller]) -> Response[Any]:
    """The form; whoever has a password of their own is sent on."""
    if not caller.actor.must_change:
        return Redirect("/inbox", status_code=303)
    return _form(request, house, caller, "", 200)


@post("/password", sync_to_thread=True)
def choose(
    request: AnyRequest,
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    data: URLEncodedBody[Chosen],
) -> Response[Any]:
    """Keeps it, or says in one sentence why not."""
    guards.check_csrf(request, caller, data.csrf or request.headers.get("x-csrf-token", ""))
    try:
        if data.password != data.again:
            raise Invalid(fields={"password": "type the same one twice"})
        accounts.choose_password(house.database, actor=caller.actor, password=data.password, id_hash=caller.id_hash)
    except Invalid as error:
        return _form(request, house, caller, f"The password needs another look: {error.fields['password']}.", 422)
    return Redirect("/inbox", status_code=303)


def _form(request: AnyRequest, house: House, caller: Caller, fault: str, status: int) -> Response[str]:
    with house.database.snapshot() as reading:
        now, seq = reading.now, journal.head(reading.connection)
    shown = show(request, house, caller, "password.html", now=now, seq=seq, fault=fault)
    shown.status_code = status
    return shown


HANDLERS = [page, choose]
