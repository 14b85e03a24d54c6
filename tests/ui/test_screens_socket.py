"""What a screen survives: each way a line can end, frames out of order, a reset, colleagues in the same conversation, a
person who left. The rows of the experiment that chose our own socket are here or in `test_screens_live`."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from inbox.worklist import Page
from tests.support import screens
from tests.support.stage import Stage, running, stage
from ui import render, timeline

pytestmark = pytest.mark.browser
DRAFT = "Hola Maria, le llamo"
MINUTE = 60_000
DANA = {"id": 8, "name": "Dana Kim", "initials": "DK", "typing": False}


@pytest.fixture(scope="module")
def started(chromium: str) -> Iterator[Browser]:
    with running(chromium) as one:
        yield one


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    base = screens.shared() | {"listed": Page(screens.ROWS, None, 4812), "current": "inbox"}
    shut = render.page("inbox.html", **base, view=None, panel=None)
    return {
        "/inbox": shut,
        "/conversations/2": render.page("inbox.html", **base, view=screens.view(), panel=screens.PANEL),
    }


@pytest.fixture
def screen(started: Browser, pages: dict[str, str]) -> Iterator[Stage]:
    with stage(started, dict(pages)) as opened:
        yield opened


def row(number: int, **fields: Any) -> str:
    return render.fragment("fragments/row.html", **screens.shared(), row=screens.row(number, "Nora Vale", **fields))


def item(number: int, text: str, ago: float = 0, **fields: Any) -> tuple[str, str, str]:
    one = timeline.item("message", screens.message(number, text, ago, **fields))
    return one.id, one.key, render.fragment("fragments/item.html", **screens.shared(), item=one, view=screens.view())


def present(screen: Stage, conversation: int, *people: dict[str, Any]) -> None:
    frame = {"verb": "presence", "topic": f"conversation:{conversation}", "data": {"people": people}}
    screen.sockets[-1][1].send(json.dumps(frame))


@pytest.mark.parametrize("code", [1000, 1001, 1012, 4008, 4000])
def test_every_end_of_a_line_is_the_beginning_of_the_next(screen: Stage, code: int) -> None:
    screen.open("/conversations/2")
    identity, key, html = item(90, "Before")
    screen.push(4813, ["item", 2, identity, key, html])
    screen.wait(lambda: screen.page.locator("#message-90").count() == 1)
    screen.sockets[0][1].close(code=code)
    screen.wait(lambda: len(screen.sockets) == 2)
    assert screen.sockets[1][0].split("?")[1].split("&")[0] == "since=4813"
    screen.wait(lambda: {"topics": ["inbox:mine", "conversation:2"]} in screen.heard[-2:])
    for seq in range(4814, 4834):
        identity, key, html = item(seq, f"Number {seq}")
        screen.push(seq, ["item", 2, identity, key, html])
    screen.wait(lambda: screen.page.locator("#message-4833").count() == 1)
    assert screen.page.locator("#line-2 > li[id^=message-48]").count() == 20


def test_the_same_message_twice_is_shown_once_and_an_older_one_takes_its_place(screen: Stage) -> None:
    screen.open("/conversations/2")
    newer, older = item(95, "Second", 0.5), item(94, "First", 1)
    screen.push(4813, ["item", 2, *newer])
    screen.push(4814, ["item", 2, *newer], ["item", 2, *older])
    screen.wait(lambda: screen.page.locator("#message-94").count() == 1)
    shown = screen.page.locator("#line-2 > li").evaluate_all("all => all.map(one => one.id).slice(-2)")
    assert shown == ["message-94", "message-95"]
    assert screen.page.locator("#message-95").count() == 1


def test_focus_and_caret_stay_through_patches_of_what_holds_them(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.page.fill("#words", DRAFT)
    screen.page.evaluate("document.getElementById('words').setSelectionRange(5, 10)")
    for seq in range(4813, 4823):
        screen.push(seq, ["row", 2, seq, "2-010008.2-2", ["mine"], row(2, version=seq, snippet=f"new {seq}")])
    screen.wait(lambda: screen.page.locator("#row-2 .say").text_content() == "new 4822")
    caret = "[document.activeElement.id, document.activeElement.selectionStart, document.activeElement.selectionEnd]"
    assert screen.page.evaluate(caret) == ["words", 5, 10]
    screen.page.focus("#row-3 a")
    screen.push(4823, ["row", 3, 99, "3-010019.0-3", ["mine"], row(3, version=99, snippet="here")])
    screen.wait(lambda: screen.page.locator("#row-3 .say").text_content() == "here")
    assert screen.page.evaluate("document.activeElement.closest('li').id") == "row-3"


def test_a_reset_fetches_what_is_shown_anew_and_leaves_the_composer(screen: Stage) -> None:
    base = screens.shared()
    rows = (*(one for one in screens.ROWS if one.id != 4), screens.row(9, "Nora Vale", due=10))
    screen.pages["piece:/inbox?view=mine"] = render.page("fragments/rows.html", **base, listed=Page(rows, None, 6000))
    later = screens.view(version=60, owner=screens.DANA, messages=(*screens.MESSAGES, screens.message(70, "Later", 0)))
    screen.pages["piece:/conversations/2"] = render.fragment(
        "fragments/work.html", **base, listed=None, view=later, panel=screens.PANEL
    )
    screen.open("/conversations/2")
    screen.page.fill("#words", DRAFT)
    screen.sockets[-1][1].send(json.dumps({"reset": True, "why": "too much was missed", "seq": 6000, "epoch": "e2"}))
    screen.wait(lambda: len(screen.sockets) == 2)
    assert screen.sockets[1][0].split("?")[1].split("&ticket")[0] == "since=6000&epoch=e2"
    assert screen.page.locator("#message-70").count() == 1
    assert screen.page.locator("#head-2 span[data-owner]").text_content() == "Dana Kim"
    screen.wait(lambda: screen.page.locator("#row-9").count() == 1)
    assert screen.page.locator("#row-4").count() == 0
    assert screen.page.evaluate("[document.activeElement.id, document.activeElement.value]") == ["words", DRAFT]
    assert screen.faults == []


def test_messages_that_went_elsewhere_leave_the_screen_and_the_draft_stays(screen: Stage) -> None:
    kept, *taken = screens.MESSAGES
    left = screens.view(version=60, messages=(kept,))
    screen.pages["piece:/conversations/2"] = render.fragment(
        "fragments/work.html", **screens.shared(), listed=None, view=left, panel=screens.PANEL
    )
    screen.open("/conversations/2")
    screen.page.fill("#words", DRAFT)
    screen.push(4813, ["anew", 3])
    screen.push(4814, ["look", "Agent: a look with a reason"], prev=4813)
    screen.wait(lambda: screen.page.locator("#toasts .toast").count() == 1)
    assert screen.page.locator(f"#message-{taken[0].id}").count() == 1
    screen.push(4815, ["anew", 2], prev=4814)
    screen.wait(lambda: screen.page.locator(f"#message-{taken[0].id}").count() == 0)
    assert screen.page.locator(f"#message-{kept.id}").count() == 1
    assert screen.page.evaluate("[document.activeElement.id, document.activeElement.value]") == ["words", DRAFT]
    assert screen.faults == []


def test_colleagues_show_in_the_list_and_above_the_composer_and_go_again(screen: Stage) -> None:
    screen.open("/conversations/2")
    present(screen, 2, DANA, {"id": 9, "name": "Sam Patel", "initials": "SP", "typing": True})
    near = screen.page.locator(".comp [data-near]")
    screen.wait(lambda: near.count() == 1)
    assert near.get_attribute("data-near") == "Sam Patel is typing. Dana Kim is looking at this too"
    assert screen.page.locator("#row-2 .say").text_content() == "Sam is typing…"
    # a patch of the row knows nothing of presence, and must not wipe it
    screen.push(4813, ["row", 2, 50, "2-010008.2-2", ["mine"], row(2, version=50, snippet="new")])
    screen.wait(lambda: screen.page.locator("#row-2").get_attribute("data-v") == "50")
    assert screen.page.locator("#row-2 .say").text_content() == "Sam is typing…"
    present(screen, 2)
    screen.wait(lambda: near.count() == 0)
    assert screen.page.locator("#row-2 .say").text_content() == "new"
    assert screen.page.locator(".pres").count() == 0


def test_it_tells_what_is_open_and_whether_words_are_written(screen: Stage) -> None:
    screen.page.clock.install()
    screen.open("/conversations/2")
    screen.page.locator("#words").press_sequentially("Ho")
    writing = {"here": 2, "typing": True, "replying": True}
    reading = {"here": 2, "typing": False, "replying": False}
    screen.wait(lambda: writing in screen.heard)
    screen.page.clock.run_for(5000)
    screen.wait(lambda: screen.heard[-1] == reading)
    assert [one for one in screen.heard if "here" in one] == [reading, writing, reading]
    screen.push(4813, verb="heartbeat", now="2026-11-22T18:45:00Z")
    screen.wait(lambda: len([one for one in screen.heard if "here" in one]) == 4)


def test_nobody_there_covers_the_page_and_the_password_brings_it_back(screen: Stage) -> None:
    screen.page.clock.install()
    screen.open("/conversations/2")
    screen.page.fill("#words", DRAFT)
    screen.page.clock.fast_forward(14 * MINUTE + 6000)
    screen.wait(lambda: "locks in a minute" in (screen.page.locator("#toasts").text_content() or ""))
    screen.page.clock.fast_forward(MINUTE)
    screen.wait(lambda: screen.page.locator("#lock").is_visible())
    assert ("POST", "/lock", None) in screen.sent
    assert screen.page.locator("#main").is_hidden()
    for _ in range(2):
        screen.page.keyboard.press("Escape")
    assert screen.page.locator("#lock").is_visible()
    screen.answers["/unlock"] = (401, {"title": "t", "detail": "Wrong mail address or password."})
    screen.page.locator("#lock [name=password]").fill("wrong")
    screen.page.keyboard.press("Enter")
    screen.wait(lambda: screen.page.locator("#lock [data-problem]").is_visible())
    screen.answers["/unlock"] = (200, {"csrf": "fresh"})
    screen.page.locator("#lock [name=password]").fill("right")
    screen.page.keyboard.press("Enter")
    screen.wait(lambda: screen.page.locator("#lock").is_hidden())
    bodies = [body for _, path, body in screen.sent if path == "/unlock"]
    assert bodies == [{"actor_id": 7, "password": word} for word in ("wrong", "right")]
    assert screen.page.evaluate("document.querySelector('meta[name=csrf-token]').content") == "fresh"
    assert screen.page.locator("#words").input_value() == DRAFT
    screen.wait(lambda: len(screen.sockets) == 2)


def test_late_and_urgent_is_said_at_once_and_names_nobody(screen: Stage) -> None:
    screen.page.add_init_script(
        "window.rung = []; window.OscillatorNode = class { constructor(c, {frequency}) { rung.push(frequency) } "
        "connect(other) { return other } start() {} stop() {} }"
    )
    screen.open("/inbox")
    html = row(1, version=8)
    old = {"at": "2026-11-22T17:00:00Z"}
    screen.push(4813, ["row", 1, 8, "1-1", ["mine"], html], ["alert", "late", True, "Nursing, Urgent"], **old)
    screen.push(4814, ["counts", {"mine": 3}])
    screen.wait(lambda: screen.page.locator("[data-count-of=mine]").text_content() == "3")
    assert screen.page.locator("#alarm").text_content() == ""  # what is caught up on is not rung for
    screen.page.mouse.click(5, 5)
    screen.push(4815, ["alert", "late", True, "Nursing, Urgent"], at="2026-11-22T18:42:06Z")
    screen.wait(lambda: screen.page.locator("#alarm").text_content() == "Late: Nursing, Urgent")
    screen.wait(lambda: screen.page.evaluate("rung.length") == 3)


def test_the_timeline_is_silent_while_somebody_writes(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.page.focus("#words")
    assert screen.page.locator("#scroll").get_attribute("aria-live") == "off"
    screen.page.focus("#row-3 a")
    assert screen.page.locator("#scroll").get_attribute("aria-live") == "polite"


BURST = """async ([address, frames]) => {
  const { apply, flush } = await import(`${address}/js/apply.js`);
  let drawn = 0;
  const count = ({ detail }) => { drawn += detail.every; };
  document.addEventListener('tick', count);
  for (const frame of frames) apply(frame);
  flush();
  document.removeEventListener('tick', count);
  return drawn;
}"""


def burst(screen: Stage, *frames: dict[str, Any]) -> int:
    """What these frames cost that came between two drawings of the screen: how often it was gone through."""
    drawn: int = screen.page.evaluate(BURST, [render.STATIC_PATH, frames])
    return drawn


def patch(number: int, version: int) -> dict[str, Any]:
    key = "2-010008.2-2" if number == 2 else "3-010019.0-3"
    return {
        "data": {"ops": [["row", number, version, key, ["mine"], row(number, version=version, snippet=f"v{version}")]]}
    }


def test_a_burst_is_drawn_once_and_the_highest_version_wins(screen: Stage) -> None:
    screen.open("/conversations/2")
    assert burst(screen, *[patch(2, version) for version in (*range(9000, 9100), 9050, 8999)]) == 1
    assert screen.page.locator("#row-2 .say").text_content() == "v9099"


def test_of_leaving_and_coming_back_within_a_burst_the_last_counts(screen: Stage) -> None:
    screen.open("/conversations/2")
    gone = [{"verb": "gone", "data": {"conversation_id": number}} for number in (2, 3)]
    burst(screen, gone[0], patch(2, 9000), patch(3, 9000), gone[1])
    assert screen.page.locator("#row-2 .say").text_content() == "v9000"
    assert screen.page.locator("#row-2 .gone, #row-3").count() == 0
