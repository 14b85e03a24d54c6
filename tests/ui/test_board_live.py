"""The board and the charts in a real browser: the list of what to act on holds still under the hand, assigning works
from it, a wall asks for itself, a chart says what is under the pointer."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser

from inbox import board as boards
from tests.support import screens
from tests.support.stage import Stage, running, stage
from ui import render

pytestmark = pytest.mark.browser


def piece(found: Any, **more: Any) -> str:
    return render.fragment("fragments/board.html", **screens.shared(), board=found, **more)


def emptied() -> Any:
    """The board when only the second thing to act on is left."""
    found = screens.board()
    return msgspec.structs.replace(found, act_now=found.act_now[1:2])


@pytest.fixture(scope="module")
def started(chromium: str) -> Iterator[Browser]:
    with running(chromium) as one:
        yield one


@pytest.fixture
def screen(started: Browser) -> Iterator[Stage]:
    bare = boards.nameless(screens.board())
    wall = {"current": "board", "board": bare, "as_table": False, "wall": True}
    more = {
        "/board?wall=1": render.page("board.html", **screens.shared(), **wall),
        "piece:/board?wall=1": piece(bare, wall=True).replace(">112<", ">113<"),
    }
    with stage(started, screens.pages() | more) as opened:
        yield opened


def listed(screen: Stage) -> int:
    return screen.page.locator("#act .now1").count()


def test_the_list_waits_for_the_hand_and_the_figures_do_not(screen: Stage) -> None:
    screen.open("/board")
    assert listed(screen) == 4
    screen.page.hover("#act .now1 >> nth=0")
    screen.push(4813, ["board", piece(emptied()).replace(">112<", ">113<")])
    screen.wait(lambda: screen.page.locator(".kpi .v").nth(3).text_content() == "113")
    assert (listed(screen), screen.page.locator("[data-release]").is_visible()) == (4, True)
    screen.page.click("[data-release]")
    screen.wait(lambda: listed(screen) == 1)
    screen.page.mouse.move(10, 10)
    screen.push(4814, ["board", piece(screens.board())])
    screen.wait(lambda: listed(screen) == 4)
    assert screen.faults == []


def test_assigning_works_from_the_board(screen: Stage) -> None:
    screen.open("/board")
    screen.page.click("[data-assign] >> nth=0")
    screen.page.select_option("#board-assign select", label="Dana Kim, busy, 10 open")
    screen.page.click("#board-assign .btn.pri")
    screen.wait(lambda: ("POST", "/conversations/1/assignment", {"actor_id": 8}) in screen.sent)
    screen.wait(lambda: not screen.page.locator("#board-assign").is_visible())
    screen.page.hover("#act .now1 >> nth=0")
    screen.push(4813, ["board", piece(emptied())])  # what one's own hand did waits for no hand
    screen.wait(lambda: listed(screen) == 1)


def test_a_wall_asks_for_pieces_without_names(screen: Stage) -> None:
    screen.page.clock.install()
    screen.page.goto("http://127.0.0.1:8765/board?wall=1")
    assert screen.page.locator(".kpi .v").nth(3).text_content() == "112"
    screen.page.clock.run_for(11_000)
    screen.wait(lambda: screen.page.locator(".kpi .v").nth(3).text_content() == "113")
    assert screen.page.locator("#board a, #board button:visible").count() == 0


def test_a_chart_says_what_is_under_the_pointer(screen: Stage) -> None:
    screen.open("/reports")
    screen.page.hover("figure.ch .slot >> nth=0")
    assert screen.page.locator("figure.ch .tip").first.text_content() == (
        "Oct 26: median 3m, slowest tenth 15m, 3 opened"
    )
    assert screen.faults == []
