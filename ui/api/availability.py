"""Whether work may be given to a person: their own declaration."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from inbox import accounts
from inbox.store.database import Transaction
from ui.api.acting import Act


class Availability(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of available, busy, break, after_call, off."""

    availability: str


@post("/availability", sync_to_thread=True, status_code=200)
def declare(data: JSONBody[Availability], acting: NamedDependency[Act]) -> Response[Any]:
    """Declares the caller's own availability."""

    def work(unit: Transaction) -> None:
        accounts.declare(unit, actor=acting.caller.actor, availability=data.availability)

    acting.once(data, work)
    return Response(data, status_code=200) if acting.is_program else Response(None, status_code=204)


ACTS = [declare]
