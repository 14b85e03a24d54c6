"""The figures by their definitions, with open waits counted, for those who may, each with its rows."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from inbox import metric_rows, metrics, practice
from inbox.errors import Forbidden, Invalid
from inbox.metrics_shape import Report
from inbox.store import tables as t
from tests.support.cast import (
    ADMIN,
    AGENT,
    COMPLIANCE,
    DAY,
    HOUR,
    MANAGER,
    MINUTE,
    NOW,
    NURSE,
    SUPERVISOR,
    Cast,
    Statements,
    ids,
)

TODAY, TOMORROW = date(2026, 3, 11), date(2026, 3, 12)


def read(cast: Cast, actor: Any = SUPERVISOR, **asked: Any) -> Report:
    with cast.database.snapshot() as reading:
        return metrics.report(reading, actor=actor, **{"since": TODAY, "until": TOMORROW, **asked})


def values(found: Report) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in found.figures}


def answered(cast: Cast, after: timedelta, **more: Any) -> int:
    made = cast.add_conversation(opened_at=NOW - 2 * HOUR, **more)
    cast.add_clock(made, started_at=NOW - 2 * HOUR, due_at=NOW, met_at=NOW - 2 * HOUR + after, state="met")
    return made


def closed(cast: Cast, conversation: int, seconds: int, **more: Any) -> None:
    of = {"reason": "billing", "channel": "sms", "team": "billing", "outcome": "resolved", "resolved": True}
    took = {"resolution_wall_seconds": seconds, "resolution_business_seconds": seconds}
    cast.add(t.closures, conversation_id=conversation, waiver="spam", **{**of, **took, "closed_at": NOW, **more})


def test_without_cases_there_is_no_figure(cast: Cast) -> None:
    found = read(cast)
    assert {figure.n for figure in found.figures} == {0}
    assert {figure.value for figure in found.figures if figure.unit != "count"} == {None}
    assert [(day.on, day.opened, day.partial) for day in found.days] == [(TODAY, 0, True)]


def test_first_response_counts_those_who_still_wait(cast: Cast) -> None:
    for minutes in (10, 20):
        answered(cast, minutes * MINUTE)
    waiting = cast.add_conversation(opened_at=NOW - 90 * MINUTE)
    cast.add_clock(waiting, started_at=NOW - 90 * MINUTE)
    given_up = cast.add_conversation(opened_at=NOW - HOUR)
    cast.add_clock(given_up, state="stopped", stopped_at=NOW)
    found = read(cast)
    shown = values(found)
    assert (shown["first_response_median"], shown["first_response_p90"], shown["first_response_open"]) == (
        1200,
        5400,
        1,
    )
    assert [figure.n for figure in metrics.named(found, "first_response")][:3] == [3, 3, 3]
    slowest = metrics.named(found, "first_response_p90")[0]
    assert slowest.detail.startswith("at least; ")


def test_business_seconds_leave_out_closed_hours(cast: Cast) -> None:
    hours = {day: [["09:30", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    with cast.database.transaction() as unit:
        practice.publish(unit, practice.Practice(hours=hours), actor=None)
    answered(cast, 2 * HOUR)
    shown = values(read(cast))
    assert (shown["first_response_median"], shown["first_response_business_median"]) == (7200, 1800)


def test_breaches_count_open_ones_and_a_late_answer_stays_late(cast: Cast) -> None:
    answered(cast, MINUTE)
    late = cast.add_conversation()
    cast.add_clock(late, state="breached", due_at=NOW - MINUTE, breached_at=NOW - MINUTE, met_at=NOW)
    unseen = cast.add_conversation()
    cast.add_clock(unseen, due_at=NOW - MINUTE)
    paused = cast.add_conversation()
    cast.add_clock(paused, metric="resolution", state="paused", due_at=NOW - MINUTE)
    running = cast.add_conversation()
    cast.add_clock(running)
    found = read(cast)
    assert values(found)["breach_rate"] == 66.7
    assert metrics.named(found, "breach_rate")[0].n == 3


def test_a_reopen_takes_a_closure_out_of_resolved(cast: Cast) -> None:
    closed(cast, answered(cast, MINUTE, state="closed"), 600)
    closed(cast, answered(cast, MINUTE, state="closed"), 1200, outcome="not_resolved", resolved=False)
    closed(cast, answered(cast, MINUTE), 900, closed_at=NOW - HOUR, reopened_at=NOW)
    shown = values(read(cast))
    assert (shown["resolution_rate"], shown["reopen_rate"], shown["closed"]) == (33.3, 33.3, 3)
    assert (shown["resolution_median"], shown["resolution_open"]) == (600, 1)


def test_tables_and_days_split_the_same_cases(cast: Cast) -> None:
    for _ in range(4):
        answered(cast, MINUTE)
    answered(cast, 3 * MINUTE, channel="mail", reason="billing", team="billing", priority=2)
    cast.add_conversation(opened_at=NOW - DAY)
    found = read(cast, since=date(2026, 3, 10), by="queue")
    nameless = read(cast, MANAGER, since=date(2026, 3, 10), by="queue")
    tables = [
        [(row.key, row.conversations, row.first_response_median, row.few) for row in report.by_channel]
        for report in (found, nameless)
    ]
    assert tables == [
        [("sms", 5, 60, False), ("mail", 1, 180, False)],
        [("sms", 5, 60, False), ("mail", 1, None, True)],
    ]
    assert {row.key: row.label for row in found.by_reason} == {
        "appointment_change": "Change of appointment",
        "billing": "Bill or payment",
    }
    assert [row.label for row in found.groups] == ["Contact center", "Billing"]
    assert [(day.opened, day.partial) for day in found.days] == [(1, False), (5, True)]


def test_agents_see_their_own_figures_and_managers_all(cast: Cast) -> None:
    mine = answered(cast, MINUTE, owner_id=AGENT.id)
    answered(cast, MINUTE, team="nursing")
    assert {actor.name: values(read(cast, actor))["conversations"] for actor in (AGENT, NURSE, MANAGER)} == {
        "Jess Moreno": 1,
        "Rosa Núñez": 0,
        "Cora Wu": 2,
    }
    with pytest.raises(Forbidden):
        read(cast, ADMIN)
    with cast.database.snapshot() as reading:
        asked: dict[str, Any] = {"name": "first_response", "since": TODAY, "until": TOMORROW}
        assert ids(metric_rows.rows(reading, actor=AGENT, **asked).items) == [mine]
        assert {row.name for row in metric_rows.rows(reading, actor=SUPERVISOR, **asked).items} == {
            "Maria Elena Alvarez"
        }
        assert [row.name for row in metric_rows.rows(reading, actor=MANAGER, **asked).items] == ["", ""]
        with pytest.raises(Forbidden):
            metric_rows.rows(reading, actor=COMPLIANCE, **asked)


def test_every_figure_opens_its_rows(cast: Cast) -> None:
    made = [answered(cast, MINUTE) for _ in range(3)]
    closed(cast, made[0], 60, reopened_at=NOW)
    for figure in read(cast).figures:
        name = figure.rows_link.split("/")[3]
        with cast.database.snapshot() as reading:
            metric_rows.rows(reading, actor=SUPERVISOR, name=name, since=TODAY, until=TOMORROW)
    with cast.database.snapshot() as reading:
        asked: dict[str, Any] = {"actor": SUPERVISOR, "since": TODAY, "until": TOMORROW, "limit": 2}
        first = metric_rows.rows(reading, name="conversations", **asked)
        assert ids(first.items) == [made[2], made[1]]
        assert ids(metric_rows.rows(reading, name="conversations", after=first.next, **asked).items) == [made[0]]
        assert ids(metric_rows.rows(reading, name="reopen_rate", **asked).items) == [made[0]]
        with pytest.raises(Invalid):
            metric_rows.rows(reading, name="nonsense", **asked)


def test_a_report_reads_its_span_and_not_all_there_ever_was(cast: Cast) -> None:
    if not cast.database.is_sqlite:  # PostgreSQL plans by what is there: of a few rows it reads all
        return
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        read(cast)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    with cast.database.snapshot() as reading:
        explain = reading.connection.exec_driver_sql
        selects = [one for one in asked if one[0].startswith("SELECT")]
        steps = [step.detail for text, values in selects for step in explain(f"EXPLAIN QUERY PLAN {text}", values)]
    growing = ("clocks", "clock_entries", "closures", "assignments", "escalations", "messages")
    assert any(step.startswith("SEARCH clocks") for step in steps)
    assert [step for step in steps if step.startswith(tuple(f"SCAN {table}" for table in growing))] == []


@pytest.mark.parametrize("asked", [{"by": "patient"}, {"until": TODAY}, {"until": date(2028, 1, 1)}])
def test_a_wrong_question_is_refused(cast: Cast, asked: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        read(cast, **asked)


def test_a_report_costs_the_same_with_one_row_and_with_three(cast: Cast) -> None:
    costs = []
    for _ in range(2):
        closed(cast, answered(cast, MINUTE), 60)
        with Statements(cast) as statements:
            read(cast)
        costs.append(statements.count)
        answered(cast, MINUTE)
    assert costs[0] == costs[1] <= 32
