"""The managers' report: figures of the conversations opened in a span, by day, hour and group, beside the same length
before. Refuses averages alone, a part of a day against a whole one, and figures of fewer than five in a group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from operator import attrgetter, itemgetter
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from inbox import cohort as cohorts
from inbox import practice, remark, worklist
from inbox.actors import MATRIX, Actor, Permission, Role, may
from inbox.cohort import Case, Cohort
from inbox.days import Places
from inbox.errors import Forbidden, Invalid
from inbox.figures import BY_NAME, MEASURES, Entry, Measure, measure_behind, percent, seconds_of, share_of, waits_of
from inbox.practice import calendar_of
from inbox.remark import Remark
from inbox.store import journal
from inbox.store import metrics as store
from inbox.store import worklist as lists
from inbox.store.database import Reading
from inbox.store.metrics import Asked
from inbox.worklist import reason_label
from slas import trends
from slas.metrics import Quantile, Waits, median

#: What a report can be grouped by: the code of a conversation, and what each group is called.
GROUPINGS: dict[str, Callable[[str], str]] = {
    "channel": lambda code: code,
    "reason": reason_label,
    "queue": lambda code: code.replace("_", " ").capitalize(),
    "location": lambda code: code or "No location",
    "priority": lambda code: f"P{code}",
}
LONGEST = timedelta(days=400)
#: Figures of fewer cases than this in one group say more about a person than about the work (security.md §5).
FEW = 5
#: Beyond so many days a chart has a slot for each week.
DAILY = 62


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


class Narrow(msgspec.Struct, frozen=True):
    """Which conversations: "" is any. `business` counts open hours instead of the clock on the wall."""

    channel: str = ""
    reason: str = ""
    location: str = ""
    queue: str = ""
    business: bool = False

    @property
    def codes(self) -> dict[str, Any]:
        """What is narrowed, by its name in an address."""
        every = {"channel": self.channel, "reason": self.reason, "location": self.location, "queue": self.queue}
        return {name: code for name, code in every.items() if code}


class Change(msgspec.Struct, frozen=True):
    """Against the same length before, as it stood at the same point: `verdict` better, worse, changed (neither is
    good), same (no more than chance brings) or few (fewer than 20 on a side); `n` cases then."""

    verdict: str
    before: float | None
    n: int


class Figure(msgspec.Struct, frozen=True):
    """One number. `value` None without cases; `unit` seconds, percent or count; `n` cases behind it; `detail` says what
    counts in words; `rows_link` opens the rows."""

    name: str
    label: str
    value: float | None
    unit: str
    n: int
    detail: str
    rows_link: str
    change: Change | None = None
    spark: tuple[float | None, ...] = ()


class Group(msgspec.Struct, frozen=True):
    """The table row of one channel, reason, queue, location or person. Seconds as the report counts them; figures of
    fewer than five cases are None."""

    key: str
    label: str
    conversations: int
    first_response_median: float | None
    first_response_p90: float | None
    breach_rate: float | None
    due: int
    closed: int
    resolution_median: float | None
    reopen_rate: float | None
    resolution_p90: float | None = None
    first_contact: float | None = None
    few: bool = False


class Day(msgspec.Struct, frozen=True):
    """A local day, or `days` of them from `on`: conversations opened and closed, and the median first response."""

    on: date
    opened: int
    closed: int
    first_response_median: float | None
    first_response_p90: float | None
    partial: bool
    days: int = 1


class Volume(msgspec.Struct, frozen=True):
    """Conversations of a channel by day (or week)."""

    channel: str
    counts: tuple[int, ...]


class Hour(msgspec.Struct, frozen=True):
    """A local hour of a weekday (0 is Monday): all conversations opened in it, `mean` an hour of that kind, `late` of
    them answered late or still unanswered past the deadline."""

    weekday: int
    hour: int
    opened: int
    mean: float
    late: int


class Stage(msgspec.Struct, frozen=True):
    """A step that requests reached: `count` of them; `name` opens the rows."""

    name: str
    label: str
    count: int


class Report(msgspec.Struct, frozen=True):
    """Figures of conversations opened in [since, until), local days; `counted_to` is the moment of the snapshot.
    `before` is what they are compared with; `hidden` people had fewer than five; `target` is the median of what was
    promised for a first response, in seconds as the report counts them."""

    since: datetime
    until: datetime
    counted_to: datetime
    by: str
    figures: tuple[Figure, ...]
    by_channel: tuple[Group, ...]
    by_reason: tuple[Group, ...]
    groups: tuple[Group, ...]
    days: tuple[Day, ...]
    by_location: tuple[Group, ...] = ()
    by_queue: tuple[Group, ...] = ()
    by_agent: tuple[Group, ...] = ()
    hidden: int = 0
    volume: tuple[Volume, ...] = ()
    hours: tuple[Hour, ...] = ()
    stages: tuple[Stage, ...] = ()
    remarks: tuple[Remark, ...] = ()
    narrow: Narrow = Narrow()
    before: tuple[datetime, datetime] | None = None
    target: float | None = None


class Behind(msgspec.Struct, frozen=True):
    """A page of the rows behind a figure: what each conversation of the page brings to it, and the figure itself."""

    page: worklist.Page
    entries: dict[int, tuple[Entry, ...]]
    figure: Figure
    measure: Measure


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
    asked, earlier = _asked(reading, actor, (since, until), clinic, narrow)
    found = cohorts.load(reading, actor, asked, calendar_of(clinic))
    before = cohorts.load(reading, actor, earlier, calendar_of(clinic))
    places = Places(asked.since, asked.until, asked.now, ZoneInfo(clinic.zone), DAILY)
    role = actor.role
    # who may open each row with its name learns nothing from a small group; of colleagues nobody reads such figures
    cut = _Cut(found, narrow.business, few=MATRIX[Permission.SEE_PERSON][role] != "A" and _sees_all(role))
    agents = _agents(reading, msgspec.structs.replace(cut, few=True)) if _sees_all(role) else ()
    grouped = {name: _groups(cut, name) for name in {"channel", "reason", "location", "queue", by}}
    return Report(
        since=asked.since,
        until=asked.until,
        counted_to=reading.now,
        by=by,
        figures=_figures(found, before, places, _query(since, until, narrow)),
        by_channel=grouped["channel"],
        by_reason=grouped["reason"],
        groups=grouped[by],
        days=_days(cut, places),
        by_location=grouped["location"],
        by_queue=grouped["queue"],
        by_agent=tuple(group for group in agents if not group.few),
        hidden=sum(group.few for group in agents),
        volume=_volume(found, places),
        hours=_hours(found, places),
        stages=_stages(found),
        remarks=remark.between(reading, asked.since, asked.until),
        narrow=narrow,
        before=(earlier.since, earlier.now),
        target=_target(cut),
    )


def named(found: Report, name: str) -> tuple[Figure, ...]:
    """The figures of one name: "first_response" gives its median, slowest tenth and number still open."""
    return tuple(figure for figure in found.figures if figure.name == name or figure.name.startswith(f"{name}_"))


def rows(
    reading: Reading, *, actor: Actor, name: str, since: date, until: date, after: str | None = None, limit: int = 50
) -> worklist.Page:
    """The conversations behind a figure, newest first, as the viewer may see them. Raises Forbidden for roles without
    rows, Invalid for an unknown figure."""
    return behind(reading, actor=actor, name=name, since=since, until=until, after=after, limit=limit).page


def behind(
    reading: Reading,
    *,
    actor: Actor,
    name: str,
    since: date,
    until: date,
    narrow: Narrow | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Behind:
    """As `rows`, with what each conversation brings to the figure: folded together they are the figure."""
    measure = measure_behind(name)
    if not may(actor, Permission.METRIC_ROWS):
        raise Forbidden("Your role shows figures, not the rows behind them.")
    if measure is None:
        raise Invalid(fields={"name": "one of " + ", ".join(BY_NAME)})
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid(fields={"after": "send back `next` as it came"})
    clinic, narrow = practice.read(reading), narrow or Narrow()
    asked, _ = _asked(reading, actor, (since, until), clinic, narrow)
    every = measure.entries(cohorts.load(reading, actor, asked, calendar_of(clinic)))
    ids = sorted({entry.case.id for entry in every}, reverse=True)
    ids = [one for one in ids if after is None or one < int(after)]
    page = _page(reading, actor, ids, limit)
    shown = {row.id for row in page.items}
    figure = next(one for one in _made(measure, every, _query(since, until, narrow)) if one.name.startswith(name))
    return Behind(page, _by_conversation(every, shown), figure, measure)


def _page(reading: Reading, actor: Actor, ids: Sequence[int], limit: int) -> worklist.Page:
    shown = worklist.rows(reading, actor, lists.rows_of_ids(reading, actor, list(ids[:limit])), view="all")
    items = tuple(sorted(shown, key=lambda row: row.key))
    return worklist.Page(items, str(ids[limit - 1]) if len(ids) > limit else None, journal.head(reading.connection))


def _by_conversation(entries: Iterable[Entry], shown: set[int]) -> dict[int, tuple[Entry, ...]]:
    found: dict[int, tuple[Entry, ...]] = {}
    for entry in entries:
        if entry.case.id in shown:
            found[entry.case.id] = (*found.get(entry.case.id, ()), entry)
    return found


def _asked(
    reading: Reading, actor: Actor, days: tuple[date, date], clinic: practice.Practice, narrow: Narrow
) -> tuple[Asked, Asked]:
    """The span and the same length before it, cut at the same local time: never a part of a day against a whole."""
    since, until = days
    if not may(actor, Permission.METRICS):
        raise Forbidden("Your role does not show figures.")
    if not timedelta() < until - since <= LONGEST:
        raise Invalid(fields={"to": f"after `from`, at most {LONGEST.days} days later"})
    zone, length = ZoneInfo(clinic.zone), until - since
    cut = min(reading.now.astimezone(zone), _midnight(until, zone))
    narrowed = Asked(_midnight(since, zone), _midnight(until, zone), reading.now, **narrow.codes)
    earlier = datetime.combine(cut.date() - length, cut.time(), zone)
    return narrowed, msgspec.structs.replace(
        narrowed, since=_midnight(since - length, zone), until=_midnight(since, zone), now=earlier
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _sees_all(role: Role) -> bool:
    return MATRIX[Permission.METRICS][role] == "A"


def _query(since: date, until: date, narrow: Narrow) -> str:
    return urlencode({"from": since.isoformat(), "to": until.isoformat(), **narrow.codes})


class _Cut(msgspec.Struct, frozen=True):
    """The cohort as the tables count it; `few` hides figures of fewer than five."""

    cohort: Cohort
    business: bool
    few: bool

    def entries(self, name: str) -> list[Entry]:
        """Those of a measure, of its open-hours twin where the report counts those."""
        twin = BY_NAME.get(f"{name}_business") if self.business else None
        return (twin or BY_NAME[name]).entries(self.cohort)


def _figures(found: Cohort, before: Cohort, places: Places, query: str) -> tuple[Figure, ...]:
    made: list[Figure] = []
    for measure in MEASURES:
        entries = measure.entries(found)
        first, *rest = _made(measure, entries, query)
        if measure.name not in NOT_COMPARED:
            first = msgspec.structs.replace(first, change=_change(measure, entries, measure.entries(before)))
        if measure.name in SPARKED:
            first = msgspec.structs.replace(first, spark=_spark(measure, entries, places))
        made += [first, *rest]
    return tuple(made)


def _spark(measure: Measure, entries: Sequence[Entry], places: Places) -> tuple[float | None, ...]:
    parts = places.split(entries, _at)
    return tuple(_made(measure, part, "")[0].value if part or measure.kind == "count" else None for part in parts)


def _change(measure: Measure, entries: Sequence[Entry], before: Sequence[Entry]) -> Change:
    then, now = _made(measure, before, "")[0], _made(measure, entries, "")[0]
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


def _made(measure: Measure, entries: Sequence[Entry], query: str) -> list[Figure]:
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


#: Looked up for each entry of a report, a hundred thousand times: an attribute alone costs half of a function.
_CODES: dict[str, Callable[[Entry], Any]] = {
    "channel": attrgetter("case.channel"),
    "reason": attrgetter("case.reason"),
    "queue": attrgetter("case.team"),
    "location": attrgetter("case.location"),
    "priority": attrgetter("case.priority"),
    "owner": attrgetter("case.owner_id"),
}
_opened: Callable[[Case], int] = attrgetter("opened")
_at: Callable[[Entry], int] = attrgetter("at")
_closed: Callable[[tuple[Case, int]], int] = itemgetter(1)
_IN_TABLES = ("conversations", "first_response", "breach_rate", "resolution", "reopen_rate", "first_contact_7")


def _groups(cut: _Cut, by: str) -> tuple[Group, ...]:
    """Largest first."""
    found = _grouped(cut, by)
    largest = sorted(found.items(), key=lambda item: (-len(item[1]["conversations"]), item[0]))
    return tuple(_group(key, GROUPINGS[by](key), parts, cut) for key, parts in largest)


def _agents(reading: Reading, cut: _Cut) -> tuple[Group, ...]:
    """Who has them now, by name: people are not ranked."""
    found = _grouped(cut, "owner")
    found.pop("", None)
    names = store.names(reading, {int(key) for key in found})
    groups = (_group(key, names.get(int(key), ""), parts, cut) for key, parts in found.items())
    return tuple(sorted(groups, key=lambda group: (group.label, group.key)))


def _grouped(cut: _Cut, by: str) -> dict[str, dict[str, list[Entry]]]:
    found: dict[str, dict[str, list[Entry]]] = {}
    for name in _IN_TABLES:
        split: defaultdict[Any, list[Entry]] = defaultdict(list)
        every = cut.entries(name)
        for code, entry in zip(map(_CODES[by], every), every, strict=True):
            split[code].append(entry)
        for code, entries in split.items():
            key = "" if code is None else str(code)
            known = found.setdefault(key, {one: [] for one in _IN_TABLES})
            known[name] = known[name] + entries
    return found


def _group(key: str, label: str, parts: dict[str, list[Entry]], cut: _Cut) -> Group:
    count, due = len(parts["conversations"]), len(parts["breach_rate"])
    if cut.few and count < FEW:
        return Group(key, label, count, None, None, None, due, len(parts["reopen_rate"]), None, None, few=True)
    waits, resolution = waits_of(parts["first_response"]), waits_of(parts["resolution"])
    return Group(
        key=key,
        label=label,
        conversations=count,
        first_response_median=seconds_of(waits.median),
        first_response_p90=seconds_of(waits.p90),
        breach_rate=percent(*share_of(parts["breach_rate"])),
        due=due,
        closed=len(parts["reopen_rate"]),
        resolution_median=seconds_of(resolution.median),
        reopen_rate=percent(*share_of(parts["reopen_rate"])),
        resolution_p90=seconds_of(resolution.p90),
        first_contact=percent(*share_of(parts["first_contact_7"])),
    )


def _days(cut: _Cut, places: Places) -> tuple[Day, ...]:
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


def _volume(found: Cohort, places: Places) -> tuple[Volume, ...]:
    by_channel: dict[str, list[Case]] = {}
    for case in found.cases:
        by_channel.setdefault(case.channel, []).append(case)
    largest = sorted(by_channel.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        Volume(channel, tuple(len(part) for part in places.split(cases, _opened))) for channel, cases in largest
    )


def _target(cut: _Cut) -> float | None:
    spans = [(case.started, case.due) for case in cut.cohort.cases if case.started is not None and case.due is not None]
    if cut.business:
        return median(cut.cohort.openings.seconds(start, due) for start, due in spans)
    return median((due - start) / cohorts.SECOND for start, due in spans)


def _hours(found: Cohort, places: Places) -> tuple[Hour, ...]:
    counted: dict[tuple[int, int], list[int]] = {}
    for case in found.cases:
        cell = counted.setdefault(places.hour(case.opened), [0, 0])
        cell[0] += 1
        cell[1] += _is_late(case, found.now)
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


def _stages(found: Cohort) -> tuple[Stage, ...]:
    asked = Stage("conversations", "Requests", len(found.cases))
    steps = (measure for measure in MEASURES if measure.name.startswith("stage_"))
    return asked, *(Stage(one.name, one.label, share_of(one.entries(found))[0]) for one in steps)
