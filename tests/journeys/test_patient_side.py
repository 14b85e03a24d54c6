"""A patient on the clinic's own site, in a real browser: a form in its frame, a chat that survives a broken line."""

import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser, Page, async_playwright, expect
from sqlalchemy import select, update

from channels.form import Field, Form
from inbox import form
from inbox.house import House
from inbox.live import Hub
from inbox.presence import Word
from inbox.settings import Settings
from inbox.store.tables import arrivals, conversations, messages
from tests.support import browser
from tests.support.patient_doors import patient_doors, say
from tests.support.serving import free_port, serving

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"


class Clinic:
    """Our doors, a site of another origin that carries our two scripts, and a browser."""

    def __init__(self, house: House, hub: Hub, browser: Browser, site: str) -> None:
        self.house, self.hub, self.browser, self.site = house, hub, browser, site
        self.ours = house.settings.public_url
        self.faults: list[str] = []

    async def page(self, **options: Any) -> Page:
        page = await self.browser.new_page(**options)
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def stored(self, channel: str) -> list[Any]:
        with self.house.database.snapshot() as reading:
            return list(reading.all(select(arrivals).where(arrivals.c.channel == channel).order_by(arrivals.c.id)))


def site(ours: str, proof: str, until: int) -> Any:
    """The clinic's own site, with a strict policy of its own: /chat carries the widget, /user too for somebody who has
    signed in there, /form the form."""
    known = f'" data-user="u-7" data-until="{until}" data-proof="{proof}'
    widget = f"{ours}/chat/widget.js"
    scripts = {"/chat": widget, "/user": f"{widget}{known}", "/form": f"{ours}/forms/contact.js"}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        script = scripts.get(scope["path"], "")
        body = (
            f'<!doctype html><html lang="en"><title>Clinic</title><h1>Clinic</h1><script async src="{script}"></script>'
        )
        policy = f"default-src 'none'; script-src {ours}; frame-src {ours}; style-src 'unsafe-inline'; img-src data:"
        headers = [(b"content-type", b"text/html"), (b"content-security-policy", policy.encode())]
        await send({"type": "http.response.start", "status": 200 if script else 404, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})

    return app


@pytest.fixture
async def clinic(fresh_database: Any, tmp_path: Path, chromium: str) -> AsyncIterator[Clinic]:
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    house = House(Settings(data_dir=tmp_path, database_url=fresh_database("sqlite"), public_url=public))
    async with AsyncExitStack() as stack:
        hub = Hub(house)
        await stack.enter_async_context(serving(patient_doors(house, hub), port))
        until = int(house.database.clock().timestamp()) + 3600
        proof = hmac.new(house.keys.chat_site.encode(), f"u-7\n{until}".encode(), hashlib.sha256).hexdigest()
        theirs = await stack.enter_async_context(serving(site(public, proof, until)))
        playwright = await stack.enter_async_context(async_playwright())
        opened = await playwright.chromium.launch(executable_path=chromium, args=list(browser.FLAGS))
        stack.push_async_callback(opened.close)
        yield Clinic(house, hub, opened, theirs.replace("127.0.0.1", "localhost"))


async def violations(page: Page) -> list[str]:
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


async def test_a_form_framed_by_the_clinics_site_is_mended_and_sent(clinic: Clinic) -> None:
    page = await clinic.page()
    await page.goto(f"{clinic.site}/form")
    form = page.frame_locator("iframe")
    await form.get_by_label("Your name").fill("Ana Ruiz")
    await form.get_by_label("How can we help?").fill("Where is my bill?")
    await form.get_by_role("button", name="Send").click()
    await expect(form.locator(".err")).to_have_text("Please give an e-mail address or a phone number.")
    await expect(form.get_by_label("E-mail")).to_be_focused()
    await form.get_by_label("E-mail").fill("ana@home.example")
    # the frame is as high as what it holds: nobody scrolls twice
    high = await form.locator("main").evaluate("main => main.getBoundingClientRect().height")
    await expect(page.locator("iframe")).to_have_css(
        "height", re.compile(rf"{round(high)}(\.\d+)?px|{int(high) + 1}px")
    )
    await form.get_by_role("button", name="Send").click()
    await expect(form.get_by_role("heading")).to_have_text("We have your message")
    assert [b"Where is my bill?" in row.body for row in clinic.stored("webform")] == [True]
    assert set(clinic.faults) == {
        "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
    }


async def test_the_form_needs_no_script(clinic: Clinic) -> None:
    page = await clinic.page(java_script_enabled=False)
    await page.goto(f"{clinic.ours}/forms/contact?lang=es")
    await page.get_by_label("Su nombre").fill("Ana Ruiz")
    await page.get_by_label("Teléfono").fill("(212) 555-2368")
    await page.get_by_label("¿En qué podemos ayudarle?").fill("Necesito una cita")
    await page.get_by_role("button", name="Enviar").click()
    await expect(page.get_by_role("heading")).to_have_text("Recibimos su mensaje")
    assert (len(clinic.stored("webform")), clinic.faults) == (1, [])


async def test_what_is_written_without_a_line_is_sent_once_when_it_is_back(clinic: Clinic) -> None:
    page = await clinic.page()
    await page.goto(f"{clinic.site}/chat")
    assert await page.locator("iframe").count() == 0
    await page.get_by_role("button", name="Open chat").click()
    chat = page.frame_locator("iframe")
    await chat.get_by_label("Write a message").fill("Is the clinic open?")
    await chat.get_by_label("Write a message").press("Enter")
    await expect(chat.locator("li.in small")).to_have_text(re.compile(r"sent$"))

    await page.context.set_offline(True)
    await expect(chat.get_by_role("status")).to_contain_text("Not connected")
    await chat.get_by_label("Write a message").fill("And tomorrow?")
    await chat.get_by_role("button", name="Send").click()
    await expect(chat.locator("li.in small").last).to_have_text("sending")
    await page.context.set_offline(False)
    await expect(chat.locator("li.in small").last).to_have_text(re.compile(r"sent$"))
    await expect(chat.get_by_role("status")).to_be_hidden()
    assert [b"And tomorrow?" in row.body for row in clinic.stored("chat")] == [False, True]
    assert len({row.headers["x-chat-session"] for row in clinic.stored("chat")}) == 1


async def test_an_answer_appears_and_a_reload_of_the_tab_shows_the_thread_again(clinic: Clinic) -> None:
    page = await clinic.page()
    await page.goto(f"{clinic.ours}/chat/frame")
    await page.get_by_label("Write a message").fill("May I <b>come</b> today?")
    await page.get_by_label("Write a message").press("Enter")
    await expect(page.locator("li.in small")).to_have_text(re.compile(r"sent$"))
    token = await page.evaluate("JSON.parse(sessionStorage['warmline.chat']).token")
    (row,) = clinic.stored("chat")
    said = msgspec.json.decode(row.body)
    say(clinic.house, token, said["text"], client_id=said["client_id"])
    say(clinic.house, token, "Yes, at 4.", minute=1)
    await expect(page.locator("li p")).to_have_text(["May I <b>come</b> today?", "Yes, at 4."])
    await page.reload()
    await expect(page.locator("li p")).to_have_text(["May I <b>come</b> today?", "Yes, at 4."])
    await expect(page.locator("li small").last).to_have_text(re.compile("^Jess Moreno · "))
    assert (len(clinic.stored("chat")), clinic.faults) == (1, [])


async def test_the_chat_opens_by_its_button_and_closes_by_escape(clinic: Clinic) -> None:
    page = await clinic.page()
    await page.goto(f"{clinic.site}/chat")
    button = page.get_by_role("button", name="Open chat")
    await button.press("Enter")
    text = page.frame_locator("iframe").get_by_label("Write a message")
    await expect(text).to_be_focused()
    await text.press("Escape")
    await expect(page.locator("iframe")).to_be_hidden()
    await expect(button).to_be_focused()
    assert clinic.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_for_patients_break_no_rule_of_access(clinic: Clinic, scheme: Any) -> None:
    page = await clinic.page(color_scheme=scheme, viewport={"width": 320, "height": 640})
    found: dict[str, list[str]] = {}
    for path in ("/forms/contact", "/forms/contact/thanks", "/forms/nothing", "/chat/frame"):
        await page.goto(f"{clinic.ours}{path}")
        if path == "/chat/frame":
            await page.get_by_label("Write a message").fill("Hello?")
            await page.get_by_role("button", name="Send").click()
            await expect(page.locator("li.in small")).to_have_text(re.compile(r"sent$"))
        found[path] = await violations(page)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert found == {path: [] for path in found}


async def test_the_chat_tells_its_course_and_goes_on_by_text(clinic: Clinic) -> None:
    page = await clinic.page(viewport={"width": 384, "height": 690})
    await page.goto(f"{clinic.ours}/chat/frame")
    text = page.get_by_label("Write a message")
    await text.fill("Is the clinic open?")
    await text.press("Enter")
    await expect(page.locator("li.in small")).to_have_text(re.compile(r"sent$"))
    token = await page.evaluate("JSON.parse(sessionStorage['warmline.chat']).token")
    message = say(clinic.house, token, "Yes, until five.")
    await expect(page.locator("li p").last).to_have_text("Yes, until five.")
    await expect(page.locator("#place")).to_be_hidden()
    with clinic.house.database.transaction() as unit:
        unit.execute(update(conversations).values(due_at=unit.now, due_metric="next_response"))
        (row,) = unit.all(select(conversations.c.id))
        unit.record("clock.started", actor_id=None)
    clinic.hub.overhear(Word("s-1", 7, "Jess Moreno", row.id, typing=True, replying=True))
    await expect(page.locator("#writing")).to_have_text("Jess is writing …")
    await expect(page.locator("#place")).to_contain_text(
        "You are number 1 in line. Nobody is at the desk", timeout=9000
    )
    await text.press_sequentially("And")
    while len(there := clinic.hub._room.people(row.id)) < 2:
        await page.wait_for_timeout(50)
    assert [(one["name"], one["typing"]) for one in there] == [("Jess Moreno", True), ("Patient", True)]
    with clinic.house.database.snapshot() as reading:
        assert reading.scalar(select(messages.c.status).where(messages.c.id == message)) == "read"

    await page.get_by_text("Text me instead").click()
    await page.get_by_label("Your mobile number").fill("12")
    await page.get_by_role("button", name="Send me a code").click()
    swapped = page.locator("#swap [role=status]")
    await expect(swapped).to_have_text("This is no number that we can text. Write it with its area code.")
    await page.get_by_label("Your mobile number").fill("(415) 555-0142")
    await page.get_by_role("button", name="Send me a code").click()
    await expect(swapped).to_have_text("We sent you six digits. Write them here.")
    assert await violations(page) == []
    with clinic.house.database.snapshot() as reading:
        sent = reading.scalar(select(messages.c.body).where(messages.c.channel == "sms"))
    await page.get_by_label("Code").fill(str(sent)[:6])
    await page.get_by_role("button", name="Go on by text").click()
    await expect(swapped).to_have_text("We go on by text to the number ending in 42. You can close this window.")
    await expect(text).to_be_hidden()
    assert clinic.faults == []


async def test_the_clinics_site_says_who_is_signed_in_and_asks_first(clinic: Clinic) -> None:
    with clinic.house.database.transaction() as unit:
        asked = (Field("name", "text", "identity", "Who are you?", "¿Quién es?", required=True),)
        reach = Field("phone", "tel", "contact", "Phone, if we lose the line", "Teléfono, por si se corta")
        form.publish(unit, Form("chat", 0, (*asked, reach)), actor=None)
    page = await clinic.page()
    await page.goto(f"{clinic.site}/user")
    await page.get_by_role("button", name="Open chat").click()
    chat = page.frame_locator("iframe")
    text = chat.get_by_label("Write a message")
    await text.fill("Is my bill paid?")
    await text.press("Enter")
    await expect(chat.get_by_label("Who are you?")).to_be_focused()
    await chat.get_by_label("Who are you?").fill("Tomás Vega")
    await chat.get_by_role("button", name="Send").click()
    await expect(chat.locator("li.in small")).to_have_text(re.compile(r"sent$"))
    await expect(chat.get_by_label("Who are you?")).to_be_hidden()
    (row,) = clinic.stored("chat")
    assert row.headers["x-chat-user"] == "u-7"
    assert msgspec.json.decode(row.body)["answers"] == {"name": "Tomás Vega"}
    assert clinic.faults == []
