"""Opening hours: the week with several intervals a day, half days, holidays by hand or from a file, the coming days."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from inbox import policy, routing_rules
from inbox.actors import Permission
from inbox.practice import PARTS, plain
from inbox.store.database import Reading
from slas.calendars import DAYS
from ui.admin.desk import Desk
from ui.admin.policies import shown

HOME = "/admin/calendars"


class Interval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open from `start` to `end`, as HH:MM; an end before its start is on the next day."""

    start: str
    end: str


class Weekday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The intervals of one day of the week."""

    intervals: tuple[Interval, ...] = ()


class Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day on which the clinic stays closed."""

    on: str
    name: str = ""


class Special(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day with hours of its own, such as a half day."""

    on: str
    start: str
    end: str


class CalendarForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole calendar, Monday first; `ical` is the text of a calendar file whose days become holidays."""

    zone: str
    week: tuple[Weekday, ...]
    always: bool = False
    holidays: tuple[Holiday, ...] = ()
    special: tuple[Special, ...] = ()
    ical: str = ""
    based_on: int = 0
    why: str = ""

    def plain(self) -> dict[str, Any]:
        """The calendar as it is kept."""
        week = {
            day: [[one.start, one.end] for one in given.intervals]
            for day, given in zip(DAYS, self.week, strict=False)
            if given.intervals
        }
        names = {one.on: one.name for one in self.holidays if one.on}
        names |= {day.isoformat(): name for day, name in (policy.holidays_of(self.ical) if self.ical.strip() else ())}
        special: dict[str, list[list[str]]] = {}
        for one in self.special:
            special.setdefault(one.on, []).append([one.start, one.end])
        return {
            "zone": self.zone.strip(),
            "hours": "always" if self.always else week,
            "holidays": sorted(names),
            "holiday_names": {day: name for day, name in sorted(names.items()) if name},
            "date_hours": special,
        }


@get(HOME, sync_to_thread=True)
def page(desk: NamedDependency[Desk]) -> Response[str]:
    """The calendar and the next two weeks drawn out."""
    routing_rules.permit(desk.actor)

    def read(reading: Reading) -> dict[str, Any]:
        version, clinic = policy.current(reading, "calendar")
        today = reading.now.astimezone(ZoneInfo(clinic.zone)).date()
        hours = clinic.hours if clinic.hours != "always" else {}
        kept = {name: value for name, value in plain(clinic).items() if name in PARTS["calendar"]}
        return {
            "version": version,
            "calendar": kept,
            "week": [(day, hours.get(day, [])) for day in DAYS],
            "days": policy.drawn(clinic, today),
        }

    return desk.show("calendars.html", "calendars", read)


@post(f"{HOME}/preview", sync_to_thread=True, status_code=200)
def preview(data: JSONBody[CalendarForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """The next two weeks in these hours, and when things would be due."""
    routing_rules.permit(desk.actor, Permission.REHEARSE_RULES)
    now = desk.house.database.clock()
    given = data.plain()
    policy.check_calendar(given, now)
    changed = {name: given[name] for name in PARTS["calendar"]}
    clinic = msgspec.structs.replace(
        desk.house.configuration.practice(), **changed | {"holidays": tuple(given["holidays"])}
    )
    days = policy.drawn(clinic, now.astimezone(ZoneInfo(clinic.zone)).date())
    return {"html": desk.piece("days.html", days=days) + shown(desk, clinic)}


@post(HOME, sync_to_thread=True, status_code=200)
def publish(data: JSONBody[CalendarForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """From now on these hours count; running clocks take them from their original start."""
    routing_rules.permit(desk.actor, Permission.PUBLISH_RULES)
    desk.write(data, policy.publish_calendar, data.plain(), based_on=data.based_on, why=data.why)
    return {"go": HOME}


HANDLERS = [page, preview, publish]
