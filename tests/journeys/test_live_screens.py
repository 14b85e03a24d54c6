"""Live screens over a real server and real lines: colleagues see each other, a dead line is noticed and made good to
the last entry, and a whole shift is worked without a mouse."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from inbox import assignment, note
from inbox.store import tables as t
from tests.conftest import FreshDatabase
from tests.support.hole import Hole, hole
from tests.support.running import PASSWORD, Clinic, clinic
from tests.support.serving import free_port

pytestmark = pytest.mark.browser
SOON = 8_000


def signed_in(browser: Browser, address: str, name: str, *, clock: bool = False) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(10_000)
    if clock:
        page.clock.install()
    page.goto(f"{address}/login")
    page.fill("input[name=email]", f"{name}@clinic.example")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox*")
    expect(page.locator("#live-dot")).to_have_text("Live")
    return page


def conversations(running: Clinic) -> list[int]:
    with running.house.database.snapshot() as reading:
        return [row.id for row in reading.all(select(t.conversations.c.id).order_by(t.conversations.c.id))]


def test_two_people_in_one_conversation_see_each_other(browser: Browser, database_url: str, tmp_path: Path) -> None:
    with clinic(database_url, tmp_path) as running:
        jess, sam, dana = (signed_in(browser, running.url, name) for name in ("jess", "sam", "dana"))
        running.sms("I need to reschedule my appointment")
        for one in (jess, sam):
            one.goto(f"{running.url}/inbox?view=open")
            one.locator("#rows .row").click()
        near = sam.locator(".comp [data-near]")
        expect(near).to_have_attribute("data-near", "Jess Moreno is looking at this too", timeout=SOON)
        expect(jess.locator(".comp [data-near]")).to_have_attribute("data-near", "Sam Patel is looking at this too")
        jess.locator("#words").press_sequentially("Of course")
        expect(near).to_have_attribute("data-near", "Jess Moreno is typing", timeout=SOON)
        dana.goto(f"{running.url}/inbox?view=open")  # beside the list it is told to whoever may see the row
        expect(dana.locator("#rows .row .pres")).to_have_count(1, timeout=SOON)
        jess.context.close()
        expect(near).to_have_count(0, timeout=SOON)
        with running.house.database.snapshot() as reading:
            verbs = {row.verb for row in reading.all(select(t.journal.c.verb))}
        assert not any(verb.startswith("presence") for verb in verbs)


ROWS = "rows => rows.map(row => [row.id, row.dataset.v, row.querySelector('.say').textContent])"
LINE = "all => all.map(one => [one.id, one.querySelector('.bub, p')?.textContent ?? ''])"


def shown(page: Page) -> tuple[list[list[str]], list[list[str]]]:
    entries = "#main .tl > li[id^=message], #main .tl > li[id^=note]"
    return page.locator("#rows > li.item").evaluate_all(ROWS), page.locator(entries).evaluate_all(LINE)[-30:]


def test_a_line_that_died_in_silence_is_noticed_and_made_good(
    browser: Browser, database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    with hole(port) as wire, clinic(database_url, tmp_path, port=port, front=wire.port) as running:
        address = f"http://127.0.0.1:{wire.port}"
        for number in range(10):
            running.sms(f"Question number {number} about parking", f"+1415200770{number}")
        jess = signed_in(browser, address, "jess", clock=True)
        jess.goto(f"{address}/inbox?view=open")
        expect(jess.locator("#rows > li.item")).to_have_count(10)
        first = conversations(running)[0]
        jess.locator(f"#row-{first} .row").click()
        jess.fill("#words", "You can park")
        busy(running, wire, jess)
        expect(jess.locator("#not-live")).to_be_visible()
        jess.locator("#words").press_sequentially(" behind the house")  # writing goes on
        wire.swallow = False
        wire.cut()
        jess.clock.run_for(30_000)
        expect(jess.locator("#not-live")).to_be_hidden(timeout=SOON)
        expect(jess.locator("#main .tl > li[id^=note]").last).to_contain_text("note 49", timeout=30_000)
        jess.mouse.move(700, 300)
        jess.clock.run_for(5_000)
        fresh = jess.context.new_page()
        fresh.goto(f"{address}/conversations/{first}?view=open")
        expect(jess.locator("#rows > li.item")).to_have_count(11, timeout=SOON)
        assert shown(jess) == shown(fresh)
        assert jess.locator("#words").input_value() == "You can park behind the house"


def busy(running: Clinic, wire: Hole, jess: Page) -> None:
    """The line dies; 500 entries are written that it should have carried, and 35 seconds pass."""
    wire.swallow = True
    running.sms("A new one about the bill", "+14152007799")
    sam, ids = running.person("sam"), conversations(running)[:10]
    with running.house.database.transaction() as unit:
        for number in range(50):
            for one in ids:
                note.write(unit, actor=sam, conversation_id=one, text=f"note {number}")
    with running.house.database.transaction() as unit:
        assignment.take(unit, actor=sam, conversation_id=ids[3])
    jess.clock.run_for(35_000)


def test_a_shift_without_a_mouse(browser: Browser, fresh_database: FreshDatabase, tmp_path: Path) -> None:
    with clinic(fresh_database("sqlite"), tmp_path, undo=8) as running:
        for number in range(3):
            running.sms(f"Where can I park, number {number}?", f"+1415200770{number}")
        jess = signed_in(browser, running.url, "jess")
        keys = jess.keyboard
        jess.goto(f"{running.url}/inbox?view=open")
        expect(jess.locator("#rows > li.item")).to_have_count(3, timeout=SOON)
        keys.press("j")
        keys.press("Enter")
        expect(jess.locator("#main[data-id]")).to_have_count(1)
        keys.press("i")
        expect(jess.locator("#main .sub [data-owner]")).to_contain_text("Jess Moreno", timeout=SOON)
        keys.press("r")
        keys.type("Behind the house.")
        keys.press("Control+Enter")
        expect(jess.locator(".msg.out .bub")).to_have_text("Behind the house.", timeout=SOON)
        keys.press("Escape")
        keys.press("z")  # before it left
        expect(jess.locator("#words")).to_have_value("Behind the house.", timeout=SOON)
        keys.press("Control+Enter")
        expect(jess.locator("#words")).to_have_value("", timeout=SOON)
        keys.press("Escape")
        keys.press("n")
        keys.type("Asked for the garage.")
        keys.press("Control+Enter")
        expect(jess.locator(".note")).to_contain_text("Asked for the garage.", timeout=SOON)
        keys.press("Escape")
        keys.press("s")
        keys.press("Enter")
        expect(jess.locator("#main .sub")).to_contain_text("snoozed until", timeout=SOON)
        keys.press("z")
        expect(jess.locator("#main .sub")).not_to_contain_text("snoozed until", timeout=SOON)
        keys.press("p")
        keys.type("Urgent")
        keys.press("Tab")
        keys.type("They wait at the door")
        keys.press("Enter")
        expect(jess.locator("#main .top")).to_contain_text("Urgent", timeout=SOON)
        expect(jess.locator("dialog[open]")).to_have_count(0)
        keys.press("!")
        keys.type("The garage is full")
        keys.press("Enter")
        expect(jess.locator("#main")).to_contain_text("Escalated to", timeout=SOON)
        # what may still be taken back is on its way, and nothing on its way may be resolved over
        expect(jess.locator(".msg.out").last).to_have_attribute("data-status", "delivered", timeout=20_000)
        keys.press("r")
        keys.type("You are expected.")
        keys.press("Control+Shift+Enter")
        expect(jess.locator("#close")).to_be_visible()
        keys.press("Enter")
        expect(jess.locator("#close")).to_be_hidden()
        expect(jess.locator("#main .top")).to_contain_text("Reopen", timeout=SOON)
        keys.press("Escape")
        for chord, page in (("b", "board"), ("p", "patients"), ("m", "reports"), ("i", "inbox")):
            keys.press("g")
            keys.press(chord)
            jess.wait_for_url(f"**/{page}*")
        keys.press("/")
        assert jess.evaluate("document.activeElement.type") == "search"
