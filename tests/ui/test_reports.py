"""The metrics page, the rows behind its figures, its tables to take away and its remarks; the board's rows and wall."""

import csv
from collections.abc import AsyncIterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from inbox.metrics_shape import Change, Figure
from inbox.store import tables as t
from tests.conftest import FreshDatabase
from tests.support.cast import ADMIN, AGENT, COMPLIANCE, HOUR, MANAGER, MINUTE, NOW, SUPERVISOR
from tests.support.programs import Desk, desk
from ui import changes, charts, tables

DAYS = "from=2026-03-11&to=2026-03-11"
PAGE = {"accept": "text/html"}
SECOND = timedelta(seconds=1)


@pytest.fixture
async def office(fresh_database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(fresh_database("sqlite"), tmp_path) as opened:
        for minutes in (1, 2, 3):
            made = opened.cast.add_conversation(opened_at=NOW - HOUR, owner_id=AGENT.id)
            met = {"met_at": NOW - HOUR + minutes * MINUTE, "state": "met"}
            opened.cast.add_clock(made, started_at=NOW - HOUR, due_at=NOW, **met)
        yield opened


async def test_a_figure_opens_rows_that_say_what_they_bring(office: Desk) -> None:
    page = await office.call(SUPERVISOR, "GET", f"/reports?{DAYS}", headers=PAGE)
    address = f"/reports/rows/first_response_median?{DAYS}"
    assert f'<a href="{address.replace("&", "&amp;")}">2m</a>' in page.text
    rows = await office.call(SUPERVISOR, "GET", address, headers=PAGE)
    assert [rows.text.count(f"<td>{minutes}m</td>") for minutes in (1, 2, 3)] == [1, 1, 1]
    assert rows.text.count("Maria Elena Alvarez") == 3
    blind = await office.call(MANAGER, "GET", address, headers=PAGE)
    assert (blind.text.count("<td>2m</td>"), blind.text.count("Maria")) == (1, 0)


async def test_calls_and_complaints_stand_on_the_page(office: Desk) -> None:
    for seconds in (10, 30):
        made = office.cast.add_conversation(opened_at=NOW - HOUR, channel="voice", reason="complaint")
        spoke = {"answered_at": NOW - HOUR + seconds * SECOND, "ended_at": NOW, "result": "answered"}
        of = {"sid": str(seconds), "direction": "in", "ringing_at": NOW - HOUR, "queued_at": NOW - HOUR}
        office.cast.add(t.calls, conversation_id=made, agent_id=AGENT.id, **of, **spoke)
    page = await office.call(MANAGER, "GET", f"/reports?{DAYS}", headers=PAGE)
    assert page.text.count("Mar 11, so far: 2 answered, 1 of them in 20 seconds, 0 left a message, 0 hung up") == 1
    assert page.text.count('id="complaints-h"') == 1
    rows = await office.call(MANAGER, "GET", f"/reports/rows/service_level?{DAYS}", headers=PAGE)
    assert [rows.text.count(f"<td>answered, {seconds}s</td>") for seconds in (10, 30)] == [1, 1]


async def test_what_was_listed_and_taken_away_is_logged(office: Desk) -> None:
    await office.call(SUPERVISOR, "GET", f"/reports/rows/in_time?{DAYS}", headers=PAGE)
    taken = await office.call(SUPERVISOR, "GET", f"/reports/days.csv?{DAYS}")
    assert taken.headers["content-disposition"] == 'attachment; filename="days-2026-03-11-2026-03-11.csv"'
    assert list(csv.reader(StringIO(taken.text.removeprefix("\ufeff"))))[1] == [
        "2026-03-11",
        "1",
        "3",
        "0",
        "120.0",
        "180.0",
        "so far",
    ]
    trail = await office.get(COMPLIANCE, f"/api/audit?actor={SUPERVISOR.id}")
    seen = [(line["what"], line["how"], len(line["ids"])) for line in trail["items"] if line["kind"] == "seen"]
    assert seen == [("worklist", "listed", 3), ("report:days", "exported", 0)]


async def test_every_table_can_be_taken_away(office: Desk) -> None:
    for name in tables.TABLES:
        answer = await office.call(MANAGER, "GET", f"/reports/{name}.csv?{DAYS}")
        assert (name, answer.status_code, answer.headers["content-type"]) == (name, 200, "text/csv; charset=utf-8")
    assert (await office.call(ADMIN, "GET", f"/reports/days.csv?{DAYS}")).status_code == 403
    assert (await office.call(MANAGER, "GET", f"/reports/days?{DAYS}")).status_code == 404


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    made = tables.text(tables.Table(("Name", "n"), ((f"{start}1+1", -3),)))
    assert next(csv.reader(StringIO(made.split("\r\n", 1)[1], newline=""))) == [f"'{start}1+1", "-3"]


async def test_remarks_come_and_go_by_those_who_lead(office: Desk) -> None:
    said = {"on": "2026-03-11", "words": "Phones down"}
    assert (await office.call(AGENT, "POST", "/reports/remarks", json=said)).status_code == 403
    assert (await office.call(MANAGER, "POST", "/reports/remarks", json=said)).status_code == 204
    page = await office.call(MANAGER, "GET", f"/reports?{DAYS}", headers=PAGE)
    assert page.text.count("Mar 11, Phones down") == 1
    remark = page.text.split('action="/reports/remarks/')[1].split('"')[0]
    assert (await office.call(MANAGER, "DELETE", f"/reports/remarks/{remark}")).status_code == 204
    assert "Phones down" not in (await office.call(MANAGER, "GET", f"/reports?{DAYS}", headers=PAGE)).text.replace(
        'placeholder="Phones down', ""
    )


@pytest.mark.parametrize(("query", "field"), [("hours=night", "hours"), ("from=2020-01-01", "from"), ("to=x", "to")])
async def test_a_wrong_question_is_named(office: Desk, query: str, field: str) -> None:
    answer = await office.call(MANAGER, "GET", f"/reports?{query}")
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field])


async def test_the_board_opens_rows_and_its_wall_names_nobody(office: Desk) -> None:
    late = office.cast.add_due(NOW - MINUTE, owner_id=AGENT.id)
    page = await office.call(SUPERVISOR, "GET", "/board", headers=PAGE)
    assert ('<a href="/board/rows/late">1</a>' in page.text, "Maria" in page.text, "Jess" in page.text) == (True,) * 3
    rows = await office.call(SUPERVISOR, "GET", "/board/rows/late", headers=PAGE)
    assert f'href="/conversations/{late}">Maria Elena Alvarez</a>' in rows.text
    assert (await office.call(SUPERVISOR, "GET", "/board/rows/luck")).status_code == 404
    assert (await office.call(SUPERVISOR, "GET", "/board/rows/late?after=x")).status_code == 422
    for headers in (PAGE, {**PAGE, "x-piece": "1"}):
        wall = await office.call(SUPERVISOR, "GET", "/board?wall=1", headers=headers)
        named = [word for word in ("Maria", "Alvarez", "Jess", "/conversations/") if word in wall.text]
        assert (wall.status_code, named, 'data-topics="board"' in wall.text) == (200, [], False)


@pytest.mark.parametrize(
    ("unit", "value", "change", "said"),
    [
        ("seconds", 240.0, Change("better", 300.0, 50), ("good", "arrow-down-right", "1m faster")),
        ("percent", 91.0, Change("worse", 93.5, 50), ("bad", "alert-triangle", "2.5 points down")),
        ("percent", 93.5, Change("same", 91.0, 50), ("", "", "no real change")),
        ("count", 120.0, Change("changed", 100.0, 100), ("", "arrow-up-right", "20 more")),
        ("count", 3.0, Change("few", 4.0, 4), ("", "", "too few to compare")),
    ],
)
def test_changes_in_words(unit: str, value: float, change: Change, said: tuple[str, str, str]) -> None:
    found: Any = changes.say(Figure("x", "X", value, unit, 50, "", "", change))
    assert (found.tone, found.icon, found.text) == said


def test_charts_draw_gaps_trends_and_hours() -> None:
    plot = charts.plot([4.0, None, 2.0, 4.0], width=58, height=44, count=4)
    assert charts.area(plot, [4.0, None, 4.0, 4.0], [1.0, None, 0.0, 2.0]).count("M") == 1
    assert charts.spark([1.0]) == ("", "", "")
    assert charts.spark([1.0, None, 3.0])[0] == "M1.0 24.0L95.0 2.0"
    assert (charts.scale([60.0, None]), charts.scale([4 * 3600.0])) == ((60.0, "m"), (3600.0, "h"))
