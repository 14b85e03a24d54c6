"""A patient's path on both storages, seen from both ends: a form in Spanish, a private message opened by a birth date
and answered, and an unhappy word at the end that a supervisor sees at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from inbox import private_link
from inbox.store import tables as t
from tests.support import letters
from tests.support.running import Clinic, clinic
from tests.support.visits import PHONE, Visits

pytestmark = pytest.mark.browser
SOON = 15_000
NOTICE = "/s/"


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Clinic]:
    with clinic(database_url, tmp_path) as opened:
        yield opened


def test_a_form_is_confirmed_in_spanish_and_is_before_an_agent(browser: Browser, running: Clinic) -> None:
    visits = Visits(browser, running.url)
    theo = visits.sign_in("theo", "dark")
    theo.goto(f"{running.url}/inbox?view=open")
    phone = visits.open("patient", size=PHONE, path="/forms/contact?lang=es")
    phone.get_by_label("Su nombre").fill("Ana Ruiz")
    phone.get_by_label("Teléfono").fill("(212) 555-2368")
    phone.get_by_label("¿En qué podemos ayudarle?").fill("Tengo una pregunta sobre mi factura")
    visits.look(phone, "the form in Spanish")
    phone.get_by_role("button", name="Enviar").click()
    expect(phone.get_by_role("heading")).to_have_text("Recibimos su mensaje")
    assert phone.locator("html").get_attribute("lang") == "es"
    visits.look(phone, "the confirmation")
    expect(theo.locator("#rows .row")).to_have_count(1, timeout=SOON)
    theo.locator("#rows .row").click()
    expect(theo.locator(".msg .meta b")).to_have_text("Ana Ruiz")
    expect(theo.locator(".msg .bub")).to_have_text("Tengo una pregunta sobre mi factura")
    visits.look(theo, "a form in a conversation")
    assert visits.wrong == []


def link(running: Clinic) -> str:
    """The address in the private message's notice, as the phone shows it."""
    notice = select(t.messages.c.id).where(t.messages.c.body.contains(NOTICE))
    with running.house.database.snapshot() as reading:
        return f"{NOTICE}{private_link.token(running.house, 's', reading.scalar(notice))}"


def test_a_private_message_is_answered_and_an_unhappy_end_is_seen(browser: Browser, running: Clinic) -> None:
    visits = Visits(browser, running.url)
    jess, theo = visits.sign_in("jess"), visits.sign_in("theo", "dark")
    running.sms("I need to reschedule my appointment")
    expect(jess.locator("#rows .row")).to_have_count(1, timeout=SOON)
    with running.house.database.snapshot() as reading:
        (row,) = reading.all(select(t.conversations.c.id))
    letters.confirm(running.house, row.id)
    jess.locator("#rows .row").click()
    jess.locator("#words").press_sequentially("Your biopsy results are ready, diagnosis inside")
    expect(jess.locator("[data-guard]")).to_be_visible(timeout=SOON)
    visits.look(jess, "words that a text must not carry")
    jess.locator("[data-secure]").click()
    expect(jess.locator(".msg.out")).to_contain_text("secure message, not opened yet", timeout=SOON)

    phone = visits.open("patient", size=PHONE, path=link(running))
    opened(phone)
    expect(phone.locator(".said")).to_have_text("Your biopsy results are ready, diagnosis inside")
    visits.look(phone, "a private message")
    phone.get_by_label("Write a reply").fill("Thank you, I come at three")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("heading")).to_have_text("We have your message")
    expect(jess.locator(".msg:not(.out) .bub").last).to_contain_text("Thank you, I come at three", timeout=SOON)

    token = letters.ask(running.house, running.person("jess"), row.id)
    theo.goto(f"{running.url}/inbox?view=open")
    expect(theo.locator("#rows .row")).to_have_count(0)
    phone.goto(f"{running.url}/survey/{token}?score=1")
    visits.look(phone, "the question how we did")
    phone.get_by_label("Add a note").fill("Nobody called me back.")
    phone.get_by_role("button", name="Send").click()
    expect(phone.locator(".lead")).to_have_text("We are sorry. A person on our team will contact you about it.")
    expect(theo.locator("#rows .row")).to_have_attribute("href", f"/conversations/{row.id}", timeout=SOON)
    theo.locator("#rows .row").click()
    expect(theo.get_by_role("button", name="I have it")).to_be_visible()
    expect(theo.locator("#main")).to_contain_text("Nobody called me back.")
    visits.look(theo, "an unhappy patient")
    assert visits.wrong == []


def opened(phone: Page) -> None:
    """By the birth date of whom it is about."""
    for label, typed in (("Month", "05"), ("Day", "02"), ("Year", "1984")):
        phone.get_by_label(label).fill(typed)
    phone.get_by_role("button", name="Open message").click()
