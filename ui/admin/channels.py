"""Channels: our lines with team and location, who carries them, how each is doing, which settings are set."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from channels.vendors import CARRIED, Vendor
from inbox import configuration, lines, silence
from inbox import practice as practices
from inbox.errors import Invalid
from inbox.practice import PER_SECOND, Line
from inbox.store.database import Reading
from ui import words
from ui.admin import sentences
from ui.admin.desk import Desk

HOME = "/admin/channels"


class LineForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of our lines."""

    address: str
    label: str = ""
    location: str = ""
    team: str = ""
    answers_keywords: bool = False
    per_second: int = PER_SECOND


class LinesForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All lines, upon the version that was seen."""

    lines: tuple[LineForm, ...]
    based_on: int = 0
    why: str = ""


class VendorForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who carries some channels; `baa_on` as YYYY-MM-DD, empty for no agreement."""

    name: str
    channels: tuple[str, ...] = ()
    baa_on: str = ""
    phi_allowed: bool = False


class VendorsForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole registry, upon the version that was seen."""

    vendors: tuple[VendorForm, ...]
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
            "silent": silence.alarms(reading),
            "secrets": lines.secrets(desk.house.settings),
            "version": configuration.newest(reading, "practice"),
            "public_url": desk.house.settings.public_url,
            "sentences": sentences,
            "blank": Line(""),
            "vendors": practices.read(reading).vendors,
            "carried": [(kind, words.channel(kind)) for kind in CARRIED],
            "vendors_version": configuration.newest(reading, "vendors"),
            "no_vendor": Vendor(""),
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
            one.answers_keywords,
            one.per_second,
        )
        for one in data.lines
    ]
    desk.write(data, lines.publish, given, based_on=data.based_on, why=data.why)
    return {"go": HOME}


@post(f"{HOME}/vendors", sync_to_thread=True, status_code=200)
def carry(data: JSONBody[VendorsForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """These vendors carry our words from now on."""
    given = [Vendor(one.name.strip(), one.channels, _day(one.baa_on), one.phi_allowed) for one in data.vendors]
    desk.write(data, lines.carry, given, based_on=data.based_on, why=data.why)
    return {"go": HOME}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(fields={"vendors": f"{text!r} is no day; write 2026-01-31"}) from None


HANDLERS = [page, publish, carry]
