"""Which conversations enter each figure, and with what: the definitions of domain.md §12 over one cohort.

Waits still running enter as running; what was closed without an answer waits no longer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from inbox.cohort import NONE, SECOND, Case, Cohort, Ending, base
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


def opened(cohort: Cohort) -> list[Entry]:
    """All that was opened in the span."""
    return [Entry(case, case.opened) for case in cohort.cases]


def closed(cohort: Cohort) -> list[Entry]:
    """All closures made in the span."""
    return [Entry(case, moment) for case, moment in cohort.closings]


def first_response(cohort: Cohort) -> list[Entry]:
    """First replies by the clock on the wall."""
    return [entry for case in cohort.cases for entry in _waited(case, cohort.now)]


def first_response_business(cohort: Cohort) -> list[Entry]:
    """First replies in open hours."""
    took = cohort.openings.seconds
    return [entry for case in cohort.cases for entry in _waited(case, cohort.now, took)]


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
    found = []
    for case in cohort.cases:
        held_ones = [ending for ending in cohort.endings.get(case.id, ()) if held(ending)]
        found += [Entry(case, case.opened, seconds=took(ending)) for ending in held_ones]
        if is_open(cohort, case):
            found.append(Entry(case, case.opened, counts=False, seconds=running(case)))
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


def backlog(cohort: Cohort) -> list[Entry]:
    """What is open now."""
    return [Entry(case, case.opened, seconds=_wall(case.opened, cohort.now)) for case in cohort.backlog]


def satisfied(cohort: Cohort) -> list[Entry]:
    """Every answer to the question afterwards; part are 4 and 5."""
    return [
        Entry(case, case.opened, counts=score >= 4) for case in cohort.cases for score in cohort.scores.get(case.id, ())
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
