"""Somebody who never saw it answers a patient by what the screen says alone, and the record tells all of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import FreshDatabase
from tests.journeys.test_main_job import signed_in
from tests.support.running import Clinic, clinic

pytestmark = pytest.mark.browser
SOON = 10_000


@pytest.fixture
def running(fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Clinic]:
    with clinic(fresh_database("sqlite"), tmp_path) as opened:
        yield opened


def test_a_first_look_leads_to_an_answer_and_does_not_come_back(browser: Browser, running: Clinic) -> None:
    page = signed_in(browser, running, "jess")
    running.sms("Hi, I need to reschedule my appointment please", To="+14155550999")
    tour = page.locator("#tour li:not([hidden])")
    expect(tour).to_contain_text("Choose one")
    page.locator("#rows .row").click(timeout=SOON)
    expect(page.locator(".msg .bub")).to_have_text("Hi, I need to reschedule my appointment please")
    assert page.locator(".chead h2 button").evaluate("title => title.scrollWidth <= title.clientWidth")
    assert page.locator(".chead .chip").evaluate_all("marks => marks.map(mark => mark.offsetHeight)") == [20]

    page.click("[data-tour=next]")
    expect(tour).to_contain_text("Choose a clock's name")
    page.locator(".clockbar [data-why=first_response]").click()
    expect(page.locator("#why .ledger li")).to_have_count(1)
    expect(page.locator("#why .ledger li").first).to_contain_text("The promise began: the patient wrote")
    page.locator("#why button").click()

    page.click("[data-tour=next]")
    expect(tour).to_contain_text("Write below the words")
    page.fill("#words", "Of course. Does Thursday suit you?")
    page.locator("[data-send]").click()
    expect(page.locator(".msg.out .bub")).to_have_text("Of course. Does Thursday suit you?", timeout=SOON)

    page.click("[data-tour=next]")
    page.click("[data-tour=next]")
    expect(page.locator("#tour")).to_have_count(0)
    page.reload()
    expect(page.locator("#rows .row")).to_have_count(1)
    expect(page.locator("#tour")).to_have_count(0)


def test_an_act_is_taken_back_and_a_reason_corrected(browser: Browser, running: Clinic) -> None:
    page = signed_in(browser, running, "jess")
    running.sms("Hi, I need to reschedule my appointment please")
    page.locator("#rows .row").click(timeout=SOON)
    page.locator("[data-do=mine]").click()
    owner = page.locator(".sub [data-owner]")
    expect(owner).to_have_text("Jess Moreno", timeout=SOON)
    page.locator("#toasts button").click()
    expect(owner).to_contain_text("No owner", timeout=SOON)

    page.locator(".chead h2 button").click()
    page.locator("#label select").select_option("billing")
    page.locator("#label button.pri").click()
    expect(page.locator(".chead h2")).to_contain_text("Bill or payment", timeout=SOON)
    expect(page.locator(".ev").last).to_contain_text("The reason was corrected to bill or payment by Jess Moreno")
