"""The composer in a real browser, on a screen whose server the test speaks for."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from inbox.draft import Kept
from tests.support import screens
from tests.support.stage import Stage, running, stage
from ui import render, timeline

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
    held = "[sessionStorage, localStorage].map(one => JSON.stringify(one).includes('Hola'))"
    assert screen.page.evaluate(held) == [False, False]
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
    ours = (PLACE, "/conversations/2/replies")
    assert [path for _, path, _ in screen.sent if path in ours] == list(ours)
    assert screen.page.evaluate("Object.keys(sessionStorage).length") == 0


def held(number: int, seconds: float, ago: float = 0.0) -> tuple[str, str, str]:
    """A reply of one's own that leaves in so many seconds."""
    leaves = screens.NOW + timedelta(seconds=seconds)
    own = {"direction": "out", "author": "Jess Moreno", "author_kind": "staff", "status": "queued", "send_at": leaves}
    one = timeline.item("message", screens.message(number, DRAFT, ago, **own))
    return one.id, one.key, render.fragment("fragments/item.html", **screens.shared(), item=one, view=screens.view())


def show(screen: Stage, number: int, seconds: float) -> None:
    screen.open("/conversations/2")
    screen.push(4813, ["item", 2, *held(number, seconds)])
    screen.wait(lambda: screen.page.locator(f"#message-{number} button").count() > 0)


def test_a_reply_is_taken_back_while_it_waits_and_its_words_return(screen: Stage) -> None:
    show(screen, 99, 30)
    assert screen.page.locator("#message-99 [data-undo] span").text_content().startswith("Sending in ")  # type: ignore[union-attr]  # it is there
    screen.answers[f"GET {PLACE}"] = (200, {"reply": {"text": DRAFT, "version": 1, "uploads": []}})
    screen.page.keyboard.press("z")
    screen.wait(lambda: screen.page.input_value("#words") == DRAFT)
    assert [(method, path) for method, path, _ in screen.sent if method == "DELETE"] == [
        ("DELETE", "/conversations/2/replies/99")
    ]
    assert screen.faults == []


def test_a_planned_reply_says_when_and_can_be_changed(screen: Stage) -> None:
    show(screen, 98, 86_400)
    words = " ".join(screen.page.locator("#message-98 [data-scheduled]").inner_text().split())
    assert words == "leaves Mon, Nov 23, 10:42 AM Change Cancel"


def test_send_later_asks_in_the_clinics_time(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.page.fill("#words", DRAFT)
    screen.page.click("[data-later]")
    screen.page.click("[data-at=tomorrow]")
    screen.wait(lambda: screen.page.input_value("#words") == "")
    (body,) = [body for _, path, body in screen.sent if path == "/conversations/2/replies"]
    assert body["send_at"] == "2026-11-23T16:00:00.000Z"


def test_what_the_channel_must_not_carry_is_said_and_sent_behind_a_link(screen: Stage) -> None:
    screen.answers["/conversations/2/check"] = (200, {"level": "secure", "because": ["names a treatment"]})
    screen.open("/conversations/2")
    screen.page.fill("#words", "Su medicina está aprobada para hoy, á")
    screen.wait(lambda: screen.page.locator("[data-guard]").is_visible())
    assert screen.page.locator("[data-guard] [data-text]").text_content() == "Names a treatment. SMS is not private."
    screen.page.click("[data-secure]")
    screen.wait(lambda: screen.page.input_value("#words") == "")
    (body,) = [body for _, path, body in screen.sent if path == "/conversations/2/replies"]
    assert body["secure"] is True
    assert screen.page.locator("[data-guard]").is_hidden()


def test_the_cost_of_accents_and_what_allows_the_way_are_in_sight(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.page.fill("#words", "á" * 71 + "ł")
    said = "72, sent as 2 texts; á ł makes texts shorter"
    screen.wait(lambda: screen.page.locator("#composer [data-count]").text_content() == said)
    assert screen.page.locator("[data-reach]").text_content() == "consent on file"


def test_a_slash_opens_the_canned_replies_and_says_what_is_missing(screen: Stage) -> None:
    hello = {"code": "hello", "title": "Say hello", "language": "en", "text": "Hi {due}", "missing": ["due"]}
    bring = {"code": "bring", "title": "What to bring", "language": "en", "text": "Bring a card", "missing": []}
    screen.answers["GET /conversations/2/templates"] = (200, {"items": [bring, hello]})
    screen.open("/conversations/2")
    screen.page.focus("#words")
    screen.page.keyboard.type("/")
    screen.wait(lambda: screen.page.locator("#picker [role=option]").count() == 2)
    screen.page.keyboard.press("ArrowDown")
    screen.page.keyboard.press("Enter")
    assert screen.page.input_value("#words") == "Hi {due}"
    assert screen.page.evaluate("getSelection().toString()") == "{due}"
    assert screen.page.locator("#composer [data-problem]").text_content() == (
        "Nobody knows due here: fill it in before sending."
    )
    screen.page.keyboard.type("Monday")
    screen.page.keyboard.press("Control+Enter")
    screen.wait(lambda: screen.page.input_value("#words") == "")
    (body,) = [body for _, path, body in screen.sent if path == "/conversations/2/replies"]
    assert (body["text"], body["template"]) == ("Hi Monday", "hello")


def test_a_note_names_colleagues_and_teams(screen: Stage) -> None:
    people = [{"label": "Dana Kim", "id": 8, "team": None}, {"label": "Nursing", "id": None, "team": "nursing"}]
    screen.answers["GET /conversations/2/mentionable"] = (200, {"items": people})
    screen.open("/conversations/2")
    screen.page.keyboard.press("n")
    screen.page.keyboard.type("Please look @da")
    screen.wait(lambda: screen.page.locator("#picker [role=option]").count() == 1)
    screen.page.keyboard.press("Enter")
    screen.page.keyboard.type("or @nurs")
    screen.wait(lambda: screen.page.locator("#picker [role=option]").first.text_content() == "Nursing")
    screen.page.keyboard.press("Tab")
    screen.page.keyboard.press("Control+Enter")
    screen.wait(lambda: screen.page.input_value("#words") == "")
    (body,) = [body for _, path, body in screen.sent if path == "/conversations/2/notes"]
    assert (body["text"], body["mentions"], body["teams"]) == ("Please look @Dana Kim or @Nursing", [8], ["nursing"])


def test_a_file_is_put_aside_sent_with_the_reply_and_can_be_removed(screen: Stage) -> None:
    screen.answers["/conversations/2/uploads"] = (201, {"id": 31})
    screen.open("/conversations/2")
    files = [{"name": name, "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n"} for name in ("a.png", "b.png")]
    screen.page.set_input_files("#composer [type=file]", files)  # type: ignore[arg-type]  # as playwright wants them
    screen.wait(lambda: screen.page.locator("[data-upload='31']").count() == 2)
    screen.page.click("[aria-label='Remove b.png']")
    screen.wait(lambda: ("DELETE", "/conversations/2/uploads/31", None) in screen.sent)
    screen.page.focus("#words")
    screen.page.keyboard.press("Control+Enter")
    screen.wait(lambda: screen.page.locator("[data-upload]").count() == 0)
    (body,) = [body for _, path, body in screen.sent if path == "/conversations/2/replies"]
    assert (body["text"], body["attachments"]) == ("", [31])
    assert screen.faults == []
