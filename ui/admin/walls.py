"""Screens on walls: what hangs where, a code for a new one, and the end of one."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import board_wall
from inbox.store.database import Reading
from ui.admin.desk import Desk

HOME = "/admin/walls"


class Hung(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a screen hangs."""

    label: str = ""


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An act that needs no more words."""


@get(HOME, sync_to_thread=True)
def page(desk: NamedDependency[Desk]) -> Response[str]:
    """All screens."""

    def read(reading: Reading) -> dict[str, Any]:
        listed = board_wall.everyone(reading, actor=desk.actor)
        return {"listed": listed, "address": f"{desk.house.settings.public_url}/wall"}

    return desk.show("walls.html", "walls", read)


@post(HOME, sync_to_thread=True, status_code=200)
def add(data: JSONBody[Hung], desk: NamedDependency[Desk]) -> dict[str, str]:
    """A new screen; its code is in this answer and nowhere else."""
    code = desk.write(data, board_wall.add, label=data.label)
    return {"html": desk.piece("secret.html", secret=code, what=f"Code of {data.label.strip()}, for an hour")}


@post(f"{HOME}/{{wall_id:int}}/end", sync_to_thread=True, status_code=200)
def end(wall_id: FromPath[int], data: JSONBody[Nothing], desk: NamedDependency[Desk]) -> dict[str, str]:
    """The screen shows nothing any more."""
    desk.write(data, board_wall.end, wall_id=wall_id)
    return {"go": HOME}


HANDLERS = [page, add, end]
