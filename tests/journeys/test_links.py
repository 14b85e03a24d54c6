"""What a patient opens from a link on a phone: the real server, a browser 390 wide without scripts. What is
written on each storage, the tests of letters, surveys and forms in inbox/ and the patient's path say.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from fixtures.forms import VISIT
from inbox import form
from inbox.store import tables as t
from tests.conftest import FreshDatabase
from tests.support import letters
from tests.support.running import Clinic, clinic

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
TEXT = "El Dr. Okafor aprobó 30 días de lisinopril 10 mg."


@pytest.fixture
def running(fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Clinic]:
    with clinic(fresh_database("sqlite"), tmp_path) as opened:
        yield opened


def phone(browser: Browser, **options: Any) -> Page:
    """A page as a phone shows it; what its console complains about is in `faults`."""
    context: BrowserContext = browser.new_context(viewport={"width": 390, "height": 844}, **options)
    page = context.new_page()
    page.set_default_timeout(10_000)
    return page


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


def wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def landed(running: Clinic, text: str) -> int:
    """A text message of a stranger, in its conversation."""
    assert running.sms(text).status_code == 200
    while True:
        with running.house.database.snapshot() as reading:
            row = reading.one(select(t.conversations.c.id))
        if row is not None:
            return int(row.id)


def test_a_letter_is_opened_by_a_birth_date_and_answered_without_a_script(browser: Browser, running: Clinic) -> None:
    conversation = landed(running, "Necesito mi receta por favor")
    letters.confirm(running.house, conversation, language="es")
    _, token = letters.seal(running.house, running.person("dana"), conversation, TEXT)
    page = phone(browser, java_script_enabled=False)
    page.goto(f"{running.url}/s/{token}")
    expect(page.get_by_role("heading")).to_have_text("Tiene un mensaje privado")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading")).to_have_text("You have a private message")
    for label, typed in (("Month", "05"), ("Day", "02"), ("Year", "1990")):
        page.get_by_label(label).fill(typed)
    page.get_by_role("button", name="Open message").click()
    expect(page.get_by_role("alert")).to_have_text("This is not the date we have on file. Tries left: 4.")
    page.get_by_label("Year").fill("1984")
    page.get_by_role("button", name="Open message").click()
    expect(page.locator(".said")).to_have_text(TEXT)
    page.get_by_label("Write a reply").fill("Gracias, paso a las 3")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading")).to_have_text("We have your message")
    assert [word for word in ("Gracias", "lisinopril") if word in page.content()] == []

    def said() -> list[str]:
        with running.house.database.snapshot() as reading:
            mine = select(t.messages.c.body).where(t.messages.c.direction == "in").order_by(t.messages.c.sequence)
            return [row.body for row in reading.all(mine)]

    while len(said()) < 2:
        page.wait_for_timeout(20)
    assert said() == ["Necesito mi receta por favor", "Gracias, paso a las 3"]
    assert letters.only(running.house, t.secure_texts).tries == 1


def test_what_cannot_be_opened_looks_the_same_whatever_the_reason(running: Clinic) -> None:
    conversation = landed(running, "Please send my results")
    letters.confirm(running.house, conversation)
    _, token = letters.seal(running.house, running.person("dana"), conversation, TEXT)
    with httpx.Client(base_url=running.url) as client:
        opened = client.get(f"/s/{token}")
        assert (opened.status_code, opened.headers["referrer-policy"], opened.headers["cache-control"]) == (
            200,
            "no-referrer",
            "no-store",
        )
        assert "frame-ancestors 'none'" in opened.headers["content-security-policy"]
        unknown = client.get("/s/nothing")
        wrong = {"month": "1", "day": "1", "year": "1990"}
        statuses = [client.post(f"/s/{token}", data=wrong).status_code for _ in range(5)]
        assert statuses == [422] * 4 + [404]
        locked = client.get(f"/s/{token}")
        known = client.post(f"/s/{token}", data={"month": "5", "day": "2", "year": "1984"})
        assert (locked.status_code, locked.content) == (404, unknown.content)
        assert (known.status_code, TEXT in known.text) == (404, False)
        assert [client.get("/s/guess").status_code for _ in range(3)] == [404, 404, 429]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_behind_links_break_no_rule_of_access(browser: Browser, running: Clinic, scheme: Any) -> None:
    conversation = landed(running, "Please send my results")
    _, token = letters.seal(running.house, running.person("dana"), conversation, TEXT)
    page = phone(browser, color_scheme=scheme)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = violations(page) + (["wider than the phone"] if wide(page) else [])

    page.goto(f"{running.url}/s/{token}")
    look("code")
    page.get_by_role("button", name="Send me a code").click()
    look("code sent")
    letters.confirm(running.house, conversation)
    page.goto(f"{running.url}/s/{token}")
    page.get_by_role("button", name="Open message").click()
    look("no date")
    for label, typed in (("Month", "5"), ("Day", "2"), ("Year", "1984")):
        page.get_by_label(label).fill(typed)
    page.get_by_role("button", name="Open message").click()
    look("opened")
    page.goto(f"{running.url}/s/nothing")
    look("gone")
    token = letters.ask(running.house, running.person("dana"), conversation)
    page.goto(f"{running.url}/survey/{token}?score=4")
    look("survey")
    page.get_by_role("button", name="Send").click()
    look("thanks")
    assert found == {name: [] for name in ("code", "code sent", "no date", "opened", "gone", "survey", "thanks")}


def test_a_face_in_the_link_waits_for_its_button_and_an_unhappy_one_reaches_people(
    browser: Browser, running: Clinic
) -> None:
    conversation = landed(running, "I need to reschedule my appointment")
    token = letters.ask(running.house, running.person("jess"), conversation)
    page = phone(browser, java_script_enabled=False)
    page.goto(f"{running.url}/survey/{token}?score=2")
    expect(page.get_by_role("radio", name="Poor")).to_be_checked()
    assert letters.only(running.house, t.surveys).score is None
    page.get_by_role("checkbox", name="Took too long").check()
    page.get_by_label("Add a note").fill("Nobody called me back.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".lead")).to_have_text("We are sorry. A person on our team will contact you about it.")
    kept = letters.only(running.house, t.surveys)
    assert (kept.score, kept.tags, kept.words) == (2, ["slow"], "Nobody called me back.")
    with running.api("jess") as program:
        (row,) = program.get("/conversations").json()["items"]
    assert (row["state"], row["priority"]) == ("open", 2)
    page.goto(f"{running.url}/survey/{token}?score=5&lang=es")
    expect(page.get_by_role("heading")).to_have_text("Gracias")
    assert letters.only(running.house, t.surveys).score == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_form_of_steps_is_walked_mended_and_sent_without_a_script(
    browser: Browser, running: Clinic, scheme: Any
) -> None:
    with running.house.database.transaction() as unit:
        form.publish(unit, VISIT, actor=None)
    seen = phone(browser, color_scheme=scheme)
    page = phone(browser, java_script_enabled=False)
    page.goto(f"{running.url}/forms/visit?lang=en")
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".err")).to_have_text("Please fill this in.")
    page.get_by_label("Change a visit I have").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Date of the visit you have").fill("3/9/2027")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading")).to_have_text("When suits you?")
    page.get_by_label("Mornings").check()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Date of the visit you have")).to_have_value("3/9/2027")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("Mornings")).to_be_checked()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Your name").fill("Ana Ruiz")
    page.get_by_label("Mobile number").fill("415 555")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".err")).to_have_text("This is not a phone number.")
    page.get_by_label("Mobile number").fill("(415) 555-0142")
    with running.house.database.snapshot() as reading:
        assert reading.one(select(t.arrivals.c.id)) is None
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading")).to_have_text("We have your message")
    assert letters.only(running.house, t.arrivals).door == "webform"
    found: dict[str, list[str]] = {}
    seen.goto(f"{running.url}/forms/visit")
    found["first"] = violations(seen)
    seen.get_by_label("A new visit").check()
    seen.get_by_role("button", name="Next").click()
    seen.get_by_role("button", name="Next").click()
    found["second, to mend"] = violations(seen) + (["wider than the phone"] if wide(seen) else [])
    assert found == {"first": [], "second, to mend": []}
