"""Which promise a request gets: ordered conditions, the first match wins for each metric, and the words that say why.

Refuses a target that is neither seconds nor business days. Knows no clock and no clinic: calendars are arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from slas.hours import ALWAYS, Calendar, Pause, add, business_days, elapsed

Metric = Literal["read", "first_response", "next_response", "resolution", "callback", "next_step", "update"]
Runs = Literal["always", "hours"]
Field = Literal["reason", "priority", "channel", "segment"]

MINUTE, HOUR, DAY = 60, 3600, 86_400


class Target(msgspec.Struct, frozen=True, omit_defaults=True):
    """One promise: `seconds` of running time or `business_days`, one of them above zero. `calendar` says whether it
    runs around the clock or in the location's hours, `warn` after which share of the time somebody is warned, `pauses`
    whether it stands still while the patient owes the next word. `micros` are added to the seconds: what somebody says
    by the clock ends at that moment."""

    metric: Metric
    seconds: int = 0
    business_days: int = 0
    calendar: Runs = "hours"
    warn: float = 0.75
    pauses: bool = True
    micros: int = 0

    def __post_init__(self) -> None:
        if min(self.seconds, self.business_days) != 0 or max(self.seconds, self.business_days) <= 0:
            raise ValueError(f"{self.metric}: a target is either seconds or business_days, above zero")
        if not 0 < self.warn < 1:
            raise ValueError(f"{self.metric}: a warning comes after a share of the time between 0 and 1")


class Condition(msgspec.Struct, frozen=True):
    """Holds when the request's `field` is one of `values`; a reason also matches its sub-reasons (`refill.early`)."""

    field: Field
    values: tuple[str | int, ...]


class Policy(msgspec.Struct, frozen=True):
    """Targets for the requests for which every condition holds; without conditions, for all."""

    name: str
    version: int
    targets: tuple[Target, ...]
    conditions: tuple[Condition, ...] = ()


class Chosen(msgspec.Struct, frozen=True):
    """The targets of one request, at most one a metric. `made_by` and `because` run in the order of `targets`;
    `policy` names all that took part (`chat/1+routine/1`), most specific first."""

    targets: tuple[Target, ...]
    made_by: tuple[str, ...]
    because: tuple[str, ...]

    @property
    def policy(self) -> str:
        return "+".join(dict.fromkeys(self.made_by))

    def target(self, metric: Metric) -> Target | None:
        """The target of a metric, None when nothing is promised."""
        return next((target for target in self.targets if target.metric == metric), None)


def choose(policies: Sequence[Policy], *, reason: str, priority: int, channel: str, segment: str = "") -> Chosen:
    """The first policy that matches decides each metric that it names; later ones fill what is left."""
    facts: dict[str, str | int] = {"reason": reason, "priority": priority, "channel": channel, "segment": segment}
    found: dict[Metric, tuple[Target, str, str]] = {}
    for policy in policies:
        if all(_holds(condition, facts[condition.field]) for condition in policy.conditions):
            made_by = f"{policy.name}/{policy.version}"
            because = ", ".join(f"{c.field} is {facts[c.field]}" for c in policy.conditions) or "applies to all"
            for target in policy.targets:
                found.setdefault(target.metric, (target, made_by, f"{target.metric}: {made_by}, {because}"))
    targets, made, why = zip(*found.values(), strict=True) if found else ((), (), ())
    return Chosen(targets=targets, made_by=made, because=why)


def due(target: Target, calendar: Calendar, start: datetime, pauses: Sequence[Pause] = ()) -> datetime:
    """The deadline (UTC). Pauses move it by the working time they took. Raises `NeverOpen`."""
    runs = running_calendar(target, calendar)
    if target.seconds:
        return add(runs, start, target.seconds + target.micros / 1_000_000, pauses)
    unpaused = business_days(runs, start, target.business_days)
    if not pauses:
        return unpaused
    return max(unpaused, add(runs, start, elapsed(runs, start, unpaused), pauses))


def running_calendar(target: Target, calendar: Calendar) -> Calendar:
    """The calendar that a target counts on: the location's, or its zone around the clock."""
    if target.calendar == "hours":
        return calendar
    return Calendar(timezone=calendar.timezone, always=True) if target.business_days else ALWAYS


def _holds(condition: Condition, fact: str | int) -> bool:
    if fact in condition.values:
        return True
    return condition.field == "reason" and str(fact).partition(".")[0] in condition.values


def _answers(runs: Runs, *, seconds: int = 0, days: int = 0) -> tuple[Target, ...]:
    metrics: tuple[Metric, ...] = ("read", "first_response", "next_response")
    return tuple(Target(metric, seconds, days, runs) for metric in metrics)


def _of_priority(*priorities: int) -> Condition:
    return Condition("priority", priorities)


#: What a practice starts with (domain.md §8). Urgent work runs around the clock and is never slower for being a refill
#: or a complaint; a same-day complaint keeps its same-day answer. Resolution times beyond §8 are our starting values.
SHIPPED: tuple[Policy, ...] = (
    Policy(
        "urgent_chat",
        1,
        (Target("first_response", MINUTE, calendar="always"),),
        (Condition("channel", ("chat",)), _of_priority(0, 1)),
    ),
    Policy("chat", 1, (Target("first_response", MINUTE),), (Condition("channel", ("chat",)),)),
    Policy(
        "emergent",
        1,
        (
            *_answers("always", seconds=5 * MINUTE),
            Target("callback", 5 * MINUTE, calendar="always"),
            Target("resolution", 4 * HOUR, calendar="always"),
        ),
        (_of_priority(0),),
    ),
    Policy(
        "urgent",
        1,
        (
            *_answers("always", seconds=15 * MINUTE),
            Target("callback", 15 * MINUTE, calendar="always"),
            Target("resolution", business_days=1, calendar="always"),
        ),
        (_of_priority(1),),
    ),
    Policy(
        "complaint",
        1,
        (Target("resolution", 7 * DAY, calendar="always"), Target("update", business_days=2)),
        (Condition("reason", ("complaint",)),),
    ),
    Policy(
        "complaint_contact",
        1,
        (Target("first_response", business_days=1),),
        (Condition("reason", ("complaint",)), _of_priority(3, 4)),
    ),
    Policy("refill", 1, (Target("resolution", business_days=2),), (Condition("reason", ("refill",)),)),
    Policy("callback", 1, (Target("callback", 30 * MINUTE),)),
    Policy(
        "same_day",
        1,
        (*_answers("hours", seconds=4 * HOUR), Target("resolution", business_days=2)),
        (_of_priority(2),),
    ),
    Policy("routine", 1, (*_answers("hours", days=1), Target("resolution", business_days=5)), (_of_priority(3),)),
    Policy("informational", 1, (*_answers("hours", days=2), Target("resolution", business_days=10))),
)
