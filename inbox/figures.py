"""The figures, each by its one definition (domain.md §12): which conversations enter it, and how they are folded.

A figure is the fold of its entries and nothing else, so the rows behind it recompute it. Board, report and export ask
the same measures. Refuses averages alone: waits are told by median and slowest tenth, those still open counted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Literal

import msgspec

from inbox.cohort import NONE, SECOND, Case, Cohort, Ending, base
from slas.metrics import REOPEN_WINDOW, Quantile, Waits, summarise_waits

DAY = 86_400 * SECOND
WINDOW = int(REOPEN_WINDOW.total_seconds()) * SECOND
Kind = Literal["waits", "share", "count", "oldest"]
Better = Literal["down", "up", ""]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What one conversation brings to a figure: for waits `seconds` and whether they ended, for shares whether it is
    part. `at` is where it stands in time."""

    case: Case
    at: int
    counts: bool = True
    seconds: float = 0.0


class Measure(msgspec.Struct, frozen=True):
    """One definition. `better` says which direction is good; `means` defines it in words; `pick` the cases."""

    name: str
    label: str
    kind: Kind
    better: Better
    means: str
    pick: Callable[[Cohort], list[Entry]]

    def entries(self, cohort: Cohort) -> list[Entry]:
        """What enters the figure, picked once for each cohort."""
        if self.name not in cohort.known:
            cohort.known[self.name] = self.pick(cohort)
        found: list[Entry] = cohort.known[self.name]
        return found


def waits_of(entries: Iterable[Entry]) -> Waits:
    """Median and slowest tenth, the running ones as censored."""
    every = list(entries)
    ended = [entry.seconds for entry in every if entry.counts]
    return summarise_waits(ended, [entry.seconds for entry in every if not entry.counts])


def share_of(entries: Sequence[Entry]) -> tuple[int, int]:
    """Part and whole."""
    return sum(map(_counts, entries)), len(entries)


_counts = attrgetter("counts")


def percent(part: int, whole: int) -> float | None:
    """One decimal, None without cases."""
    return round(100 * part / whole, 1) if whole else None


def seconds_of(found: Quantile | None) -> float | None:
    """The seconds of a quantile, None without cases."""
    return None if found is None else found.seconds


def in_time(cohort_answers: Iterable[Case], now: int) -> list[Entry]:
    """First answers given or due: part of those in time. A late answer and one still missing are not."""
    found = []
    for case in cohort_answers:
        met = case.met if case.met is not None and case.met <= now else None
        due = case.due if case.due is not None else now
        found.append(Entry(case, due if met is None else met, counts=met is not None and met <= due))
    return found


def first_reads(reads: Iterable[Case], now: int) -> list[Entry]:
    """First inbound to first human open of emergent and urgent messages."""
    return [entry for case in reads for entry in _waited(case, now)]


def _waited(case: Case, now: int, took: Callable[[int, int], float] | None = None) -> Iterator[Entry]:
    """The wait of a promise: to its meeting, or still running. Whoever was closed without an answer waits no longer."""
    if case.started is None:
        return
    took = took or _wall
    if case.met is not None and case.met <= now:
        yield Entry(case, case.opened, seconds=took(case.started, case.met))
    elif case.stopped is None or case.stopped > now:
        yield Entry(case, case.opened, counts=False, seconds=took(case.started, now))


def _wall(start: int, end: int) -> float:
    return max(end - start, 0) / SECOND


def _all(cohort: Cohort) -> list[Entry]:
    return [Entry(case, case.opened) for case in cohort.cases]


def _closed(cohort: Cohort) -> list[Entry]:
    return [Entry(case, moment) for case, moment in cohort.closings]


def _first_response(cohort: Cohort) -> list[Entry]:
    return [entry for case in cohort.cases for entry in _waited(case, cohort.now)]


def _first_response_business(cohort: Cohort) -> list[Entry]:
    took = cohort.openings.seconds
    return [entry for case in cohort.cases for entry in _waited(case, cohort.now, took)]


def _in_time(cohort: Cohort) -> list[Entry]:
    return in_time(cohort.answers, cohort.now)


def _first_read(cohort: Cohort) -> list[Entry]:
    return first_reads(cohort.reads, cohort.now)


def is_open(cohort: Cohort, case: Case) -> bool:
    """Whether it was open at the cohort's moment: its last closure is undone, or none was made by then."""
    endings = cohort.endings.get(case.id)
    if endings:
        return endings[-1].reopened is not None
    return case.state != "closed" if case.closed is None else case.closed > cohort.now


def held(ending: Ending) -> bool:
    """Resolved and not reopened within seven days."""
    return ending.resolved and (ending.reopened is None or ending.reopened - ending.closed > WINDOW)


def _resolution(cohort: Cohort) -> list[Entry]:
    return _resolved(cohort, lambda ending: float(ending.wall), lambda case: _wall(case.opened, cohort.now))


def _resolution_business(cohort: Cohort) -> list[Entry]:
    def running(case: Case) -> float:
        off = sum(cohort.openings.seconds(start, end) for start, end in cohort.pauses.get(case.id, ()))
        return max(0.0, float(cohort.openings.seconds(case.opened, cohort.now) - off))

    return _resolved(cohort, lambda ending: float(ending.business), running)


def _resolved(cohort: Cohort, took: Callable[[Ending], float], running: Callable[[Case], float]) -> list[Entry]:
    found = []
    for case in cohort.cases:
        held_ones = [ending for ending in cohort.endings.get(case.id, ()) if held(ending)]
        found += [Entry(case, case.opened, seconds=took(ending)) for ending in held_ones]
        if is_open(cohort, case):
            found.append(Entry(case, case.opened, counts=False, seconds=running(case)))
    return found


def _of_endings(part: Callable[[Ending], bool]) -> Callable[[Cohort], list[Entry]]:
    def entries(cohort: Cohort) -> list[Entry]:
        return [
            Entry(case, case.opened, counts=part(ending))
            for case in cohort.cases
            for ending in cohort.endings.get(case.id, ())
        ]

    return entries


def _breaches(cohort: Cohort) -> list[Entry]:
    """An entry for each promise that is due."""
    found = []
    for case in cohort.cases:
        promised = cohort.promised.get(case.id, NONE)
        found += [Entry(case, case.opened, counts=place < promised.breached) for place in range(promised.due)]
    return found


def _among(members: Callable[[Cohort], set[int]]) -> Callable[[Cohort], list[Entry]]:
    def entries(cohort: Cohort) -> list[Entry]:
        those = members(cohort)
        return [Entry(case, case.opened, counts=case.id in those) for case in cohort.cases]

    return entries


def _first_contact(days: int) -> Callable[[Cohort], list[Entry]]:
    """Conversations whose first closure is `days` old: resolved, with one contact, and nothing new since."""
    window = days * DAY

    def entries(cohort: Cohort) -> list[Entry]:
        found = []
        for case in cohort.cases:
            endings = cohort.endings.get(case.id)
            if endings and endings[0].closed + window <= cohort.now and endings[0].outcome not in NO_REQUEST:
                found.append(Entry(case, case.opened, counts=_settled(cohort, case, endings[0], window)))
        return found

    return entries


#: Endings of what was no request, or no request of its own.
NO_REQUEST = frozenset({"spam", "wrong_number", "duplicate", "merged"})


def _settled(cohort: Cohort, case: Case, ending: Ending, window: int) -> bool:
    came_back = ending.reopened is not None and ending.reopened - ending.closed <= window
    if not ending.resolved or came_back or cohort.promised.get(case.id, NONE).turns:
        return False
    wrote = cohort.later.get((case.who, base(case.reason)), []) if case.who else []
    following = bisect_right(wrote, case.opened)
    return following == len(wrote) or wrote[following] > ending.closed + window


def _backlog(cohort: Cohort) -> list[Entry]:
    return [Entry(case, case.opened, seconds=_wall(case.opened, cohort.now)) for case in cohort.backlog]


def _satisfied(cohort: Cohort) -> list[Entry]:
    return [
        Entry(case, case.opened, counts=score >= 4) for case in cohort.cases for score in cohort.scores.get(case.id, ())
    ]


def _stage(reached: Callable[[Cohort, Case], bool]) -> Callable[[Cohort], list[Entry]]:
    def entries(cohort: Cohort) -> list[Entry]:
        return [Entry(case, case.opened, counts=reached(cohort, case)) for case in cohort.cases]

    return entries


def _was_answered(cohort: Cohort, case: Case) -> bool:
    return case.met is not None and case.met <= cohort.now


def _was_resolved(cohort: Cohort, case: Case) -> bool:
    return _was_answered(cohort, case) and any(ending.resolved for ending in cohort.endings.get(case.id, ()))


def _was_told(cohort: Cohort, case: Case) -> bool:
    endings = cohort.endings.get(case.id, ())
    return _was_answered(cohort, case) and any(ending.resolved and ending.confirmed for ending in endings)


def _has_held(cohort: Cohort, case: Case) -> bool:
    endings = cohort.endings.get(case.id, ())
    return _was_told(cohort, case) and endings[-1].resolved and endings[-1].reopened is None


MEASURES: tuple[Measure, ...] = (
    Measure("conversations", "Conversations", "count", "", "opened in the period", _all),
    Measure("closed", "Closed", "count", "", "closures made in the period, whenever opened", _closed),
    Measure(
        "first_response",
        "First reply",
        "waits",
        "down",
        "first inbound to first human reply, by the clock on the wall",
        _first_response,
    ),
    Measure(
        "first_response_business",
        "First reply, open hours",
        "waits",
        "down",
        "first inbound to first human reply, in open hours",
        _first_response_business,
    ),
    Measure(
        "in_time",
        "Answered in time",
        "share",
        "up",
        "first answers given or due in the period that came by their deadline; automatic words are no answer",
        _in_time,
    ),
    Measure(
        "first_read",
        "Urgent first read",
        "waits",
        "down",
        "first inbound to the first person who opened it, emergent and urgent conversations",
        _first_read,
    ),
    Measure(
        "resolution",
        "Resolution",
        "waits",
        "down",
        "first inbound to a resolving closure not reopened within 7 days, by the clock on the wall",
        _resolution,
    ),
    Measure(
        "resolution_business",
        "Resolution, open hours",
        "waits",
        "down",
        "the same in open hours, without the time it waited for the patient",
        _resolution_business,
    ),
    Measure(
        "resolution_rate",
        "Resolved",
        "share",
        "up",
        "resolved and not reopened within 7 days, of closures",
        _of_endings(held),
    ),
    Measure(
        "reopen_rate",
        "Reopen rate",
        "share",
        "down",
        "closures that were reopened, of all closures",
        _of_endings(lambda ending: ending.reopened is not None),
    ),
    Measure(
        "confirmed_rate",
        "Closure confirmed",
        "share",
        "up",
        "closures with a word to the patient, of all closures; the others have a waiver",
        _of_endings(lambda ending: ending.confirmed),
    ),
    *(
        Measure(
            f"first_contact_{days}",
            f"First-contact resolution, {days} days",
            "share",
            "up",
            f"resolved with one contact and nothing new about it by any channel for {days} days; younger closures are "
            "left out",
            _first_contact(days),
        )
        for days in (7, 14, 30)
    ),
    Measure(
        "breach_rate",
        "Breach rate",
        "share",
        "down",
        "missed of all promises due; those still open count",
        _breaches,
    ),
    Measure(
        "transfer_rate",
        "Transferred",
        "share",
        "down",
        "conversations that more than one team had",
        _among(lambda cohort: cohort.moved),
    ),
    Measure(
        "escalation_rate",
        "Escalated",
        "share",
        "down",
        "conversations for which a hand was raised, by a clock, a red flag or a person",
        _among(lambda cohort: cohort.raised),
    ),
    Measure("backlog", "Backlog", "count", "down", "open now, whenever opened", _backlog),
    Measure(
        "oldest", "Oldest open", "oldest", "down", "the longest that an open conversation waits for its end", _backlog
    ),
    Measure(
        "satisfaction",
        "Satisfied",
        "share",
        "up",
        "answers of 4 or 5 out of 5 to the question afterwards",
        _satisfied,
    ),
    Measure("stage_replied", "Got a reply", "share", "up", "requests that a person answered", _stage(_was_answered)),
    Measure("stage_resolved", "Resolved", "share", "up", "answered, and closed as resolved", _stage(_was_resolved)),
    Measure(
        "stage_told", "Told so", "share", "up", "resolved, with a word to the patient that it is", _stage(_was_told)
    ),
    Measure("stage_held", "Not reopened", "share", "up", "told so, and closed since", _stage(_has_held)),
)
BY_NAME = {measure.name: measure for measure in MEASURES}


def measure_behind(figure: str) -> Measure | None:
    """The measure of a figure's name: `first_response_p90` is one of `first_response`."""
    for ending in ("", "_median", "_p90", "_open"):
        if figure.endswith(ending) and (found := BY_NAME.get(figure.removesuffix(ending) if ending else figure)):
            return found if not ending or found.kind == "waits" else None
    return None
