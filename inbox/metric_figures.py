"""From what conversations bring to a measure to its figures: the value, its change against the period before, its
small trend. Refuses averages alone: waits are told by median, slowest tenth and how many still wait.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

import msgspec

from inbox.cohort_shape import Cohort
from inbox.days import Places
from inbox.figures import MEASURES
from inbox.measures import Entry, Measure, percent, waits_of
from inbox.metrics_shape import Change, Figure
from slas import trends
from slas.metrics import SHORT_ABANDON_SECONDS, Quantile, Rate, Waits, mean, p90

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
        first, *rest = made(measure, entries, query, measure.whole(found))
        if measure.name not in NOT_COMPARED:
            first = msgspec.structs.replace(first, change=_change(measure, first, entries, before))
        if measure.name in SPARKED:
            first = msgspec.structs.replace(first, spark=_spark(measure, entries, places))
        every += [first, *rest]
    return tuple(every)


def _spark(measure: Measure, entries: Sequence[Entry], places: Places) -> tuple[float | None, ...]:
    parts = places.split(entries, _at)
    return tuple(made(measure, part, "")[0].value if part or measure.kind == "count" else None for part in parts)


def _change(measure: Measure, now: Figure, entries: Sequence[Entry], before: Cohort) -> Change:
    earlier = measure.entries(before)
    then = made(measure, earlier, "", measure.whole(before))[0]
    differ = _differ(measure, entries, earlier)
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
    if measure.kind in ("mean", "time"):
        return trends.waits_differ(*([one.seconds for one in every if one.counts] for every in (entries, before)))
    if measure.kind == "share":
        now, then = measure.rate(entries), measure.rate(before)
        return trends.shares_differ((now.part, now.whole), (then.part, then.whole))
    return trends.counts_differ(len(entries), len(before))


def made(measure: Measure, entries: Sequence[Entry], query: str, whole: float | None = None) -> list[Figure]:
    """The figures of one measure from its entries; the first is the one that is compared. `whole` seconds are what a
    time is a part of."""
    if measure.kind == "waits":
        return _waits(measure, waits_of(entries), query)
    if measure.kind == "share":
        return [_share(measure, measure.rate(entries), query)]
    if measure.kind == "mean":
        return _mean(measure, entries, query)
    if measure.kind == "time":
        return [_time(measure, sum(entry.seconds for entry in entries), whole, len(entries), query)]
    if measure.kind == "oldest":
        longest = max((entry.seconds for entry in entries), default=None)
        return [_figure(measure, "", "", longest, "seconds", len(entries), measure.means, query)]
    return [_figure(measure, "", "", float(len(entries)), "count", len(entries), measure.means, query)]


def _share(measure: Measure, rate: Rate, query: str) -> Figure:
    said = f"{rate.part} of {rate.whole}: {measure.means}"
    if rate.excluded:
        said += f"; {rate.excluded} hung up within {SHORT_ABANDON_SECONDS:.0f} seconds and are left out"
    return _figure(measure, "", "", percent(rate.part, rate.whole), "percent", rate.whole, said, query)


def _mean(measure: Measure, entries: Sequence[Entry], query: str) -> list[Figure]:
    """The average by its definition, and beside it the slowest tenth: no average alone."""
    ended = [entry.seconds for entry in entries if entry.counts]
    running = len(entries) - len(ended)
    said = measure.means + (f"; {running} not over yet, or not written up, are left out" if running else "")
    return [
        _figure(measure, "", ", average", mean(ended), "seconds", len(ended), said, query),
        _figure(measure, "_p90", ", slowest tenth", p90(ended), "seconds", len(ended), said, query),
    ]


def _time(measure: Measure, seconds: float, whole: float | None, n: int, query: str) -> Figure:
    if whole is None:
        said = f"told for everything only, not for a part of it: {measure.means}"
        return _figure(measure, "", "", None, "percent", n, said, query)
    said = f"{seconds / 3600:.1f} of {whole / 3600:.1f} hours: {measure.means}"
    value = min(100.0, round(100 * seconds / whole, 1)) if whole else None
    return _figure(measure, "", "", value, "percent", n, said, query)


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
