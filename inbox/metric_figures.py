"""From what conversations bring to a measure to its figures: the value, its change against the period before, its
small trend. Refuses averages alone: waits are told by median, slowest tenth and how many still wait.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

import msgspec

from inbox.cohort import Cohort
from inbox.days import Places
from inbox.figures import MEASURES
from inbox.measures import Entry, Measure, percent, share_of, waits_of
from inbox.metrics_shape import Change, Figure
from slas import trends
from slas.metrics import Quantile, Waits

#: What is only known for the present, and what the table of steps tells.
NOT_COMPARED = frozenset({"backlog", "oldest", "stage_replied", "stage_resolved", "stage_told", "stage_held"})

#: What is drawn as a small trend.
SPARKED = frozenset(
    {
        "first_response",
        "first_response_business",
        "in_time",
        "first_read",
        "first_contact_7",
        "resolution",
        "resolution_business",
        "reopen_rate",
        "satisfaction",
    }
)

_at: Callable[[Entry], int] = attrgetter("at")


def figures(found: Cohort, before: Cohort, places: Places, query: str) -> tuple[Figure, ...]:
    """All of the report, the compared and the sparked ones with their period before and their trend."""
    every: list[Figure] = []
    for measure in MEASURES:
        entries = measure.entries(found)
        first, *rest = made(measure, entries, query)
        if measure.name not in NOT_COMPARED:
            first = msgspec.structs.replace(first, change=_change(measure, entries, measure.entries(before)))
        if measure.name in SPARKED:
            first = msgspec.structs.replace(first, spark=_spark(measure, entries, places))
        every += [first, *rest]
    return tuple(every)


def _spark(measure: Measure, entries: Sequence[Entry], places: Places) -> tuple[float | None, ...]:
    parts = places.split(entries, _at)
    return tuple(made(measure, part, "")[0].value if part or measure.kind == "count" else None for part in parts)


def _change(measure: Measure, entries: Sequence[Entry], before: Sequence[Entry]) -> Change:
    then, now = made(measure, before, "")[0], made(measure, entries, "")[0]
    differ = _differ(measure, entries, before)
    if differ is None or then.value is None or now.value is None:
        return Change("few", then.value, then.n)
    if not differ or then.value == now.value:
        return Change("same", then.value, then.n)
    rose = now.value > then.value
    verdict = "changed" if not measure.better else "better" if rose == (measure.better == "up") else "worse"
    return Change(verdict, then.value, then.n)


def _differ(measure: Measure, entries: Sequence[Entry], before: Sequence[Entry]) -> bool | None:
    if measure.kind == "waits":
        return trends.waits_differ([one.seconds for one in entries], [one.seconds for one in before])
    if measure.kind == "share":
        return trends.shares_differ(share_of(entries), share_of(before))
    return trends.counts_differ(len(entries), len(before))


def made(measure: Measure, entries: Sequence[Entry], query: str) -> list[Figure]:
    """The figures of one measure from its entries; the first is the one that is compared."""
    if measure.kind == "waits":
        return _waits(measure, waits_of(entries), query)
    if measure.kind == "share":
        part, whole = share_of(entries)
        said = f"{part} of {whole}: {measure.means}"
        return [_figure(measure, "", "", percent(part, whole), "percent", whole, said, query)]
    if measure.kind == "oldest":
        longest = max((entry.seconds for entry in entries), default=None)
        return [_figure(measure, "", "", longest, "seconds", len(entries), measure.means, query)]
    return [_figure(measure, "", "", float(len(entries)), "count", len(entries), measure.means, query)]


def _waits(measure: Measure, waits: Waits, query: str) -> list[Figure]:
    said = f"{measure.means}; {waits.still_open} still open, counted as waiting"
    still_open = float(waits.still_open)
    return [
        _figure(measure, "_median", ", median", *_quantile(waits.median, waits.count, said), query),
        _figure(measure, "_p90", ", slowest tenth", *_quantile(waits.p90, waits.count, said), query),
        _figure(measure, "_open", ", still open", still_open, "count", waits.count, measure.means, query),
    ]


def _figure(
    measure: Measure, name: str, label: str, value: float | None, unit: str, n: int, detail: str, query: str
) -> Figure:
    full = f"{measure.name}{name}"
    return Figure(full, f"{measure.label}{label}", value, unit, n, detail, f"/api/metrics/{full}/rows?{query}")


def _quantile(found: Quantile | None, n: int, said: str) -> tuple[float | None, str, int, str]:
    if found is None:
        return None, "seconds", n, said
    return found.seconds, "seconds", n, f"at least; {said}" if found.at_least else said
