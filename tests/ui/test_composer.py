"""The composer in a real browser, on a screen whose server the test speaks for."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from inbox.draft import Kept
from tests.support import screens
from tests.support.stage import Stage, running, stage
from ui import render

pytestmark = pytest.mark.browser
DRAFT = "Hola Maria, le llamo"
PLACE = "/conversations/2/draft"


def page(**context: object) -> str:
    base = screens.shared() | {"listed": screens.Page(screens.ROWS, None, 1), "current": "inbox", "people": ()}
    return render.page("inbox.html", **base, view=screens.view(), panel=screens.PANEL, **context)


def kept(text: str, version: int) -> Kept:
    return Kept("reply", text, "sms", "+14155550142", (), "", 4800, version, screens.NOW)


@pytest.fixture(scope="module")
def started(chromium: str) -> Iterator[Browser]:
    with running(chromium) as one:
        yield one


@pytest.fixture
def screen(started: Browser) -> Iterator[Stage]:
    with stage(started, {"/conversations/2": page()}) as opened:
        opened.answers[PLACE] = (200, {"version": 1})
        yield opened


def saved(screen: Stage) -> list[tuple[str, int]]:
    return [(body["text"], body["version"]) for method, path, body in screen.sent if (method, path) == ("PUT", PLACE)]


def test_a_draft_is_saved_after_a_pause_and_leaves_the_tab_when_the_server_has_it(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.page.fill("#words", DRAFT)
    assert screen.page.evaluate("Object.keys(sessionStorage).length") == 1
    screen.wait(lambda: saved(screen) == [(DRAFT, 0)])
    screen.wait(lambda: screen.page.locator("[data-draft]").text_content() == "Draft saved")
    assert screen.page.evaluate("[Object.keys(sessionStorage).length, Object.keys(localStorage).length]") == [0, 0]
    assert screen.faults == []


def test_what_the_server_keeps_is_there_on_another_device(screen: Stage) -> None:
    screen.pages["/conversations/2"] = page(drafts=(kept(f"\n{DRAFT} <b>", 4),))
    screen.open("/conversations/2")
    assert screen.page.input_value("#words") == f"\n{DRAFT} <b>"
    screen.page.locator("#words").press_sequentially("x")
    screen.wait(lambda: [version for _, version in saved(screen)] == [4])


@pytest.mark.parametrize(("choice", "words"), [("use-theirs", "From the phone"), ("keep-mine", DRAFT)])
def test_words_kept_elsewhere_are_said_and_chosen(screen: Stage, choice: str, words: str) -> None:
    other = {"mode": "reply", "text": "From the phone", "version": 3, "updated_at": "2026-11-22T18:41:00Z"}
    screen.answers[PLACE] = (409, {"title": "x", "kept": other | {"channel": "", "to": "", "uploads": []}})
    screen.open("/conversations/2")
    screen.page.fill("#words", DRAFT)
    screen.wait(lambda: screen.page.locator("[data-elsewhere]").is_visible())
    said = "Kept from another screen, 10:41 AM."
    assert screen.page.locator("[data-elsewhere] [data-text]").text_content() == said
    assert screen.page.input_value("#words") == DRAFT
    screen.answers[PLACE] = (200, {"version": 4})
    screen.page.click(f"[data-do={choice}]")
    assert screen.page.input_value("#words") == words
    screen.wait(lambda: screen.page.locator("[data-elsewhere]").is_hidden())
    mine = [(DRAFT, 0), (DRAFT, 3)]
    screen.wait(lambda: saved(screen) == (mine if choice == "keep-mine" else mine[:1]))


def test_sending_waits_for_the_draft_on_its_way_and_ends_it(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.page.fill("#words", DRAFT)
    screen.wait(lambda: saved(screen) == [(DRAFT, 0)])
    screen.page.keyboard.press("Control+Enter")
    screen.wait(lambda: screen.page.input_value("#words") == "")
    assert [path for _, path, _ in screen.sent if path != "/live/ticket"] == [PLACE, "/conversations/2/replies"]
    assert screen.page.evaluate("Object.keys(sessionStorage).length") == 0
