"""The report over time: by day or week, by hour of the weekday, by channel, and how far requests came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from operator import attrgetter, itemgetter

from inbox import metric_calls
from inbox.cohort_shape import SECOND, Case, Cohort
from inbox.days import QUARTER, Places
from inbox.figures import MEASURES
from inbox.measures import Entry, seconds_of, share_of, waits_of
from inbox.metric_groups import Cut
from inbox.metrics_shape import CallDay, Day, Hour, Stage, Volume
from slas.metrics import mean, median

_opened: Callable[[Case], int] = attrgetter("opened")
_at: Callable[[Entry], int] = attrgetter("at")
_closed: Callable[[tuple[Case, int]], int] = itemgetter(1)


def days(cut: Cut, places: Places) -> tuple[Day, ...]:
    """Opened, closed and first reply of each slot."""
    opened = places.split(cut.cohort.cases, _opened)
    closed = places.split(cut.cohort.closings, _closed)
    waits = [waits_of(part) for part in places.split(cut.entries("first_response"), _at)]
    return tuple(
        Day(
            on,
            len(opened[place]),
            len(closed[place]),
            seconds_of(waits[place].median),
            seconds_of(waits[place].p90),
            partial=places.is_partial(place),
            days=places.step,
        )
        for place, on in enumerate(places.days)
    )


def volume(found: Cohort, places: Places) -> tuple[Volume, ...]:
    """Conversations of each channel, the largest first."""
    by_channel: dict[str, list[Case]] = {}
    for case in found.cases:
        by_channel.setdefault(case.channel, []).append(case)
    largest = sorted(by_channel.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        Volume(channel, tuple(len(part) for part in places.split(cases, _opened))) for channel, cases in largest
    )


def calls(found: Cohort, places: Places) -> tuple[CallDay, ...]:
    """What became of those in the queue, by the slot in which they rang."""
    return tuple(_calls(part) for part in places.split(metric_calls.offered(found), _at))


def _calls(entries: list[Entry]) -> CallDay:
    ends = Counter(entry.said for entry in entries)
    rate, lost = metric_calls.in_time(entries), metric_calls.given_up(entries)
    answered, waiting = ends[metric_calls.ANSWERED], ends[metric_calls.WAITING]
    speed = mean([entry.seconds for entry in entries if entry.counts])
    left = len(entries) - answered - waiting - ends[metric_calls.HUNG_UP]
    return CallDay(answered, rate.part, speed, left, lost.part, lost.excluded, waiting)


def target(cut: Cut) -> float | None:
    """The median of what was promised for a first response, in seconds."""
    spans = [(case.started, case.due) for case in cut.cohort.cases if case.started is not None and case.due is not None]
    if cut.business:
        return median(cut.cohort.openings.seconds(start, due) for start, due in spans)
    return median((due - start) / SECOND for start, due in spans)


def hours(found: Cohort, places: Places) -> tuple[Hour, ...]:
    """Each hour of the week in which something came."""
    counted: dict[tuple[int, int], list[int]] = {}
    quarters = Counter((case.opened // QUARTER, _is_late(case, found.now)) for case in found.cases)
    for (quarter, is_late), n in quarters.items():
        cell = counted.setdefault(places.hour(quarter * QUARTER), [0, 0])
        cell[0] += n
        cell[1] += n * is_late
    weekdays = places.weekdays()
    return tuple(
        Hour(weekday, hour, opened, round(opened / max(1, weekdays[weekday]), 2), late)
        for (weekday, hour), (opened, late) in sorted(counted.items())
    )


def _is_late(case: Case, now: int) -> bool:
    if case.due is None or case.started is None:
        return False
    end = case.met if case.met is not None and case.met <= now else case.stopped
    return (now if end is None else end) > case.due


def stages(found: Cohort) -> tuple[Stage, ...]:
    """How far requests came, step by step."""
    asked = Stage("conversations", "Requests", len(found.cases))
    steps = (measure for measure in MEASURES if measure.name.startswith("stage_"))
    return asked, *(Stage(one.name, one.label, share_of(one.entries(found))[0]) for one in steps)
