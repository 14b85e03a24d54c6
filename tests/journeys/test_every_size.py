"""Screens at 200 % zoom and 320 pixels wide have nothing beside them, and dialogs are clean while they are open."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import insert

from inbox.store import tables as t
from tests.conftest import FreshDatabase
from tests.support.running import Clinic, clinic
from tests.support.visits import Visits

pytestmark = pytest.mark.browser
#: 1440 x 900 zoomed to 200 % lays out as this; 1280 at 400 % as the narrow one (WCAG 1.4.10).
ZOOMED, NARROW = (720, 450), (320, 640)
RAIL = "Math.round(document.querySelector('.rail').getBoundingClientRect().bottom) !== innerHeight"
WIDER = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def running(fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Clinic]:
    with clinic(fresh_database("sqlite"), tmp_path) as opened:
        yield opened


def patient(running: Clinic) -> int:
    with running.house.database.transaction() as unit:
        number = unit.new_id()
        named = {"given": "Wilhelmina", "family": "Featherstonehaugh", "search_name": "wilhelmina featherstonehaugh"}
        unit.execute(insert(t.patients).values(id=number, created_at=unit.now, **named))
    return number


def conversation(running: Clinic) -> int:
    """One that somebody just asked for."""
    running.sms("May I have https://example.org/" + "a" * 60 + " explained?")
    with running.api("theo") as api:
        while not (rows := api.get("/conversations").json()["items"]):
            pass
    return int(rows[0]["id"])


def test_no_screen_is_wider_than_its_window(browser: Browser, running: Clinic) -> None:
    visits = Visits(browser, running.url)
    page = visits.sign_in("theo")
    paths = ["inbox", f"conversations/{conversation(running)}", "board", "reports", f"patients/{patient(running)}"]
    wide = [found for path in paths for found in _wide(page, f"{running.url}/{path}")]
    manager = visits.sign_in("amir")
    assert wide + _wide(manager, f"{running.url}/admin/rules") == []
    manager.evaluate("document.body.append(Object.assign(document.createElement('hr'), {id: 'wide'}))")
    manager.evaluate("document.getElementById('wide').style.width = '2000px'")
    assert manager.evaluate(WIDER)
    assert visits.wrong == []


def _wide(page: Page, url: str) -> list[str]:
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == 200
    found = []
    for width, height in (ZOOMED, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{url} at {width}"] if page.evaluate(WIDER) else []
    return found + ([f"{url}: no rail under the thumb"] if page.evaluate(RAIL) else [])


def test_dialogs_are_clean_while_they_are_open(browser: Browser, running: Clinic) -> None:
    visits = Visits(browser, running.url)
    page = visits.sign_in("jess")
    page.goto(f"{running.url}/conversations/{conversation(running)}")
    for keys, dialog in (("Control+k", "#palette"), ("e", "#close"), ("s", "#snooze"), ("/", ".finder")):
        page.locator("body").press(keys)
        if dialog == ".finder":
            page.keyboard.type("explained")
            page.keyboard.press("Enter")
        opened = page.locator(f"dialog{dialog}[open]")
        expect(opened).to_be_visible()
        if dialog == ".finder":
            expect(opened.locator(".hit").first).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            visits.look(page, f"{dialog} {scheme}")
        page.keyboard.press("Escape")
        if dialog == ".finder":  # the first empties its field
            page.keyboard.press("Escape")
        expect(opened).to_have_count(0)
    assert visits.wrong == []
