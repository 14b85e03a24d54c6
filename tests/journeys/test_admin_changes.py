"""An administrator's changes on both storages: somebody is hired and signs in, words are approved and used, rules are
tried, rehearsed, published and taken back, and each change shows in what arrives next."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from inbox import accounts
from tests.support.running import PASSWORD, Clinic, clinic
from tests.support.visits import Visits

pytestmark = pytest.mark.browser
SOON = 15_000
BILL = "I have a question about my bill"


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Clinic]:
    with clinic(database_url, tmp_path) as opened:
        ada: dict[str, Any] = {"email": "ada@clinic.example", "name": "Ada Root", "role": "admin", "teams": []}
        opened.house.database.write(accounts.add, **ada, password=PASSWORD, by=None)
        yield opened


def test_somebody_new_answers_with_words_just_approved(browser: Browser, running: Clinic) -> None:
    running.sms(BILL)
    visits = Visits(browser, running.url)
    ada, amir = visits.sign_in("ada"), visits.sign_in("amir", "dark")
    password = hired(ada, running)
    visits.look(ada, "somebody hired")
    nina = first_day(visits, password)

    amir.goto(f"{running.url}/admin/templates")
    amir.get_by_label("Short name").fill("bill_soon")
    amir.get_by_label("Title").fill("We look at the bill")
    amir.locator("textarea[name=text]").fill("We look at your bill today. {clinic_name}")
    amir.get_by_role("button", name="Keep as a draft").click()
    written = amir.locator("tbody tr", has_text="We look at the bill")
    expect(written.locator(".chip")).to_have_text("draft", timeout=SOON)
    visits.look(amir, "a template to approve")
    nina.goto(f"{running.url}/inbox?view=open")
    nina.locator("#rows .row").click(timeout=SOON)
    assert offered(nina) == []

    written.get_by_role("button", name="Approve").click()
    expect(written.locator(".chip")).to_have_count(0, timeout=SOON)
    nina.reload()
    assert offered(nina) == ["We look at the bill"]
    nina.keyboard.press("Enter")
    nina.keyboard.press("Control+Enter")
    expect(nina.locator(".msg.out .bub")).to_have_text("We look at your bill today. Northside Health", timeout=SOON)
    assert visits.wrong == []


def hired(ada: Page, running: Clinic) -> str:
    """A new agent for bills; answers the one-time password."""
    ada.goto(f"{running.url}/admin/people")
    ada.locator("[data-dialog=hire]").click()
    form = ada.locator("#hire form")
    form.locator("[name=email]").fill("nina@clinic.example")
    form.locator("[name=name]").fill("Nina Ortiz")
    form.locator("summary").click()
    for team in ("Billing", "Contact center", "Front desk"):
        form.get_by_label(team, exact=True).check()
    form.get_by_role("button", name="Add", exact=True).click()
    return ada.locator("#hired .secret").inner_text()


def first_day(visits: Visits, given: str) -> Page:
    """Nina comes in by the one-time password and can do nothing but choose her own."""
    nina = visits.open("nina")
    nina.fill("input[name=email]", "nina@clinic.example")
    nina.fill("input[name=password]", given)
    nina.keyboard.press("Enter")
    nina.wait_for_url("**/password")
    visits.look(nina, "a password to choose")
    nina.goto(f"{visits.url}/patients")
    nina.wait_for_url("**/password")
    for name in ("password", "again"):
        nina.fill(f"input[name={name}]", PASSWORD)
    nina.keyboard.press("Enter")
    nina.wait_for_url("**/inbox*")
    expect(nina.locator("#live-dot")).to_have_text("Live")
    return nina


def offered(nina: Page) -> list[str]:
    """The canned replies about a bill."""
    nina.fill("#words", "")
    with nina.expect_response("**/templates?*"):
        nina.locator("#words").press_sequentially("/look at the b")
    return nina.locator("#picker:not([hidden]) [role=option]").all_inner_texts()


def teams(running: Clinic, count: int) -> list[str]:
    """The queues of all conversations, oldest first, once there are so many."""
    with running.api("theo") as api:
        while len(rows := api.get("/conversations").json()["items"]) < count:
            pass
    return [row["queue"] for row in sorted(rows, key=lambda row: row["id"])]


def test_a_rule_is_tried_rehearsed_published_and_taken_back(browser: Browser, running: Clinic) -> None:
    running.sms(BILL, "+14152007801")
    assert teams(running, 1) == ["billing"]
    visits = Visits(browser, running.url)
    amir = visits.sign_in("amir", "dark")
    amir.goto(f"{running.url}/admin/rules")
    amir.get_by_role("link", name="Bills").click()
    amir.locator("[name='rule.team']").select_option("front_desk")
    amir.get_by_role("button", name="Keep in the draft").click()
    expect(amir.get_by_role("button", name="Discard draft")).to_be_visible(timeout=SOON)
    amir.fill(".bench textarea", BILL)
    amir.get_by_role("button", name="Try", exact=True).click()
    expect(amir.locator("#trial mark")).to_have_text("bill", timeout=SOON)
    expect(amir.locator("#trial .trace li.hit b").first).to_have_text("Bills", timeout=SOON)
    amir.get_by_role("button", name="See who would move").click()
    expect(amir.locator("#effect [role=status] b")).to_have_text("1 of 1 would change", timeout=SOON)
    visits.look(amir, "rules with their effect")
    amir.get_by_role("link", name="Bills").focus()
    amir.keyboard.press("Alt+ArrowUp")
    expect(amir.locator(".rrow[aria-current] .no")).to_have_text("6", timeout=SOON)
    expect(amir.locator(".rrow[aria-current]")).to_be_focused(timeout=SOON)
    amir.get_by_role("button", name="Publish").click()
    amir.locator("#publish .pri").click()
    reason = "say why, so that the next person understands"
    expect(amir.locator("#publish .err")).to_have_text(reason, timeout=SOON)
    amir.fill("#publish [name=why]", "Bills wait too long")
    amir.locator("#publish .pri").click()
    expect(amir.locator(".chip", has_text="Version 1")).to_be_visible(timeout=SOON)
    running.sms(BILL, "+14152007802")
    assert teams(running, 2) == ["billing", "front_desk"]

    amir.get_by_role("link", name="History").click()
    visits.look(amir, "the versions of the rules")
    amir.get_by_label("Why").fill("The front desk has no access to bills")
    amir.get_by_role("button", name="Go back to what ships").click()
    expect(amir.locator(".chip", has_text="Version 2")).to_be_visible(timeout=SOON)
    running.sms(BILL, "+14152007803")
    assert teams(running, 3) == ["billing", "front_desk", "billing"]
    assert [fault for fault in visits.wrong if "422" not in fault] == []
