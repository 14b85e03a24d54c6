"""The keyboard in a real browser: every key of the one table, where it must stay silent, and everything by name."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from inbox.worklist import Page
from tests.support import screens
from tests.support.stage import Stage, running, stage
from ui import render

pytestmark = pytest.mark.browser
COMMANDS = {
    "views": [{"label": "My queue", "icon": "inbox", "href": "/inbox?view=mine"}],
    "recent": [{"label": "Refill #5, Nursing", "icon": "history", "href": "/conversations/5"}],
}


@pytest.fixture(scope="module")
def started(chromium: str) -> Iterator[Browser]:
    with running(chromium) as one:
        yield one


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    base = screens.shared() | {"listed": Page(screens.ROWS, None, 4812), "current": "inbox"}
    found = {"/inbox": render.page("inbox.html", **base, view=None, panel=None), "piece:/palette": json.dumps(COMMANDS)}
    for number in (2, 5):
        shown = {"view": screens.view(id=number), "panel": screens.PANEL}
        found[f"/conversations/{number}"] = render.page("inbox.html", **base, **shown)
        found[f"piece:/conversations/{number}"] = render.page("fragments/work.html", **base, **shown)
    shut = {"view": screens.view(state="closed"), "panel": screens.PANEL}
    found["/conversations/3"] = render.page("inbox.html", **base, **shut)
    found["/board"] = render.page(
        "board.html", **base | {"current": "board"}, board=screens.board(), as_table=False, wall=False
    )
    return found


@pytest.fixture
def screen(started: Browser, pages: dict[str, str]) -> Iterator[Stage]:
    with stage(started, pages) as opened:
        yield opened


def dialogs(screen: Stage) -> list[str]:
    return screen.page.locator("dialog[open]").evaluate_all("all => all.map(one => one.id)")


def options(screen: Stage) -> list[str]:
    return screen.page.locator("#commands [role=option] span").all_text_contents()


@pytest.mark.parametrize(
    ("key", "dialog"),
    [
        ("e", "close"),
        ("s", "snooze"),
        ("a", "assign"),
        ("p", "priority"),
        ("!", "escalate"),
        ("?", "shortcuts"),
    ],
)
def test_each_act_has_a_key(screen: Stage, key: str, dialog: str) -> None:
    screen.open("/conversations/2")
    screen.page.keyboard.press(key)
    assert dialogs(screen) == [dialog]
    screen.page.keyboard.press("Escape")
    screen.open("/conversations/3")
    screen.page.keyboard.press(key)
    assert dialogs(screen) == (["shortcuts"] if key == "?" else [])  # what is closed is not acted on


def test_a_list_is_walked_opened_and_left(screen: Stage) -> None:
    screen.open("/conversations/2")
    where = "document.activeElement.closest('li')?.id ?? document.activeElement.id"
    for key, place in (("j", "row-3"), ("j", "row-4"), ("k", "row-3"), ("j", "row-4"), ("j", "row-5")):
        screen.page.keyboard.press(key)
        assert screen.page.evaluate(where) == place
    screen.page.keyboard.press("Enter")
    screen.wait(lambda: screen.page.locator("#main[data-id='5']").count() == 1)
    screen.page.keyboard.press("r")
    assert screen.page.evaluate(where) == "words"
    screen.page.keyboard.press("Escape")
    screen.page.keyboard.press("u")
    assert screen.page.evaluate(where) == "row-5"
    screen.page.keyboard.press("i")
    screen.wait(lambda: ("POST", "/conversations/5/assignment", {"me": True}) in screen.sent)


def test_the_list_of_keys_is_the_table_itself(screen: Stage) -> None:
    screen.open("/inbox")
    shown = screen.page.locator("#shortcuts dt").all_text_contents()
    keys = [re.sub(r"\s+", " ", one).strip() for one in shown]
    assert keys == [
        *(
            "J",
            "K",
            "↵",
            "U or Esc",
            "X",
            "⇧ J or ⇧ K",
            ".",
            "/",
            "R",
            "N",
            "E",
            "S",
            "A",
            "I",
            "L",
            "P",
            "!",
            "M",
            "⇧ M",
            "V",
            "Z",
        ),
        *("G I", "G B", "G P", "G M", "Ctrl ↵", "Ctrl ⇧ ↵", "Ctrl K", "?"),
    ]


def test_no_key_acts_in_a_field_with_alt_or_held_down(screen: Stage) -> None:
    screen.open("/conversations/2")
    for quiet in ("Alt+e", "Control+e"):
        screen.page.keyboard.press(quiet)
    graph = "new KeyboardEvent('keydown', { key: 'e', modifierAltGraph: true, bubbles: true })"
    screen.page.evaluate(f"document.body.dispatchEvent({graph})")
    assert dialogs(screen) == []
    held = "new KeyboardEvent('keydown', { key: 'e', repeat: true, bubbles: true })"
    screen.page.evaluate(f"document.body.dispatchEvent({held})")
    assert dialogs(screen) == []
    screen.page.keyboard.press("n")
    screen.page.keyboard.type("sea! pie?")
    assert (dialogs(screen), screen.page.locator("#words").input_value()) == ([], "sea! pie?")


def test_keys_typed_into_a_field_that_went_away_are_no_commands(screen: Stage) -> None:
    screen.page.clock.install()
    screen.open("/conversations/2")
    screen.page.locator("#words").focus()
    screen.page.clock.run_for(500)
    screen.page.evaluate("document.getElementById('words').blur()")
    screen.page.keyboard.press("e")
    assert dialogs(screen) == []
    screen.page.clock.run_for(1100)
    screen.page.keyboard.press("e")
    assert dialogs(screen) == ["close"]  # the control: after a second it is a command again


def test_one_switch_turns_single_keys_off_and_the_server_keeps_it(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.page.keyboard.press("?")
    screen.page.locator("[data-prefers=single_keys]").uncheck()
    screen.page.keyboard.press("Escape")
    screen.page.keyboard.press("e")
    assert dialogs(screen) == []
    assert screen.sent[-1] == ("PUT", "/me/settings", {"single_keys": False})
    screen.page.keyboard.press("Control+k")
    assert dialogs(screen) == ["palette"]  # those with Ctrl stay


def test_what_was_set_before_holds_on_the_next_page(started: Browser, pages: dict[str, str]) -> None:
    base = screens.shared() | {
        "listed": Page(screens.ROWS, None, 1),
        "current": "inbox",
        "preferences": {"single_keys": False},
    }
    own = render.page("inbox.html", **base, view=screens.view(), panel=screens.PANEL)
    with stage(started, {"/conversations/2": own}) as screen:
        screen.open("/conversations/2")
        screen.page.keyboard.press("e")
        assert dialogs(screen) == []


def test_chords_go_to_pages(screen: Stage) -> None:
    screen.open("/inbox")
    screen.page.keyboard.press("g")
    screen.page.keyboard.press("b")
    screen.page.wait_for_url("**/board")


def test_send_and_resolve_is_one_message(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.page.fill("#words", "Le esperamos el jueves.")
    screen.page.keyboard.press("Control+Shift+Enter")
    assert dialogs(screen) == ["close"]
    screen.page.keyboard.press("Enter")
    screen.wait(lambda: any(path.endswith("/closure") for _, path, _ in screen.sent))
    (body,) = [body for _, path, body in screen.sent if path.endswith("/closure")]
    assert body["confirmation"] == {"text": "Le esperamos el jueves."}
    screen.wait(lambda: screen.page.locator("#words").input_value() == "")
    assert [path for _, path, _ in screen.sent if path.endswith("/replies")] == []


def test_everything_by_name(screen: Stage) -> None:
    screen.open("/conversations/2")
    screen.page.keyboard.press("r")
    screen.page.keyboard.press("Control+k")
    combo = screen.page.locator("#palette [role=combobox]")
    screen.page.keyboard.type("asgn dana")  # letters in order are enough
    assert options(screen) == ["Assign to Dana Kim", "Search for “asgn dana”"]
    assert combo.get_attribute("aria-activedescendant") == "command-0"
    screen.page.keyboard.press("Enter")
    screen.wait(lambda: ("POST", "/conversations/2/assignment", {"actor_id": 8}) in screen.sent)
    assert (dialogs(screen), screen.page.evaluate("document.activeElement.id")) == ([], "words")
    screen.page.keyboard.press("Control+k")
    screen.page.keyboard.type("refill")
    screen.wait(lambda: options(screen) == ["Lately: Refill #5, Nursing", "Search for “refill”"])
    screen.page.keyboard.press("ArrowDown")
    assert combo.get_attribute("aria-activedescendant") == "command-1"
    screen.page.keyboard.press("ArrowDown")
    assert screen.page.locator("#commands [aria-selected=true] span").text_content() == "Lately: Refill #5, Nursing"
    screen.page.keyboard.press("Escape")
    assert screen.page.evaluate("document.activeElement.id") == "words"


def test_the_palette_offers_what_is_possible_on_every_page(screen: Stage) -> None:
    screen.open("/board")
    screen.page.keyboard.press("Control+k")
    screen.wait(lambda: "View: My queue" in options(screen))
    assert not {"Resolve", "Assign", "Reply"} & set(options(screen))
    screen.page.keyboard.type("queue")
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_url("**/inbox?view=mine")
    assert screen.faults == []
