"""Channels: our lines with team and location, how each is doing, which settings are set."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from inbox import configuration, lines
from inbox import practice as practices
from inbox.practice import Line
from inbox.store.database import Reading
from ui.admin import sentences
from ui.admin.desk import Desk

HOME = "/admin/channels"


class LineForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of our lines."""

    address: str
    label: str = ""
    location: str = ""
    team: str = ""
    vendor: str = ""
    baa: bool = False
    phi_allowed: bool = False


class LinesForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All lines, upon the version that was seen."""

    lines: tuple[LineForm, ...]
    based_on: int = 0
    why: str = ""


@get(HOME, sync_to_thread=True)
def page(desk: NamedDependency[Desk]) -> Response[str]:
    """Lines, doors and settings."""

    def read(reading: Reading) -> dict[str, Any]:
        return {
            "health": lines.health(reading, actor=desk.actor),
            "lines": practices.read(reading).lines,
            "doors": lines.doors(reading),
            "secrets": lines.secrets(desk.house.settings),
            "version": configuration.newest(reading, "practice"),
            "public_url": desk.house.settings.public_url,
            "sentences": sentences,
            "blank": Line(""),
        }

    return desk.show("channels.html", "channels", read)


@post(HOME, sync_to_thread=True, status_code=200)
def publish(data: JSONBody[LinesForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """These are our lines from now on."""
    given = [
        Line(
            one.address.strip(),
            one.label.strip(),
            one.location.strip() or None,
            one.team or None,
            one.vendor.strip(),
            one.baa,
            one.phi_allowed,
        )
        for one in data.lines
    ]
    desk.write(data, lines.publish, given, based_on=data.based_on, why=data.why)
    return {"go": HOME}


HANDLERS = [page, publish]
