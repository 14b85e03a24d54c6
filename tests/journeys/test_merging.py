"""One story on both storages: a request told twice is merged and parted again, and so are two records that look alike,
judged side by side."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import insert, select

from inbox.store import contacts
from inbox.store import tables as t
from tests.support.running import Clinic, clinic
from tests.support.visits import Visits

pytestmark = pytest.mark.browser
SOON = 15_000


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Clinic]:
    with clinic(database_url, tmp_path) as opened:
        yield opened


def twins(running: Clinic) -> tuple[int, int]:
    """Two records with the same name, birth date and number of a phone."""
    with running.house.database.transaction() as unit:
        point = contacts.find_or_add(unit, "phone", "+14152007799")
        same = {"given": "Rosa", "family": "Ibarra", "search_name": "rosa ibarra", "birth_on": date(1970, 4, 1)}
        made = unit.new_id(), unit.new_id()
        for patient_id in made:
            unit.execute(insert(t.patients).values(**same, id=patient_id, created_at=unit.now))
            contacts.link(unit, contact_id=point.id, patient_id=patient_id, verified=True)
        return made


def arrived(running: Clinic, count: int) -> list[int]:
    while True:
        with running.house.database.snapshot() as reading:
            rows = reading.all(select(t.conversations.c.id).order_by(t.conversations.c.id))
        if len(rows) == count:
            return [row.id for row in rows]


def say(page: Page, name: str, **fields: str) -> None:
    """Fills the open dialog and sends it."""
    dialog = page.get_by_role("dialog")
    for label, words in fields.items():
        dialog.get_by_label(label).fill(words)
    dialog.get_by_role("button", name=name).click()


def test_what_is_one_is_joined_and_parted_again(browser: Browser, running: Clinic) -> None:
    visits = Visits(browser, running.url)
    running.sms("Please help me with my bill", "+14152007701")
    (kept,) = arrived(running, 1)
    running.sms("It is about the bill of March", "+14152007702")
    _, lost = arrived(running, 2)
    theo = visits.sign_in("theo")

    theo.goto(f"{running.url}/conversations/{lost}")
    theo.get_by_role("button", name="Merge", exact=True).click()
    visits.look(theo, "the dialog that merges")
    say(theo, "Merge", **{"Into number": str(kept), "Why": "one bill"})
    expect(theo).to_have_url(f"{running.url}/conversations/{kept}", timeout=SOON)
    expect(theo.locator("#work .msg")).to_have_count(2, timeout=SOON)
    visits.look(theo, "a conversation that another was merged into")

    theo.locator(".ev", has_text="merged into this one").get_by_role("button", name="Undo").click()
    say(theo, "Undo the merge", Why="two bills")
    expect(theo.locator("#work .msg")).to_have_count(1, timeout=SOON)

    known, again = twins(running)
    theo.goto(f"{running.url}/patients/duplicates")
    visits.look(theo, "two records side by side")
    pair = theo.locator("section", has_text="Alike").first
    pair.get_by_label("Why").first.fill("registered twice")
    pair.get_by_role("button", name="Same person").click()
    expect(theo.get_by_text(f"took over record {again}")).to_be_visible(timeout=SOON)
    theo.goto(f"{running.url}/patients/{again}")
    expect(theo.get_by_role("link", name="Open the one in use")).to_have_attribute("href", f"/patients/{known}")
    theo.get_by_role("button", name="Undo the merge").click()
    say(theo, "Undo the merge", Why="a cousin of that name")
    expect(theo.get_by_text("This record was merged")).to_have_count(0, timeout=SOON)
    assert visits.wrong == []
