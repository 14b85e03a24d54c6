"""Our numbers, mailboxes and forms: what an administrator sets about each, and how each is doing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from channels import vendors
from channels.vendors import Vendor
from inbox import configuration
from inbox import practice as practices
from inbox.actors import TEAMS, Actor, Permission, may
from inbox.configuration import Version
from inbox.errors import Forbidden, Invalid
from inbox.practice import Line
from inbox.settings import Settings
from inbox.store import lines as store
from inbox.store.database import Reading, Transaction

SPAN = timedelta(days=30)
#: What a vendor gives us and somebody must set up; chat and forms are our own.
_NUMBER = re.compile(r"^\+|@")
#: A line that says nothing for so long, though it spoke before, is worth a look.
SILENT = timedelta(days=2)
MOST = 100
#: A short code's messages a second (twilio.com/docs/messaging, limits); a long code takes one.
FASTEST = 100


class Health(msgspec.Struct, frozen=True):
    """A line of the last 30 days: what came in and went out, when last; `configured` False for one nobody set up."""

    line: Line
    configured: bool
    channels: tuple[str, ...]
    last_in: datetime | None
    last_out: datetime | None
    came: int
    went: int
    silent: bool


class Door(msgspec.Struct, frozen=True):
    """What reached a door in 30 days, by state."""

    door: str
    last: datetime
    states: dict[str, int]


class Secret(msgspec.Struct, frozen=True):
    """A setting of the environment: only whether it is set is ever told."""

    name: str
    is_set: bool


def health(reading: Reading, *, actor: Actor) -> tuple[Health, ...]:
    """Each configured line, then those that were written to though nobody configured them."""
    _permit(actor, Permission.SEE_STAFF)
    found: dict[str, list[Row[Any]]] = {}
    for row in store.traffic(reading, reading.now - SPAN):
        found.setdefault(row.line, []).append(row)
    configured = {line.address: line for line in practices.read(reading).lines}
    others = {address: Line(address) for address in sorted(found) if address and address not in configured}
    return tuple(
        _health(line, found.get(address, []), reading.now, address in configured or not _NUMBER.search(address))
        for address, line in {**configured, **others}.items()
    )


def doors(reading: Reading) -> tuple[Door, ...]:
    """The doors of providers and patients."""
    found: dict[str, Door] = {}
    for row in store.doors(reading, reading.now - SPAN):
        known = found.get(row.door)
        states = {**(known.states if known else {}), row.state: int(row.n)}
        found[row.door] = Door(row.door, max(row.last, known.last) if known else row.last, states)
    return tuple(found.values())


def secrets(settings: Settings) -> tuple[Secret, ...]:
    """What the environment holds, told as set or not."""
    named = ("twilio_account_sid", "twilio_auth_token", "twilio_auth_token_secondary", "smtp_url", "mail_door_token")
    return tuple(Secret(f"WARMLINE_{name.upper()}", bool(getattr(settings, name, ""))) for name in named)


def publish(unit: Transaction, lines: Sequence[Line], *, actor: Actor, based_on: int, why: str) -> Version:
    """These lines are ours from now on. Raises Conflict, Forbidden, Invalid."""
    _permit(actor, Permission.CONFIGURE)
    _check(lines)
    clinic = msgspec.structs.replace(practices.read(unit), lines=tuple(lines))
    practices.publish(unit, clinic, actor=actor, based_on=based_on, why=why)
    return configuration.newest(unit, "practice")


def carry(unit: Transaction, registry: Sequence[Vendor], *, actor: Actor, based_on: int, why: str) -> Version:
    """These vendors carry our words from now on, a version of its own. Raises Conflict, Forbidden, Invalid."""
    _permit(actor, Permission.CONFIGURE)
    if fault := vendors.faults(registry):
        raise Invalid(fields={"vendors": fault})
    body = {"vendors": msgspec.to_builtins(tuple(registry))}
    return configuration.publish(unit, "vendors", body, actor=actor, based_on=based_on, why=why)


def _permit(actor: Actor, permission: Permission) -> None:
    if not may(actor, permission):
        raise Forbidden("Channels are for administrators.")


def _check(lines: Sequence[Line]) -> None:
    addresses = [line.address for line in lines]
    if len(lines) > MOST:
        raise Invalid(fields={"lines": f"at most {MOST}"})
    for number, line in enumerate(lines, 1):
        if not line.address.strip():
            raise Invalid(fields={"lines": f"line {number} needs a number, an address or the name of a form"})
        if addresses.count(line.address) > 1:
            raise Invalid(fields={"lines": f"{line.address} is there twice"})
        if not 1 <= line.per_second <= FASTEST:
            raise Invalid(fields={"lines": f"{line.address}: 1 to {FASTEST} messages a second"})
        if line.team and line.team not in TEAMS:
            raise Invalid(fields={"lines": f"{line.address}: no such team"})


def _health(line: Line, rows: Sequence[Row[Any]], now: datetime, configured: bool) -> Health:
    came = [row for row in rows if row.direction == "in"]
    went = [row for row in rows if row.direction == "out"]
    last_in = max((row.last_in for row in came), default=None)
    return Health(
        line=line,
        configured=configured,
        channels=tuple(sorted({str(row.channel) for row in rows})),
        last_in=last_in,
        last_out=max((row.last for row in went), default=None),
        came=sum(int(row.n) for row in came),
        went=sum(int(row.n) for row in went),
        silent=last_in is not None and now - last_in > SILENT,
    )
