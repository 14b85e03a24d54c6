"""The clinic's own configuration: name, hours, lines, policies. Kept as versioned rows, read through a short cache."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import desc, func, insert, select

from inbox.actors import Actor
from inbox.store.database import Database, Reading, Transaction
from inbox.store.tables import configurations
from slas.calendars import Calendar, read_calendar
from slas.policies import SHIPPED, Condition, Policy, Target

#: A changed configuration reaches every process within this many seconds.
CACHE_SECONDS = 2.0


class Line(msgspec.Struct, frozen=True):
    """One of our numbers or mailboxes, and the team and location behind it."""

    address: str
    label: str = ""
    location: str | None = None
    team: str | None = None


class Practice(msgspec.Struct, frozen=True):
    """What a clinic says about itself. `hours` is the plain calendar of `slas.calendars`; `targets` overrides single
    seconds of the shipped policies, by metric and priority ("first_response.P3")."""

    name: str = "Northside Health"
    phone: str = "+14155550100"
    zone: str = "America/Los_Angeles"
    region: str = "US"
    hours: Any = "always"
    holidays: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    targets: dict[str, int] = {}
    escalation_seconds: int | None = None
    forms_hosts: tuple[str, ...] = ()

    def line(self, address: str) -> Line | None:
        """The line with this address; None marks one that nobody configured."""
        return next((line for line in self.lines if line.address == address), None)


class Configuration:
    """The newest configuration of this database, re-read after CACHE_SECONDS."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._practice = Practice()
        self._until = 0.0

    def practice(self) -> Practice:
        """The clinic as of now."""
        if time.monotonic() >= self._until:
            with self._database.snapshot() as reading:
                self._practice = read(reading)
            self._until = time.monotonic() + CACHE_SECONDS
        return self._practice

    def forget(self) -> None:
        """The next call reads again."""
        self._until = 0.0


def read(reading: Reading) -> Practice:
    """The newest version, or the defaults of a fresh installation."""
    newest = select(configurations.c.body).where(configurations.c.kind == "practice")
    body = reading.scalar(newest.order_by(desc(configurations.c.version)).limit(1))
    return msgspec.convert(body, Practice) if body else Practice()


def publish(unit: Transaction, practice: Practice, *, actor: Actor | None) -> int:
    """A new version; earlier ones stay."""
    last = unit.scalar(select(func.max(configurations.c.version)).where(configurations.c.kind == "practice"))
    version = int(last or 0) + 1
    unit.execute(
        insert(configurations).values(
            id=unit.new_id(),
            kind="practice",
            version=version,
            body=msgspec.to_builtins(practice),
            at=unit.now,
            actor_id=actor.id if actor else None,
        )
    )
    unit.record("practice.published", actor_id=actor.id if actor else None, details={"version": version})
    return version


@lru_cache(maxsize=64)
def _calendar(zone: str, hours: str, holidays: tuple[str, ...]) -> Calendar:
    return read_calendar({"timezone": zone, "hours": msgspec.json.decode(hours), "holidays": list(holidays)})


def calendar_of(practice: Practice) -> Calendar:
    """The opening hours as the clocks count them. Raises slas.calendars.WrongCalendar naming the field."""
    return _calendar(practice.zone, msgspec.json.encode(practice.hours, order="sorted").decode(), practice.holidays)


def policies_of(practice: Practice) -> tuple[Policy, ...]:
    """The clinic's own targets before the shipped policies."""
    own: dict[int, list[Target]] = {}
    for name, seconds in practice.targets.items():
        metric, _, priority = name.partition(".P")
        own.setdefault(int(priority), []).append(Target(metric, seconds, calendar="always"))  # type: ignore[arg-type]  # msgspec checks the word when the clock is written
    mine = [
        Policy(f"practice_p{priority}", 1, tuple(targets), (Condition("priority", (priority,)),))
        for priority, targets in sorted(own.items())
    ]
    return (*mine, *SHIPPED)
