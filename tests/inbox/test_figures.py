"""Every figure equals what a hand counts, channel by channel, and its rows recompute it (R77, N21, R84).

The week: seven text messages and six mails on a Tuesday, all opened at ten; the clock stands on Wednesday at ten.
"""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from inbox import board, board_figures, metric_rows, metrics, metrics_shape, practice, remark
from inbox.actors import Actor
from inbox.errors import Forbidden, NotFound
from inbox.figures import MEASURES
from inbox.measures import Entry, waits_of
from inbox.metrics_shape import Narrow, Report
from inbox.store import tables as t
from tests.support.cast import (
    AGENT,
    ANA,
    DAY,
    HOUR,
    LUIS,
    MANAGER,
    MARIA,
    MINUTE,
    NOW,
    NURSE,
    RIVAL,
    SUPERVISOR,
    Cast,
    ids,
)

OPENED = NOW - DAY
SPAN: dict[str, Any] = {"since": date(2026, 3, 10), "until": date(2026, 3, 11)}
BOTH: dict[str, Any] = {"since": date(2026, 3, 10), "until": date(2026, 3, 12)}
#: Minutes to the first answer, None for none yet, and to the end.
TEXTS = ((1, 30), (2, 60), (3, None), (4, 90), (61, 120), (None, None), (62, None))
MAILS = ((10, 100), (20, None), (30, None), (40, None), (50, None), (None, None))


def read(cast: Cast, actor: Actor = SUPERVISOR, **asked: Any) -> Report:
    with cast.database.snapshot() as reading:
        return metrics.report(reading, actor=actor, **{**SPAN, **asked})


def values(found: Report) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in found.figures}


def request(cast: Cast, answer: int | None, end: int | None, **more: Any) -> int:
    closed = {} if end is None else {"state": "closed", "closed_at": OPENED + end * MINUTE}
    made = cast.add_conversation(
        opened_at=OPENED, **{"subject_patient_id": None, "subject_certainty": "unknown"} | closed | more
    )
    due = OPENED + HOUR
    late = answer is None or answer > 60
    kept = {"met_at": None if answer is None else OPENED + answer * MINUTE, "breached_at": due if late else None}
    cast.add_clock(made, started_at=OPENED, due_at=due, state="breached" if late else "met", **kept)
    if end is not None:
        close(cast, made, end)
    return made


def close(cast: Cast, made: int, end: int, **more: Any) -> int:
    of = {"reason": "billing", "channel": "sms", "team": "billing", "outcome": "resolved", "resolved": True}
    took = {"resolution_wall_seconds": end * 60, "resolution_business_seconds": end * 30}
    values = {**of, **took, "waiver": "told_on_phone", "closed_at": OPENED + end * MINUTE, **more}
    return cast.add(t.closures, conversation_id=made, **values)


def week(cast: Cast) -> dict[str, list[int]]:
    """The requests by channel."""
    return {
        "sms": [request(cast, *one, owner_id=AGENT.id) for one in TEXTS],
        "mail": [request(cast, *one, channel="mail", team="billing", reason="billing") for one in MAILS],
    }


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        # waits 1 2 3 4 61 62 minutes and one open for a day: the median is the fourth, the slowest tenth is open still
        ("sms", {"first_response_median": 240, "first_response_p90": 86_400, "first_response_open": 1}),
        # ended after 30 60 90 120, three open for a day: the fourth of seven is the median
        ("sms", {"resolution_median": 7200, "resolution_p90": 86_400, "resolution_open": 3}),
        ("sms", {"conversations": 7, "in_time": 57.1, "breach_rate": 42.9, "resolution_rate": 100, "reopen_rate": 0}),
        ("mail", {"first_response_median": 1800, "first_response_p90": 86_400, "first_response_open": 1}),
        ("mail", {"resolution_median": 86_400, "resolution_p90": 86_400, "resolution_open": 5}),
        ("mail", {"conversations": 6, "in_time": 83.3, "breach_rate": 16.7, "resolution_rate": 100, "reopen_rate": 0}),
        ("", {"conversations": 13, "in_time": 69.2, "breach_rate": 30.8, "first_response_median": 1800, "closed": 5}),
        ("", {"stage_replied": 84.6, "stage_resolved": 38.5, "stage_told": 0.0, "oldest": 86_400, "backlog": 8}),
    ],
)
def test_figures_by_hand(cast: Cast, channel: str, expected: dict[str, float]) -> None:
    week(cast)
    found = values(read(cast, narrow=Narrow(channel=channel)))
    assert {name: found[name] for name in expected} == expected


def test_the_tables_say_what_the_figures_say(cast: Cast) -> None:
    week(cast)
    found = read(cast)
    for group in found.by_channel:
        alone = values(read(cast, narrow=Narrow(channel=group.key)))
        assert group.first_response_median == alone["first_response_median"]
        assert (group.breach_rate, group.reopen_rate) == (alone["breach_rate"], alone["reopen_rate"])
        assert (group.resolution_median, group.resolution_p90) == (alone["resolution_median"], alone["resolution_p90"])
    assert [(one.label, one.conversations) for one in found.by_agent] == [("Jess Moreno", 7)]
    assert [(stage.label, stage.count) for stage in found.stages[:3]] == [
        ("Requests", 13),
        ("Got a reply", 11),
        ("Resolved", 5),
    ]


def test_rows_recompute_every_figure(cast: Cast) -> None:
    week(cast)
    add_extras(cast)
    found = read(cast, **BOTH)
    assert {figure.name for figure in found.figures if not figure.n} == set()
    for figure in found.figures:
        entries = all_entries(cast, figure.name)
        assert (figure.name, recomputed(figure.name, entries)) == (figure.name, figure.value)


def add_extras(cast: Cast) -> None:
    """One of each that the week lacks: an urgent read, a transfer, a raised hand, an old closure, a survey."""
    urgent = request(cast, 5, None, priority=1)
    cast.add_clock(urgent, metric="read", priority=1, started_at=OPENED, met_at=OPENED + 3 * MINUTE, state="met")
    for team in ("contact_center", "nursing"):
        cast.add(
            t.assignments, conversation_id=urgent, team=team, at=OPENED, ended_at=OPENED if team == "nursing" else None
        )
    cast.add(t.escalations, conversation_id=urgent, cause="person", tier=1, raised_at=OPENED, to_kind="team")
    old = request(cast, 2, 5)
    cast.change(t.conversations, old, opened_at=OPENED)
    with cast.database.transaction() as unit:
        unit.execute(t.closures.update().where(t.closures.c.conversation_id == old).values(closed_at=NOW - 40 * DAY))
    closure = close(cast, urgent, 6, reopened_at=OPENED + 7 * MINUTE)
    asked = {"token_hash": "h", "asked_at": OPENED, "expires_at": NOW, "score": 5, "answered_at": NOW}
    cast.add(t.surveys, closure_id=closure, conversation_id=urgent, **asked)
    for made, reason in ((urgent, "complaint"), (old, "complaint.care")):
        cast.change(t.conversations, made, reason=reason, reasons=[reason])
        spoke = {"queued_at": OPENED, "answered_at": OPENED + MINUTE, "ended_at": OPENED + HOUR, "result": "answered"}
        spoke |= {"wrapped_at": OPENED + HOUR, "agent_id": AGENT.id, "ringing_at": OPENED, "direction": "in"}
        cast.add(t.calls, sid=str(made), conversation_id=made, **spoke)


def all_entries(cast: Cast, name: str) -> list[Entry]:
    """Page by page, three rows each."""
    found: list[Entry] = []
    after: str | None = None
    while True:
        with cast.database.snapshot() as reading:
            page = metric_rows.behind(reading, actor=SUPERVISOR, name=name, after=after, limit=3, **BOTH)
        found += [entry for row in page.page.items for entry in page.entries[row.id]]
        after = page.page.next
        if after is None:
            return found


def recomputed(name: str, entries: list[Entry]) -> float | None:
    """The figure from its rows alone."""
    measure = next(
        one for one in MEASURES if name in (one.name, *(f"{one.name}_{end}" for end in ("median", "p90", "open")))
    )
    if measure.kind == "share":
        rate = measure.rate(entries)
        return round(100 * rate.part / rate.whole, 1)
    if measure.kind == "mean":
        ended = [entry.seconds for entry in entries if entry.counts]
        return max(ended) if name.endswith("_p90") else sum(ended) / len(ended)
    if measure.kind == "time":
        # both calls are one person's at the same time, and nobody declared anything
        return min(100.0, 100 * sum(entry.seconds for entry in entries) / (59 * 60))
    if measure.kind == "waits":
        waits = waits_of(entries)
        ends = {"median": waits.median, "p90": waits.p90}
        quantile = ends.get(name.rpartition("_")[2])
        return float(waits.still_open) if name.endswith("_open") else quantile.seconds if quantile else None
    return max(entry.seconds for entry in entries) if measure.kind == "oldest" else float(len(entries))


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        ({}, 100.0),
        ({"channel": "mail"}, 0.0),
        ({"channel": "mail", "reason": "billing"}, 100.0),
        ({"channel": "mail", "subject_patient_id": LUIS}, 100.0),
        ({"channel": "mail", "opened_at": NOW - 12 * DAY}, 100.0),
    ],
)
def test_a_second_contact_by_another_channel_undoes_the_first(
    cast: Cast, again: dict[str, Any], expected: float
) -> None:
    """Closed twenty days ago; whether the same patient came back about the same thing within seven days decides."""
    start = NOW - 20 * DAY
    about = {"subject_patient_id": MARIA, "subject_certainty": "confirmed", "reason": "refill"}
    made = cast.add_conversation(opened_at=start, state="closed", closed_at=start + HOUR, **about)
    close(cast, made, 1, closed_at=start + HOUR)
    if again:
        cast.add_conversation(**{"opened_at": start + 3 * DAY, **about, **again})
    found = read(cast, since=date(2026, 2, 19), until=date(2026, 2, 20))
    assert values(found)["first_contact_7"] == expected


def test_a_young_closure_is_not_judged_yet(cast: Cast) -> None:
    request(cast, 1, 2)
    assert [figure.n for figure in read(cast).figures if figure.name == "first_contact_7"] == [0]


def test_the_days_before_are_compared_as_they_stood_then(cast: Cast) -> None:
    """Yesterday's answers that came after this time of day do not count for yesterday yet."""
    for days, minutes in ((0, 10), (1, 20)):
        for _ in range(30):
            start = NOW - HOUR - days * DAY
            made = cast.add_conversation(opened_at=start)
            cast.add_clock(made, started_at=start, due_at=start + DAY, met_at=start + minutes * MINUTE, state="met")
    late = cast.add_conversation(opened_at=NOW - HOUR - DAY)
    cast.add_clock(late, started_at=NOW - HOUR - DAY, due_at=NOW, met_at=NOW - DAY + HOUR, state="met")
    found = read(cast, since=date(2026, 3, 11), until=date(2026, 3, 12))
    change = {figure.name: figure.change for figure in found.figures}
    assert change["first_response_median"] == metrics_shape.Change("better", 1200.0, 31)
    assert change["conversations"] == metrics_shape.Change("same", 31.0, 31)
    assert change["in_time"] == metrics_shape.Change("same", 100.0, 30)
    assert found.before == (datetime.fromisoformat("2026-03-10T00:00:00-07:00"), NOW - DAY)


def test_board_and_report_count_the_same_answers(cast: Cast) -> None:
    for met, due in ((10, 60), (70, 60), (None, 60), (None, 900)):
        made = cast.add_conversation(opened_at=NOW - 2 * HOUR)
        start = NOW - 2 * HOUR
        at = {"met_at": None if met is None else start + met * MINUTE, "due_at": start + due * MINUTE}
        cast.add_clock(made, started_at=start, state="met" if met == 10 else "running", **at)
    urgent = cast.add_conversation(priority=0)
    cast.add_clock(urgent, metric="read", started_at=NOW - HOUR, met_at=NOW - 50 * MINUTE, state="met")
    with cast.database.snapshot() as reading:
        shown = board.board(reading, actor=SUPERVISOR).figures
    found = read(cast, since=date(2026, 3, 11), until=date(2026, 3, 12))
    figures = {figure.name: figure for figure in found.figures}
    assert (shown.within_today.percent, shown.within_today.due) == (figures["in_time"].value, figures["in_time"].n)
    assert (shown.within_today.percent, shown.within_today.due) == (33.3, 3)
    assert (shown.reads.median, shown.reads.n) == (figures["first_read_median"].value, figures["first_read_median"].n)
    assert (shown.reads.median, shown.reads.n) == (600.0, 1)


def test_open_hours_leave_out_nights_and_time_off(cast: Cast) -> None:
    hours = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    with cast.database.transaction() as unit:
        practice.publish(unit, practice.Practice(hours=hours), actor=None)
    made = request(cast, 15, None)
    clock = cast.add_clock(made, metric="resolution", started_at=OPENED, state="paused")
    for kind, hour in (("pause", 1), ("resume", 3)):
        cast.add(t.clock_entries, clock_id=clock, at=OPENED + hour * HOUR, kind=kind, cause="x")
    found = values(read(cast))
    # OPENED is ten in Los Angeles: seven hours that day and one today, less two of time off
    assert (found["resolution_business_median"], found["resolution_median"]) == (6 * 3600, 86_400)
    assert (found["first_response_business_median"], found["first_response_median"]) == (900, 900)


def test_remarks_are_the_leaders_and_the_journal_knows_no_words(cast: Cast) -> None:
    with cast.database.transaction() as unit:
        written = remark.add(unit, actor=MANAGER, on_at=OPENED, words="  Phones   down ")
        with pytest.raises(Forbidden):
            remark.add(unit, actor=NURSE, on_at=OPENED, words="mine")
    assert [(one.id, one.words, one.author) for one in read(cast).remarks] == [(written, "Phones down", "Cora Wu")]
    with cast.database.transaction() as unit:
        remark.remove(unit, actor=SUPERVISOR, remark_id=written)
    assert read(cast).remarks == ()
    with cast.database.transaction() as unit, pytest.raises(NotFound):
        remark.remove(unit, actor=SUPERVISOR, remark_id=written)
    with cast.database.snapshot() as reading:
        told = [(row.verb, row.details) for row in reading.all(t.journal.select().order_by(t.journal.c.seq))]
    assert told == [("remark.added", {"remark": written}), ("remark.removed", {"remark": written})]


@pytest.mark.parametrize("name", list(board_figures.MEANS))
def test_each_figure_of_the_board_counts_its_rows(cast: Cast, name: str) -> None:
    late = cast.add_due(NOW - MINUTE, owner_id=AGENT.id, priority=1)
    cast.add_due(NOW + 5 * MINUTE)
    for minutes in (20, 22, 24, 26, 28, 30):
        cast.add_due(NOW + minutes * MINUTE, team="billing")
    cast.add_due(NOW + 3 * HOUR, state="waiting", subject_patient_id=ANA)
    cast.add_clock(late, metric="read", priority=1, started_at=NOW - HOUR)
    cast.add(t.escalations, conversation_id=late, cause="clock", tier=1, raised_at=NOW, to_kind="team")
    with cast.database.snapshot() as reading:
        shown = board.board(reading, actor=SUPERVISOR)
        rows: list[int] = []
        after: str | None = None
        while True:
            found = board_figures.behind(reading, actor=SUPERVISOR, name=name, after=after, limit=2)
            rows += ids(found.page.items)
            after = found.page.next
            if after is None:
                break
    figures = shown.figures
    counts = {
        "within_today": figures.within_today.due,
        "late": figures.late,
        "at_risk": figures.at_risk,
        "at_risk_unowned": figures.at_risk_unowned,
        "open": figures.open,
        "waiting": figures.waiting,
        "first_wait": 9,
        "unacked": figures.unacked,
        "first_read": figures.reads.n,
        "forecast": len(shown.forecast),
    }
    assert (len(rows), len(set(rows)), found.count) == (counts[name], counts[name], counts[name])
    assert counts == counts | {
        "late": 1,
        "at_risk": 1,
        "open": 9,
        "waiting": 1,
        "unacked": 1,
        "first_read": 1,
        "forecast": 7,
    }


def test_the_board_says_why_something_will_be_late(cast: Cast) -> None:
    """Nobody of billing is there; of the contact centre one person is, for whom two are too many."""
    alone = cast.add_due(NOW + 40 * MINUTE, team="billing")
    cast.add_due(NOW + 7 * MINUTE)
    second = cast.add_due(NOW + 11 * MINUTE)
    with cast.database.snapshot() as reading:
        shown = board.board(reading, actor=SUPERVISOR)
    why = [(one.id, one.answer_at, one.ahead, one.people) for one in shown.forecast]
    assert why == [(second, NOW + timedelta(seconds=750), 1, 1), (alone, None, 0, 0)]
    assert ids(shown.coming) == [second, alone]
    assert [mark.id for lane in shown.lanes for mark in lane.marks if mark.expected] == [second, alone]


def test_a_wall_names_nobody(cast: Cast) -> None:
    cast.add_due(NOW - MINUTE, owner_id=AGENT.id)
    cast.add_due(NOW + 40 * MINUTE, team="billing")
    with cast.database.snapshot() as reading:
        shown = board.board(reading, actor=SUPERVISOR)
    words = ("Maria", "Alvarez", "Jess", "Moreno", "JM", RIVAL.name)
    assert {word for word in words if word in str(shown)} == set(words)
    assert {word for word in words if word in str(board.nameless(shown))} == set()


def test_a_channel_that_fell_silent_is_named(cast: Cast) -> None:
    text, mail = cast.add_conversation(), cast.add_conversation(channel="mail")
    for week in range(1, 5):
        for minute in range(1, 6):
            cast.journal("message.received", conversation_id=text, at=NOW - week * 7 * DAY - minute * MINUTE)
            cast.journal("message.received", conversation_id=mail, at=NOW - week * 7 * DAY - minute * MINUTE)
    cast.journal("message.received", conversation_id=mail, at=NOW - MINUTE)
    with cast.database.snapshot() as reading:
        silent = board.board(reading, actor=SUPERVISOR).signals.silent
    assert [(one.channel, one.usual) for one in silent] == [("sms", 5.0)]
