"""The managers' report: figures of the conversations opened in a span, by day, hour and group, beside the same length
before. Refuses a part of a day against a whole one, and figures of fewer than five in a group.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from inbox import cohort as cohorts
from inbox import metric_complaints, metric_groups, metric_series, practice, remark
from inbox.actors import MATRIX, Actor, Permission, may
from inbox.days import Places
from inbox.errors import Invalid
from inbox.metric_figures import figures
from inbox.metric_groups import GROUPINGS, Cut
from inbox.metric_span import asked, query, sees_all
from inbox.metrics_shape import Figure, Group, Narrow, Report
from inbox.practice import calendar_of
from inbox.store.database import Reading

#: Beyond so many days a chart has a slot for each week.
DAILY = 62
#: The tables every report has, whatever it is grouped by.
_ALWAYS = ("channel", "reason", "location", "queue")


def report(
    reading: Reading,
    *,
    actor: Actor,
    since: date,
    until: date,
    by: str = "channel",
    clinic: practice.Practice | None = None,
    narrow: Narrow | None = None,
) -> Report:
    """The report on conversations opened on the clinic's local days [since, until). People without sight of all
    figures get those of their own conversations. Raises Forbidden, and Invalid for an unknown `by` or a wrong span."""
    if by not in GROUPINGS:
        raise Invalid(fields={"by": "one of " + ", ".join(GROUPINGS)})
    clinic, narrow = clinic or practice.read(reading), narrow or Narrow()
    span, earlier = asked(reading, actor, (since, until), clinic, narrow)
    found = cohorts.load(reading, actor, span, calendar_of(clinic))
    before = cohorts.load(reading, actor, earlier, calendar_of(clinic))
    places = Places(span.since, span.until, span.now, ZoneInfo(clinic.zone), DAILY)
    bare = Report(
        since=span.since,
        until=span.until,
        counted_to=reading.now,
        by=by,
        figures=figures(found, before, places, query(since, until, narrow)),
        remarks=remark.between(reading, span.since, span.until),
        narrow=narrow,
        before=(earlier.since, earlier.now),
    )
    # who may open each row with its name learns nothing from a small group
    few = MATRIX[Permission.SEE_PERSON][actor.role] != "A" and sees_all(actor.role)
    cut = Cut(found, narrow.business, few=few)
    whole = _over_time(_with_tables(bare, cut, _agents(reading, actor, cut)), cut, places)
    if not may(actor, Permission.METRIC_ROWS):
        return whole
    return msgspec.structs.replace(whole, complaints=metric_complaints.register(reading, found))


def _agents(reading: Reading, actor: Actor, cut: Cut) -> tuple[Group, ...]:
    """Of colleagues nobody reads the figures of a few."""
    if not sees_all(actor.role):
        return ()
    return metric_groups.agents(reading, msgspec.structs.replace(cut, few=True))


def _with_tables(bare: Report, cut: Cut, agents: tuple[Group, ...]) -> Report:
    grouped = {name: metric_groups.groups(cut, name) for name in {*_ALWAYS, bare.by}}
    return msgspec.structs.replace(
        bare,
        groups=grouped[bare.by],
        by_channel=grouped["channel"],
        by_reason=grouped["reason"],
        by_location=grouped["location"],
        by_queue=grouped["queue"],
        by_agent=tuple(group for group in agents if not group.few),
        hidden=sum(group.few for group in agents),
    )


def _over_time(bare: Report, cut: Cut, places: Places) -> Report:
    return msgspec.structs.replace(
        bare,
        days=metric_series.days(cut, places),
        volume=metric_series.volume(cut.cohort, places),
        hours=metric_series.hours(cut.cohort, places),
        stages=metric_series.stages(cut.cohort),
        target=metric_series.target(cut),
        calls=metric_series.calls(cut.cohort, places),
    )


def named(found: Report, name: str) -> tuple[Figure, ...]:
    """The figures of one name: "first_response" gives its median, slowest tenth and number still open."""
    return tuple(figure for figure in found.figures if figure.name == name or figure.name.startswith(f"{name}_"))
