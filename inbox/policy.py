"""The clinic's promises and opening hours as people change them. A new version restarts the clocks that run from their
original start (domain.md §9); what was met or breached stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from inbox import configuration
from inbox import practice as practices
from inbox.actors import Actor
from inbox.configuration import Version
from inbox.errors import Invalid
from inbox.house import House
from inbox.practice import Practice, calendar_of, policies_of
from inbox.promise import Ledger
from inbox.store import jobs, threads
from inbox.store import policy as store
from inbox.store.database import Reading, Transaction
from inbox.store.jobs import Job, TakenOver
from slas import ical, promises
from slas.calendars import DAY_SECONDS, Calendar, Interval, WrongCalendar
from slas.clocks import Entry, overdue
from slas.hours import NeverOpen
from slas.policies import SHIPPED, Policy, due

Kind = Literal["policies", "calendar", "phone"]
CAUSE = "policy.changed"
#: So many conversations share a transaction: a second of the one writer at most.
CHUNK = 50
MOST_POLICIES = 60
#: A policy without conditions comes last and promises these, or a request would have no clock at all.
OWED = ("read", "first_response", "resolution")


class Preview(msgspec.Struct, frozen=True):
    """When a promise of a policy would be due, for a message at each of the moments; None where it never opens."""

    policy: Policy
    metric: str
    due: tuple[datetime | None, ...]


class Day(msgspec.Struct, frozen=True):
    """One day drawn out: its intervals in seconds after midnight, and why it is not like every week."""

    on: date
    intervals: tuple[Interval, ...]
    note: str = ""


def current(reading: Reading, kind: Kind) -> tuple[Version, Practice]:
    """The newest version of a part and the clinic as it is."""
    return configuration.newest(reading, kind), practices.read(reading)


def shipped(kind: Kind) -> dict[str, Any]:
    """The body of version 0."""
    plain = msgspec.to_builtins(msgspec.structs.replace(Practice(), policies=SHIPPED))
    return {name: plain[name] for name in practices.PARTS[kind]}


def publish_policies(
    unit: Transaction, policies: Sequence[Policy], *, actor: Actor, based_on: int, why: str
) -> Version:
    """These policies count from now on, in this order. Raises Conflict, Forbidden, Invalid."""
    check_policies(policies)
    number = configuration.newest(unit, "policies").number + 1
    named = tuple(msgspec.structs.replace(one, version=number) for one in policies)
    body = {"policies": msgspec.to_builtins(named)}
    return _published(unit, "policies", body, actor=actor, based_on=based_on, why=why)


def publish_calendar(unit: Transaction, calendar: dict[str, Any], *, actor: Actor, based_on: int, why: str) -> Version:
    """These hours count from now on: `{zone, hours, holidays, holiday_names, date_hours}`."""
    check_calendar(calendar, unit.now)
    body = {name: calendar[name] for name in practices.PARTS["calendar"]}
    return _published(unit, "calendar", body, actor=actor, based_on=based_on, why=why)


def go_back(unit: Transaction, kind: Kind, number: int, *, actor: Actor, based_on: int, why: str) -> Version:
    """An older version is published again; 0 is what ships."""
    body = configuration.one(unit, kind, number).body if number else shipped(kind)
    if kind == "phone":  # no clock hangs on it
        return configuration.publish(unit, kind, body, actor=actor, based_on=based_on, why=why)
    return _published(unit, kind, body, actor=actor, based_on=based_on, why=why)


def check_policies(policies: Sequence[Policy]) -> None:
    """Raises Invalid naming the policy that is wrong and how to mend it."""
    names = [one.name for one in policies]
    if not 1 <= len(policies) <= MOST_POLICIES:
        raise Invalid(fields={"policies": f"1 to {MOST_POLICIES} policies"})
    if doubled := next((name for name in names if names.count(name) > 1), None):
        raise Invalid(fields={"policies": f"two policies are called {doubled!r}"})
    if empty := next((one.name for one in policies if not one.targets), None):
        raise Invalid(fields={"policies": f"{empty!r} promises nothing: give it a target or remove it"})
    last = policies[-1]
    missing = set(OWED) - {target.metric for target in last.targets}
    if last.conditions or missing:
        words = "the last policy applies to everything and promises a first look, a first reply and a resolution"
        raise Invalid(fields={"policies": f"{words}, or some requests would have no clock"})


def check_calendar(calendar: dict[str, Any], now: datetime) -> Practice:
    """The clinic with this calendar. Raises Invalid naming the day."""
    clinic = msgspec.convert({name: calendar[name] for name in practices.PARTS["calendar"]}, Practice)
    try:
        due(SHIPPED[-1].targets[0], calendar_of(clinic), now)
    except WrongCalendar as error:
        raise Invalid(fields={error.field.replace("timezone", "zone"): error.reason}) from None
    except NeverOpen:
        raise Invalid(fields={"hours": "the clinic would never open, so nothing would ever be due"}) from None
    return clinic


def holidays_of(text: str) -> tuple[tuple[date, str], ...]:
    """The days of an iCalendar file. Raises Invalid."""
    try:
        return ical.days(text)
    except ical.WrongICal as error:
        raise Invalid(fields={"ical": str(error)}) from None


def preview(clinic: Practice, moments: Sequence[datetime]) -> list[Preview]:
    """When each promise would be due for messages at these moments."""
    calendar = calendar_of(clinic)
    return [
        Preview(policy, target.metric, tuple(_due(target, calendar, moment) for moment in moments))
        for policy in policies_of(clinic)
        for target in policy.targets
    ]


def late_friday(now: datetime, zone: str) -> datetime:
    """The next Friday at 17:50 on the clinic's wall."""
    local = now.astimezone(ZoneInfo(zone))
    friday = (local + timedelta(days=(4 - local.weekday()) % 7)).replace(hour=17, minute=50, second=0, microsecond=0)
    return friday if friday > local else friday + timedelta(days=7)


def drawn(clinic: Practice, first: date, count: int = 14) -> list[Day]:
    """The coming days as they are open."""
    calendar = calendar_of(clinic)
    return [_day(calendar, clinic, first + timedelta(days=number)) for number in range(count)]


def restart(house: House, job: Job) -> None:
    """The *restart* job: the next conversations whose clocks run, from `job.ref` on, then one more job for the rest."""
    with house.database.snapshot() as reading:
        found = store.with_running_clocks(reading, job.ref, CHUNK)
    with house.database.transaction() as unit:
        clinic = practices.read(unit)
        for conversation_id in found:
            retarget(unit, clinic, conversation_id)
        if not jobs.finish(unit, job):
            raise TakenOver
        if len(found) == CHUNK:
            jobs.add(unit, kind="restart", ref=found[-1], queue="bulk")


def retarget(unit: Transaction, clinic: Practice, conversation_id: int) -> bool:
    """The running clocks of one conversation take today's targets and hours from their original start."""
    row = threads.lock(unit, conversation_id)
    kept = store.due_times(unit, conversation_id)
    ledger = Ledger(unit, clinic, conversation_id)
    chosen = ledger.choose(reason=row.reason, priority=row.priority, channel=row.channel)
    lines = promises.on_policy_changed(ledger.clocks, chosen, at=unit.now)
    lines += _moved(ledger, kept, {line.metric for line in lines}, unit.now)
    if not lines:
        return False
    first = ledger.record(lines, chosen=chosen)
    threads.change(unit, row, first.values())
    details = {"metrics": sorted(line.metric for line in lines), "cause": CAUSE}
    unit.record("clock.restarted", actor_id=None, conversation_id=conversation_id, details=details)
    return True


def _moved(ledger: Ledger, kept: dict[int, datetime], told: set[Any], now: datetime) -> list[promises.Line]:
    """Clocks whose target stays and whose deadline the new hours move."""
    lines = []
    for metric, clock in ledger.clocks.items():
        is_same = clock.due_at is None or kept.get(ledger.ids[metric]) == clock.due_at
        if metric not in told and clock.live and clock.breached_at is None and not is_same:
            entry = overdue(clock, now) or Entry(now, "start", CAUSE, clock.target)
            lines.append(promises.Line(metric, entry))
    return lines


def _published(unit: Transaction, kind: Kind, body: Any, *, actor: Actor, based_on: int, why: str) -> Version:
    version = configuration.publish(unit, kind, body, actor=actor, based_on=based_on, why=why)
    jobs.add(unit, kind="restart", ref=0, queue="bulk")
    return version


def _due(target: Any, calendar: Calendar, moment: datetime) -> datetime | None:
    try:
        return due(target, calendar, moment)
    except NeverOpen:
        return None


def _day(calendar: Calendar, clinic: Practice, on: date) -> Day:
    if calendar.always:
        return Day(on, ((0, DAY_SECONDS),))
    if on in calendar.holidays:
        return Day(on, (), clinic.holiday_names.get(on.isoformat(), "Holiday") or "Holiday")
    special = dict(calendar.date_hours).get(on)
    if special is not None:
        return Day(on, special, "Special hours")
    return Day(on, calendar.weekly[on.weekday()])
