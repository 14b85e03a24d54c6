"""The administrator's pages in a real browser: hours with a break; every page clean, on a phone too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from inbox import accounts
from tests.conftest import FreshDatabase
from tests.support.running import PASSWORD, Clinic, clinic
from tests.support.visits import DESK, PHONE, Visits

pytestmark = pytest.mark.browser
PAGES = {
    "amir": (
        "rules rules?mode=new rules?mode=text policies calendars templates forms forms/versions?slug=contact "
        "versions?kind=rules roles"
    ),
    "ada": "people people?person={jess} channels phone walls audit jobs roles?role=nurse rules",
}


@pytest.fixture
def running(fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Clinic]:
    with clinic(fresh_database("sqlite"), tmp_path) as opened:
        ada: dict[str, Any] = {"email": "ada@clinic.example", "name": "Ada Root", "role": "admin", "teams": []}
        opened.house.database.write(accounts.add, **ada, password=PASSWORD, by=None)
        yield opened


def test_hours_with_a_break_are_typed_and_drawn(browser: Browser, running: Clinic) -> None:
    visits = Visits(browser, running.url)
    page = visits.sign_in("amir")
    page.goto(f"{running.url}/admin/calendars")
    page.get_by_label("Open day and night").uncheck()
    for start, end in (("08:00", "12:00"), ("13:00", "25:00")):
        page.get_by_role("button", name="Add hours on Monday").click()
        row = page.locator("[data-list=week] > div").first.locator("li").last
        row.get_by_label("From").fill(start)
        row.get_by_label("To").fill(end)
    page.get_by_role("button", name="Show the next 14 days").click()
    expect(page.locator("#main [data-problem]")).to_contain_text("hours.mon[1]")
    row.get_by_label("To").fill("17:00")
    page.get_by_role("button", name="Show the next 14 days").click()
    expect(page.get_by_text("08:00–12:00, 13:00–17:00")).to_have_count(2)
    assert [fault for fault in visits.wrong if "422" not in fault] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_clean_by_day_and_by_night_and_fits_a_phone(browser: Browser, running: Clinic, name: str) -> None:
    running.sms("I have a question about my bill")
    visits = Visits(browser, running.url)
    page, jess, wide = visits.sign_in(name), running.person("jess").id, []
    for path in [*(f"/admin/{path.format(jess=jess)}" for path in PAGES[name].split()), "/audit/mine"]:
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        page.goto(f"{running.url}{path}")
        visits.look_in_both_schemes(page, f"{name} {path}")
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        wide += [path] if page.evaluate("document.documentElement.scrollWidth") > PHONE[0] else []
    assert (visits.wrong, wide) == ([], [])
