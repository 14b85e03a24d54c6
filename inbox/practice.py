"""What the clinic says of itself as one value: name, lines, hours, policies, routing rules. Each part has versions of
its own (`inbox/configuration.py`); reading goes through a short cache."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

import msgspec

from channels.twiml import Choice
from channels.vendors import Vendor as Vendor  # a part of what a clinic says of itself
from inbox import configuration
from inbox.actors import Actor
from inbox.configuration import Kind
from inbox.store import configuration as store
from inbox.store.database import Database, Reading, Transaction
from routing import rules
from routing.rules import Rules
from slas.calendars import Calendar, read_calendar
from slas.policies import SHIPPED, Condition, Policy, Target

#: The phone's digits as shipped; 2 and 9 are language and recording.
CHOICES = (
    Choice("1", "appointment_new", "appointments", "citas"),
    Choice("3", "refill", "a refill", "una receta"),
    Choice("4", "billing", "billing", "facturas"),
    Choice("5", "symptom_new", "a health question", "una pregunta de salud"),
)
#: A line of which nobody said how fast its carrier takes messages.
PER_SECOND = 10
#: A changed configuration reaches every process within this many seconds.
CACHE_SECONDS = 2.0


class Line(msgspec.Struct, frozen=True):
    """One of our numbers or mailboxes, and the team and location behind it. `answers_keywords`: we confirm STOP, START
    and HELP ourselves, because the carrier's own handling is off. `per_second`: how many messages
    leave it at most, after a short burst."""

    address: str
    label: str = ""
    location: str | None = None
    team: str | None = None
    answers_keywords: bool = False
    per_second: int = PER_SECOND


class Asking(msgspec.Struct, frozen=True):
    """Whether patients are asked how we did after a closure, and how long after it."""

    enabled: bool = False
    after_seconds: int = 600


class Practice(msgspec.Struct, frozen=True):
    """What a clinic says about itself. `hours`, `holidays` and `date_hours` are plain as in `slas.calendars`;
    `policies` stand for the shipped ones where there are any; `targets` overrides single seconds of both, by metric and
    priority ("first_response.P3"). `records_calls`: calls between people too, where nobody refused.
    `site_numbers`: the system of identifiers that the clinic's site signs its users by, "" for none;
    `hold_music`: a key of `voicemenu.MUSIC`, an address, or "" for silence."""

    name: str = "Northside Health"
    phone: str = "+14155550100"
    zone: str = "America/Los_Angeles"
    region: str = "US"
    hours: Any = "always"
    holidays: tuple[str, ...] = ()
    holiday_names: dict[str, str] = {}
    date_hours: dict[str, Any] = {}
    lines: tuple[Line, ...] = ()
    targets: dict[str, int] = {}
    escalation_seconds: int | None = None
    forms_hosts: tuple[str, ...] = ()
    survey: Asking = Asking()
    records_calls: bool = False
    site_numbers: str = ""
    menu_choices: tuple[Choice, ...] = CHOICES
    hold_music: str = ""
    policies: tuple[Policy, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    rules: Rules = msgspec.field(default_factory=rules.shipped)

    def line(self, address: str) -> Line | None:
        """The line with this address; None marks one that nobody configured."""
        return next((line for line in self.lines if line.address == address), None)


#: Parts with versions of their own, and their fields.
PARTS: dict[Kind, tuple[str, ...]] = {
    "calendar": ("zone", "hours", "holidays", "holiday_names", "date_hours"),
    "policies": ("policies",),
    "vendors": ("vendors",),
    "phone": ("records_calls", "menu_choices", "hold_music", "site_numbers"),
}


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
    """The newest version of each part, or the defaults of a fresh installation."""
    found = store.bodies(reading, ("practice", *PARTS, "rules"))
    plain = {name: value for kind in ("practice", *PARTS) for name, value in found.get(kind, {}).items()}
    practice = msgspec.convert(plain, Practice)
    return msgspec.structs.replace(practice, rules=_rules(found["rules"])) if "rules" in found else practice


def publish(
    unit: Transaction, practice: Practice, *, actor: Actor | None, based_on: int | None = None, why: str = ""
) -> int:
    """A new version; earlier ones stay. A part with versions of its own gets one more where it differs."""
    body = plain(practice)
    found = store.bodies(unit, tuple(PARTS))
    version = configuration.publish(unit, "practice", body, actor=actor, based_on=based_on, why=why)
    for kind, fields in PARTS.items():
        own = {name: body.get(name) or msgspec.to_builtins(getattr(practice, name)) for name in fields}
        if kind in found and found[kind] != own:
            configuration.publish(unit, kind, own, actor=actor, why=why)
    return version.number


def plain(practice: Practice) -> dict[str, Any]:
    """The body of a version: everything but what only ever has versions of its own."""
    body: dict[str, Any] = msgspec.to_builtins(practice)
    del body["rules"], body["policies"]
    return body


def _rules(body: dict[str, str]) -> Rules:
    try:
        return rules.read(body["text"])
    except rules.BadRules:
        # checked when it was published: only a newer product can refuse it now, and messages land all the same
        return rules.shipped()


@lru_cache(maxsize=64)
def _calendar(plain_calendar: bytes) -> Calendar:
    return read_calendar(msgspec.json.decode(plain_calendar))


def calendar_of(practice: Practice) -> Calendar:
    """The opening hours as the clocks count them. Raises slas.calendars.WrongCalendar naming the field."""
    known = {"timezone": practice.zone, "hours": practice.hours, "holidays": practice.holidays}
    return _calendar(msgspec.json.encode(known | {"date_hours": practice.date_hours}, order="sorted"))


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
    return (*mine, *(practice.policies or SHIPPED))
