"""Complaints: the figures of them, and the register that lists each with what was promised and kept (domain.md §8).
Refuses names of patients: a register is read by managers, and each line opens its conversation for those who may.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from inbox.cohort_shape import SECOND, Case, Cohort, base
from inbox.measures import Entry
from inbox.store import metric_calls as store
from inbox.store.database import Reading
from slas.hours import EPOCH

#: Closed within so long, by the clock on the wall.
CLOSED_WITHIN = 7 * 86_400 * SECOND


class Complaint(msgspec.Struct, frozen=True):
    """A line of the register. `contact_seconds` to the first answer by a person, None without one, `in_time` whether by
    its deadline, None while that may still be; `closed_seconds` to the end that holds; `by_another` whether somebody
    closed it who had not spoken or written with the patient, None while it is open."""

    id: int
    opened_at: datetime
    channel: str
    queue: str
    location: str
    contact_seconds: float | None
    in_time: bool | None
    closed_seconds: float | None
    outcome: str
    by_another: bool | None


def made(cohort: Cohort) -> list[Entry]:
    """Every complaint."""
    return [Entry(case, case.opened) for case in _complaints(cohort)]


def contacted(cohort: Cohort) -> list[Entry]:
    """Complaints answered or due, part of the figure if the answer was in time."""
    kept = ((case, _in_time(case, cohort.now)) for case in _complaints(cohort))
    return [Entry(case, case.opened, counts=in_time) for case, in_time in kept if in_time is not None]


def closed(cohort: Cohort) -> list[Entry]:
    """Complaints that ended or are older than a week, part of the figure if they ended within it and stayed so."""
    found = []
    for case in _complaints(cohort):
        took = _took(cohort, case)
        if took is not None or cohort.now - case.opened > CLOSED_WITHIN:
            found.append(Entry(case, case.opened, took is not None and took <= CLOSED_WITHIN))
    return found


def register(reading: Reading, cohort: Cohort) -> tuple[Complaint, ...]:
    """All of the cohort, newest first."""
    cases = _complaints(cohort)
    ids = [case.id for case in cases]
    closers, answerers = (store.closers(reading, ids), store.answerers(reading, ids)) if ids else ({}, {})
    return tuple(_line(cohort, case, closers.get(case.id), answerers.get(case.id, set())) for case in reversed(cases))


def _line(cohort: Cohort, case: Case, closer: int | None, answerers: set[int]) -> Complaint:
    took = _took(cohort, case)
    met = case.met if case.met is not None and case.met <= cohort.now else None
    return Complaint(
        id=case.id,
        opened_at=EPOCH + timedelta(microseconds=case.opened),
        channel=case.channel,
        queue=case.team,
        location=case.location or "",
        contact_seconds=None if met is None else (met - case.opened) / SECOND,
        in_time=_in_time(case, cohort.now),
        closed_seconds=None if took is None else took / SECOND,
        outcome="" if took is None else cohort.endings[case.id][-1].outcome,
        by_another=None if took is None else closer not in answerers,
    )


def _complaints(cohort: Cohort) -> list[Case]:
    return [case for case in cohort.cases if base(case.reason) == "complaint"]


def _in_time(case: Case, now: int) -> bool | None:
    if case.met is not None and case.met <= now:
        return case.due is None or case.met <= case.due
    return False if case.due is not None and case.due <= now else None


def _took(cohort: Cohort, case: Case) -> int | None:
    """Microseconds to the end that holds."""
    endings = cohort.endings.get(case.id, ())
    return endings[-1].closed - case.opened if endings and endings[-1].reopened is None else None
