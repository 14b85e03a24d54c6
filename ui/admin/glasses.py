"""Looks with a reason that wait for a verdict. Opening the list leaves a row itself: the reasons are a patient's."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import glass
from inbox.store.database import Reading
from ui.admin.desk import Desk

HOME = "/admin/looks"


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody makes of a look."""

    verdict: str


@get(HOME, sync_to_thread=True)
def page(desk: NamedDependency[Desk]) -> Response[str]:
    """Oldest first."""

    def read(reading: Reading) -> dict[str, Any]:
        return {"looks": glass.waiting(reading, actor=desk.actor)}

    shown = desk.show("looks.html", "looks", read)
    desk.note("looks", "listed")
    return shown


@post(f"{HOME}/{{glass_id:int}}/verdict", sync_to_thread=True, status_code=200)
def judge(glass_id: FromPath[int], data: JSONBody[Verdict], desk: NamedDependency[Desk]) -> dict[str, str]:
    """Takes it off the list."""
    desk.write(data, glass.judge, glass_id=glass_id, verdict=data.verdict)
    return {"go": HOME}


HANDLERS = [page, judge]
