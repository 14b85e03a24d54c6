"""Every known payload through the doors that patients have without a carrier: chat, files, forms, answers to a private
message, survey notes. On the staff's screens and in the widget nothing runs, nothing is asked for, and nothing is lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import func, select

from channels import chat, webform
from channels.envelope import DoorRequest
from inbox import intake, secure, survey
from inbox.intake import Arrived
from inbox.secure import Opened
from inbox.store import tables as t
from tests.security.test_scripts import CORPORA, Witnessed, payloads
from tests.support import letters
from tests.support.browser import FLAGS
from tests.support.running import PASSWORD, Clinic, clinic

pytestmark = [pytest.mark.browser, pytest.mark.corpus]
SESSION = chat.new_session()
FORM = "application/x-www-form-urlencoded"
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as player, player.chromium.launch(executable_path=chromium, args=FLAGS) as opened:
        yield opened


@pytest.fixture
def running(fresh_database: Callable[[str], str], tmp_path: Path) -> Iterator[Clinic]:
    with clinic(fresh_database("sqlite"), tmp_path) as opened:
        yield opened


def words(most: int) -> list[str]:
    """All payloads in few texts of at most so many characters."""
    made = [""]
    for payload in payloads():
        longer = f"{made[-1]}\n{payload}".strip()
        made = [*made[:-1], longer] if len(longer) <= most else [*made, payload[:most]]
    return [text for text in made if text.strip()]


def said(number: int, text: str) -> Arrived:
    frame = {"client_id": f"c-{number}", "text": text, "name": text[:100]}
    door = DoorRequest("http://x/chat/live", {chat.SESSION_HEADER: SESSION}, msgspec.json.encode(frame))
    return Arrived("chat", "chat", "chat", chat.arrival_key(door, SESSION), door)


def file(number: int, name: str) -> Arrived:
    named = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    body = (
        f'--b\r\nContent-Disposition: form-data; name="client_id"\r\n\r\nf-{number}\r\n'
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="{named}"\r\n\r\n'
    ).encode("utf-8", "replace") + PNG
    kept = {chat.SESSION_HEADER: SESSION, "content-type": "multipart/form-data; boundary=b"}
    door = DoorRequest("http://x/chat/files", kept, body + b"\r\n--b--\r\n")
    return Arrived("chat.file", "chat", "chat", f"files:f-{number}", door)


def filled(number: int, text: str) -> Arrived:
    answers = {"name": text[:120], "email": f"p{number}@home.example", "message": text}
    door = DoorRequest("http://x/forms/contact", {"content-type": FORM}, urlencode(answers).encode())
    return Arrived("webform", "webform", "webform", f"contact:{number}", door)


def answered(running: Clinic, conversation: int, number: int, text: str) -> Arrived:
    """An opened letter's answer, by a ticket of its own."""
    message = select(t.secure_texts.c.message_id)
    with running.house.database.snapshot() as reading:
        token = letters.private_link.token(running.house, "s", reading.scalar(message))
    opened = running.house.database.write(secure.open_letter, running.house, token, birth_on=letters.BORN)
    assert isinstance(opened, Opened)
    with running.house.database.snapshot() as reading:
        given = secure.answers(reading, running.house, token, opened.ticket, text)
    assert given is not None
    headers = {"x-secure": str(given.letter_id), "x-answer": given.key, "content-type": FORM}
    door = DoorRequest("http://x/s/reply", headers, urlencode({"text": text}).encode())
    return Arrived("secure", *secure.ANSWER_DOOR, given.key, door, given.digest)


def one(running: Clinic, statement: Any) -> Any:
    with running.house.database.snapshot() as reading:
        return reading.scalar(statement)


def land(running: Clinic, arrived: list[Arrived]) -> None:
    """Through the store behind the doors; waits until all are understood."""
    intake.store(running.house, arrived)
    waiting = select(func.count()).where(t.arrivals.c.state == "accepted")
    while one(running, waiting):
        pass
    assert one(running, select(func.count()).where(t.arrivals.c.state == "quarantined")) == 0


def texts(running: Clinic) -> list[str]:
    """A conversation by text message whose patient is known, with the question how we did and a letter."""
    assert running.sms("I need to reschedule").status_code == 200
    begun = select(t.conversations.c.id).where(t.conversations.c.channel == "sms")
    while (conversation := one(running, begun)) is None:
        pass
    letters.confirm(running.house, conversation)
    token = letters.ask(running.house, running.person("jess"), conversation)
    note, *_ = words(survey.WORDS_LONGEST)
    running.house.database.write(survey.answer, running.house, token, score=1, words=note)
    letters.seal(running.house, running.person("dana"), conversation, "A private word.")
    long = words(webform.ANSWER_LONGEST)
    land(running, [answered(running, conversation, number, text) for number, text in enumerate(long)])
    return [*long, note]


def seen(page: Page) -> str:
    """What stands in the conversation, with the pages before, white space aside."""
    while page.locator("a[data-do=earlier]").count():
        before = page.locator("#scroll li.msg").count()
        page.locator("a[data-do=earlier]").click()
        expect(page.locator("#scroll li.msg")).not_to_have_count(before)
    return flat("\n".join(page.locator("#scroll li.msg").all_text_contents()))


def flat(text: str) -> str:
    return "".join(webform._CONTROLS.sub("", text).split())


def names() -> list[str]:
    return [json.loads(line)["name"] for line in (CORPORA / "file_names.jsonl").read_text().splitlines()]


def test_what_patients_write_is_read_whole_and_does_nothing(browser: Browser, running: Clinic) -> None:
    by_text, long = texts(running), words(chat.MOST_CHARACTERS)
    files = [file(number, name) for number, name in enumerate(names())]
    land(running, [*map(said, range(len(long)), long), *files, *map(filled, range(3), words(8000))])
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    witness = Witnessed(page, urlsplit(running.url).netloc)
    page.on("request", lambda request: witness.follow(request.url))
    page.goto(f"{running.url}/login")
    page.fill("input[name=email]", "theo@clinic.example")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox*")
    page.goto(f"{running.url}/inbox?view=open")
    rows = page.locator("#rows .row")
    expect(rows).to_have_count(one(running, select(func.count()).select_from(t.conversations)))
    shown = ""
    for address in rows.evaluate_all("rows => rows.map(row => row.getAttribute('href'))"):
        page.goto(f"{running.url}{address}")
        shown += seen(page)
    lost = [text for text in (*by_text, *long, *words(8000)[:3]) if flat(text) not in shown]
    page.goto(f"{running.url}/inbox?" + urlencode({"q": "<svg onload=alert(1)>"}))
    page.goto(f"{running.url}/chat/frame")
    token = chat.token(SESSION, running.house.keys.chat)
    page.evaluate("kept => sessionStorage.setItem('warmline.chat', kept)", json.dumps({"token": token}))
    page.reload()
    expect(page.locator("#log li.in")).to_have_count(len(long) + len(files))
    mine = flat("\n".join(page.locator("#log li p").all_text_contents()))
    lost += [text for text in long if flat(text) not in mine]
    assert (witness.ran, witness.left, witness.refused, lost) == (0, [], [], [])
