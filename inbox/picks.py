"""Which conversations enter each figure, and with what: the definitions of domain.md §12 over one cohort.

Waits still running enter as running; what was closed without an answer waits no longer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable

from inbox.cohort_shape import NONE, SECOND, Case, Cohort, Ending, base
from inbox.measures import Entry
from slas.metrics import REOPEN_WINDOW

DAY = 86_400 * SECOND
WINDOW = int(REOPEN_WINDOW.total_seconds()) * SECOND


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
    return _waited(reads, now)


def _waited(cases: Iterable[Case], now: int, took: Callable[[int, int], float] | None = None) -> list[Entry]:
    """The wait of a promise: to its meeting, or still running. Whoever was closed without an answer waits no longer."""
    took, found = took or _wall, []
    for case in cases:
        started, met = case.started, case.met
        if started is None:
            continue
        if met is not None and met <= now:
            found.append(Entry(case, case.opened, True, took(started, met)))
        elif case.stopped is None or case.stopped > now:
            found.append(Entry(case, case.opened, False, took(started, now)))
    return found


def _wall(start: int, end: int) -> float:
    return max(end - start, 0) / SECOND


def opened(cohort: Cohort) -> list[Entry]:
    """All that was opened in the span."""
    return [Entry(case, case.opened) for case in cohort.cases]


def closed(cohort: Cohort) -> list[Entry]:
    """All closures made in the span."""
    return [Entry(case, moment) for case, moment in cohort.closings]


def first_response(cohort: Cohort) -> list[Entry]:
    """First replies by the clock on the wall."""
    return _waited(cohort.cases, cohort.now)


def first_response_business(cohort: Cohort) -> list[Entry]:
    """First replies in open hours."""
    return _waited(cohort.cases, cohort.now, cohort.openings.seconds)


def answered(cohort: Cohort) -> list[Entry]:
    """First answers given or due in the span."""
    return in_time(cohort.answers, cohort.now)


def read(cohort: Cohort) -> list[Entry]:
    """First human opens of the emergent and urgent."""
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


def resolution(cohort: Cohort) -> list[Entry]:
    """Closures that held, and what is still open."""
    return _resolved(cohort, lambda ending: float(ending.wall), lambda case: _wall(case.opened, cohort.now))


def resolution_business(cohort: Cohort) -> list[Entry]:
    """The same in open hours, without the time it waited for the patient."""

    def running(case: Case) -> float:
        off = sum(cohort.openings.seconds(start, end) for start, end in cohort.pauses.get(case.id, ()))
        return max(0.0, float(cohort.openings.seconds(case.opened, cohort.now) - off))

    return _resolved(cohort, lambda ending: float(ending.business), running)


def _resolved(cohort: Cohort, took: Callable[[Ending], float], running: Callable[[Case], float]) -> list[Entry]:
    found, endings_of = [], cohort.endings
    for case in cohort.cases:
        for ending in endings_of.get(case.id, ()):
            if held(ending):
                found.append(Entry(case, case.opened, True, took(ending)))
        if is_open(cohort, case):
            found.append(Entry(case, case.opened, False, running(case)))
    return found


def of_endings(part: Callable[[Ending], bool]) -> Callable[[Cohort], list[Entry]]:
    """Every closure, part of the figure where `part` says so."""

    def entries(cohort: Cohort) -> list[Entry]:
        return [
            Entry(case, case.opened, counts=part(ending))
            for case in cohort.cases
            for ending in cohort.endings.get(case.id, ())
        ]

    return entries


def breaches(cohort: Cohort) -> list[Entry]:
    """An entry for each promise that is due."""
    found = []
    for case in cohort.cases:
        promised = cohort.promised.get(case.id, NONE)
        found += [Entry(case, case.opened, counts=place < promised.breached) for place in range(promised.due)]
    return found


def among(members: Callable[[Cohort], set[int]]) -> Callable[[Cohort], list[Entry]]:
    """Every conversation, part of the figure if it is one of `members`."""

    def entries(cohort: Cohort) -> list[Entry]:
        those = members(cohort)
        return [Entry(case, case.opened, counts=case.id in those) for case in cohort.cases]

    return entries


def first_contact(days: int) -> Callable[[Cohort], list[Entry]]:
    """Conversations whose first closure is `days` old: resolved, with one contact, and nothing new since."""
    window = days * DAY

    def entries(cohort: Cohort) -> list[Entry]:
        ripe = cohort.now - window
        return [
            Entry(case, case.opened, again is None or again > closed + window)
            for case, closed, again in _first_endings(cohort)
            if closed <= ripe
        ]

    return entries


#: Endings of what was no request, or no request of its own.
NO_REQUEST = frozenset({"spam", "wrong_number", "duplicate", "merged"})


def _first_endings(cohort: Cohort) -> list[tuple[Case, int, int | None]]:
    """Each request with its first closure and when it came up again after that, None if it never did: told once for all
    windows. What was not resolved at one contact counts as coming up at once."""
    if "first endings" not in cohort.known:
        cohort.known["first endings"] = [
            (case, endings[0].closed, _again(cohort, case, endings[0]))
            for case in cohort.cases
            if (endings := cohort.endings.get(case.id)) and endings[0].outcome not in NO_REQUEST
        ]
    found: list[tuple[Case, int, int | None]] = cohort.known["first endings"]
    return found


def _again(cohort: Cohort, case: Case, ending: Ending) -> int | None:
    if not ending.resolved or cohort.promised.get(case.id, NONE).turns:
        return ending.closed
    if not case.who:
        return ending.reopened
    about = (case.who, base(case.reason))
    following = bisect_right(cohort.later, (*about, case.opened))
    wrote = cohort.later[following] if following < len(cohort.later) else None
    moments = [ending.reopened, wrote[2] if wrote and wrote[:2] == about else None]
    return min((one for one in moments if one is not None), default=None)


def backlog(cohort: Cohort) -> list[Entry]:
    """What is open now."""
    return [Entry(case, case.opened, seconds=_wall(case.opened, cohort.now)) for case in cohort.backlog]


def satisfied(cohort: Cohort) -> list[Entry]:
    """Every answer to the question afterwards; part are 4 and 5."""
    return [
        Entry(case, case.opened, counts=score >= 4)
        for case in cohort.cases
        for score in cohort.asked.get(case.id, ())
        if score is not None
    ]


def surveyed(cohort: Cohort) -> list[Entry]:
    """Every question afterwards; part are those that were answered."""
    return [
        Entry(case, case.opened, counts=score is not None)
        for case in cohort.cases
        for score in cohort.asked.get(case.id, ())
    ]


def stage(reached: Callable[[Cohort, Case], bool]) -> Callable[[Cohort], list[Entry]]:
    """Every conversation, part of the figure if it `reached` a step."""

    def entries(cohort: Cohort) -> list[Entry]:
        return [Entry(case, case.opened, counts=reached(cohort, case)) for case in cohort.cases]

    return entries


def was_answered(cohort: Cohort, case: Case) -> bool:
    """A person answered."""
    return case.met is not None and case.met <= cohort.now


def was_resolved(cohort: Cohort, case: Case) -> bool:
    """Answered, and closed as resolved."""
    return was_answered(cohort, case) and any(ending.resolved for ending in cohort.endings.get(case.id, ()))


def was_told(cohort: Cohort, case: Case) -> bool:
    """Resolved, with a word to the patient that it is."""
    endings = cohort.endings.get(case.id, ())
    return was_answered(cohort, case) and any(ending.resolved and ending.confirmed for ending in endings)


def has_held(cohort: Cohort, case: Case) -> bool:
    """Told so, and closed since."""
    endings = cohort.endings.get(case.id, ())
    return was_told(cohort, case) and endings[-1].resolved and endings[-1].reopened is None
