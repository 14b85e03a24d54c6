"""A manager's review on both storages: a figure opens rows that give it again, a table is taken away, a remark stands
on the chart, and a promise that changes moves the clocks that run."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.running import Clinic, clinic
from tests.support.visits import Visits

pytestmark = pytest.mark.browser
SOON = 15_000


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Clinic]:
    with clinic(database_url, tmp_path) as opened:
        yield opened


def answered(running: Clinic, count: int) -> None:
    """Requests, all but the last with a reply."""
    for number in range(count):
        running.sms("I have a question about my bill", f"+1415200770{number}")
    with running.api("jess") as api:
        while len(rows := api.get("/conversations").json()["items"]) < count:
            pass
        for row in rows[1:]:
            body = {"client_id": f"reply-{row['id']}", "text": "We look into it."}
            assert api.post(f"/conversations/{row['id']}/replies", json=body).status_code < 300


def seconds(span: str) -> int:
    """`45s` or `8m` as a number."""
    return int(span[:-1]) * {"s": 1, "m": 60}[span[-1]]


def test_a_figure_is_taken_apart_taken_away_and_remarked_on(browser: Browser, running: Clinic) -> None:
    answered(running, 5)
    visits = Visits(browser, running.url)
    amir = visits.sign_in("amir")
    amir.goto(f"{running.url}/reports")
    visits.look(amir, "the metrics")
    tile = amir.locator(".tile", has_text="First reply, median")
    value, cases = tile.locator(".v a").inner_text(), tile.locator(".v small").inner_text()
    assert cases == "from 5"
    tile.locator(".v a").click()
    expect(amir.locator(".mhead .now")).to_have_text(value)
    brought = amir.locator("tbody tr td:nth-child(2)").all_inner_texts()
    waits = [one for one in brought if not one.endswith(", still open")]
    assert (len(brought), len(waits)) == (5, 4)
    assert sorted(waits, key=seconds)[2] == value  # who still waits has waited longest: the middle of five is the third
    visits.look(amir, "the rows behind a figure of the metrics")

    amir.get_by_label("Back to the metrics").click()
    with amir.expect_download() as taken:
        amir.locator("header .btn[download]").click()
    assert taken.value.suggested_filename.startswith("figures-")
    with Path(taken.value.path()).open(newline="", encoding="utf-8-sig") as file:
        lines = list(csv.reader(file))
    assert [line[3] for line in lines if line[0] == "First reply, median"] == ["5"]

    amir.get_by_label("What happened").fill("Phones down 40 minutes")
    amir.get_by_role("button", name="Add", exact=True).click()
    expect(amir.locator(".remarks li")).to_contain_text("Phones down 40 minutes", timeout=SOON)
    expect(amir.locator("svg .an")).to_contain_text("Phones down 40 minutes")
    assert visits.wrong == []


def due(running: Clinic) -> tuple[datetime, datetime]:
    """(start, deadline) of the first answer to the only request."""
    with running.api("theo") as api:
        (row,) = api.get("/conversations").json()["items"]
        clocks = api.get(f"/conversations/{row['id']}").json()["clocks"]
    (clock,) = [one for one in clocks if one["metric"] == "first_response"]
    return datetime.fromisoformat(clock["started_at"]), datetime.fromisoformat(clock["due_at"])


def promise(amir: Page, hours: int) -> None:
    """The first answer of routine work, day and night, in so many hours."""
    named = amir.locator("summary b", has_text="Routine")
    routine = amir.locator("[data-list=policies] > [data-item]").filter(has=named)
    routine.locator("summary").first.click()
    routine.locator("[name='targets.first_response.amount']").fill(str(hours))
    routine.locator("[name='targets.first_response.unit']").select_option("h")
    routine.locator("[name='targets.first_response.runs']").select_option("always")


def test_a_changed_promise_is_previewed_published_and_moves_running_clocks(browser: Browser, running: Clinic) -> None:
    running.sms("I have a question about my bill")
    visits = Visits(browser, running.url)
    jess, amir = visits.sign_in("jess"), visits.sign_in("amir", "dark")
    jess.locator("#rows .row").click(timeout=SOON)
    started, before = due(running)
    amir.goto(f"{running.url}/admin/policies")
    promise(amir, 3)
    amir.get_by_role("button", name="Show when things would be due").click()
    expect(amir.locator("#due tbody tr", has_text="Routine").first).to_be_visible(timeout=SOON)
    visits.look(amir, "a preview of promises")
    assert due(running) == (started, before)

    amir.get_by_label("Why").fill("Bills may not wait for a day")
    amir.get_by_role("button", name="Publish").click()
    expect(amir.locator(".chip", has_text="Version 1")).to_be_visible(timeout=SOON)
    head = jess.locator(".clockbar .ck", has_text="First").locator("[data-due]")
    wanted = started + timedelta(hours=3)
    jess.wait_for_function(
        "([one, wanted]) => Math.abs(Date.parse(one.dataset.due) - wanted) < 2000",
        arg=[head.element_handle(), wanted.timestamp() * 1000],
        timeout=SOON,
    )
    assert due(running) == (started, wanted)
    assert visits.wrong == []
