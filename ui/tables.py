"""The report as tables of plain cells: what stands beside each chart, and what a spreadsheet gets. Refuses cells that a
spreadsheet would run as formulas.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from io import StringIO

import msgspec

from inbox.metric_complaints import Complaint
from inbox.metrics_shape import Change, Figure, Group, Report
from ui import words

Cell = str | int | float | None


class Table(msgspec.Struct, frozen=True):
    """Rows of cells under their heads; spans of time are seconds."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def text(table: Table) -> str:
    """CSV (RFC 4180) with a byte order mark, so that spreadsheets read accents."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(table.heads)
    writer.writerows([[_harmless(cell) for cell in row] for row in table.rows])
    return "\ufeff" + out.getvalue()


def _harmless(cell: Cell) -> Cell:
    """A text that begins like a formula gets an apostrophe before it (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"} else cell


def _figures(report: Report) -> Table:
    heads = ("Figure", "Value", "Unit", "Cases", "The same length before", "Cases then", "Verdict", "Counts")
    return Table(heads, tuple(_figure(one) for one in report.figures))


def _figure(one: Figure) -> tuple[Cell, ...]:
    change = one.change or Change("", None, 0)
    return one.label, one.value, one.unit, one.n, change.before, change.n, change.verdict, one.detail


def _days(report: Report) -> Table:
    heads = ("From", "Days", "Opened", "Closed", "First reply, median (s)", "First reply, slowest tenth (s)", "Partial")
    rows = (
        (
            day.on.isoformat(),
            day.days,
            day.opened,
            day.closed,
            day.first_response_median,
            day.first_response_p90,
            "so far" if day.partial else "",
        )
        for day in report.days
    )
    return Table(heads, tuple(rows))


def _volume(report: Report) -> Table:
    heads = ("From", *(words.channel(one.channel) for one in report.volume))
    counts = list(zip(*(one.counts for one in report.volume), strict=True)) or [()] * len(report.days)
    return Table(heads, tuple((day.on.isoformat(), *counts[place]) for place, day in enumerate(report.days)))


def _hours(report: Report) -> Table:
    heads = ("Weekday", "Hour", "Opened", "An hour", "Late")
    rows = ((WEEKDAYS[one.weekday], one.hour, one.opened, one.mean, one.late) for one in report.hours)
    return Table(heads, tuple(rows))


def _calls(report: Report) -> Table:
    rows = (
        (day.on.isoformat(), *(msgspec.structs.astuple(one)))
        for day, one in zip(report.days, report.calls, strict=True)
    )
    return Table(("From", *_OF_CALLS), tuple(rows))


_OF_CALLS = (
    "Answered",
    "Answered within 20 s",
    "Speed of answer, average (s)",
    "Left for voicemail or a call back",
    "Hung up",
    "Hung up within 5 s (left out)",
    "Still waiting",
)


def _complaints(report: Report) -> Table:
    return Table(_OF_COMPLAINT, tuple(_complaint(one) for one in report.complaints))


_OF_COMPLAINT = (
    "Conversation",
    "Opened",
    "Channel",
    "Queue",
    "Location",
    "First contact (s)",
    "In time",
    "Closed after (s)",
    "Outcome",
    "Closed by another than who answered",
)


def _complaint(one: Complaint) -> tuple[Cell, ...]:
    said = {True: "yes", False: "no", None: ""}
    opened = one.opened_at.isoformat(timespec="minutes")
    place = (words.channel(one.channel), words.team(one.queue), one.location)
    kept = (one.contact_seconds, said[one.in_time], one.closed_seconds, one.outcome, said[one.by_another])
    return one.id, opened, *place, *kept


def _stages(report: Report) -> Table:
    return Table(("Step", "Conversations"), tuple((one.label, one.count) for one in report.stages))


def _groups(head: str, pick: Callable[[Report], Sequence[Group]]) -> Callable[[Report], Table]:
    heads = (head, *_OF_GROUP)

    def table(report: Report) -> Table:
        return Table(heads, tuple(_cells(one) for one in pick(report)))

    return table


_OF_GROUP = (
    "Conversations",
    "First reply, median (s)",
    "First reply, slowest tenth (s)",
    "Breach rate (%)",
    "Promises due",
    "Closures",
    "To resolve, median (s)",
    "To resolve, slowest tenth (s)",
    "First-contact resolution, 7 days (%)",
    "Reopened (%)",
    "Satisfied (%)",
    "Answers",
    "Asked",
)


def _cells(one: Group) -> tuple[Cell, ...]:
    return (
        one.label,
        one.conversations,
        one.first_response_median,
        one.first_response_p90,
        one.breach_rate,
        one.due,
        one.closed,
        one.resolution_median,
        one.resolution_p90,
        one.first_contact,
        one.reopen_rate,
        one.satisfied,
        one.answers,
        one.asked,
    )


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: Every table by the name it is taken away under.
TABLES: dict[str, Callable[[Report], Table]] = {
    "figures": _figures,
    "days": _days,
    "channels-by-day": _volume,
    "hours": _hours,
    "stages": _stages,
    "calls": _calls,
    "complaints": _complaints,
    "by-reason": _groups("Reason", lambda report: report.by_reason),
    "by-channel": _groups("Channel", lambda report: report.by_channel),
    "by-location": _groups("Location", lambda report: report.by_location),
    "by-queue": _groups("Queue", lambda report: report.by_queue),
    "by-person": _groups("Person", lambda report: report.by_agent),
}


def names(tables: Iterable[str] = TABLES) -> str:
    """What there is, for a message."""
    return ", ".join(f"{name}.csv" for name in tables)
