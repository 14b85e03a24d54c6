"""Opening a conversation over a slow or broken line: its shape after a moment, what is open stays, the last choice."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Request, Route

from inbox.worklist import Page
from tests.support import screens
from tests.support.stage import Stage, running, stage
from ui import render

pytestmark = pytest.mark.browser
SHAPE = "getComputedStyle(document.getElementById('main'), '::after').content"


@pytest.fixture(scope="module")
def started(chromium: str) -> Iterator[Browser]:
    with running(chromium) as one:
        yield one


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    base = screens.shared() | {"listed": Page(screens.ROWS, None, 4812), "current": "inbox"}
    found = {"/inbox": render.page("inbox.html", **base, view=None, panel=None)}
    for number in (2, 3, 4, 5):
        shown = {"view": screens.view(id=number), "panel": screens.PANEL}
        found[f"/conversations/{number}"] = render.page("inbox.html", **base, **shown)
        found[f"piece:/conversations/{number}"] = render.page("fragments/work.html", **base, **shown)
    return found


@pytest.fixture
def screen(started: Browser, pages: dict[str, str]) -> Iterator[Stage]:
    with stage(started, pages) as opened:
        opened.page.emulate_media(reduced_motion="reduce")
        yield opened


def hold(screen: Stage, number: int) -> list[Route]:
    """The requests for a conversation from now on; they wait until a test lets them go."""
    held: list[Route] = []

    def wait(route: Route) -> None:
        held.append(route)

    screen.page.route(f"**/conversations/{number}", wait)
    return held


def opened(screen: Stage) -> str | None:
    return screen.page.locator("#main").get_attribute("data-id")


def marked(screen: Stage) -> list[str]:
    rows = screen.page.locator("#rows .item:has([aria-current])")
    return rows.evaluate_all("all => all.map(one => one.id)")  # type: ignore[no-any-return]  # ids


def test_what_is_slow_shows_its_shape_and_nothing_covered_can_be_done(screen: Stage) -> None:
    screen.open("/conversations/2")
    held = hold(screen, 5)
    screen.page.click("#row-5 .row")
    assert screen.page.evaluate(SHAPE) == "none"
    screen.wait(lambda: screen.page.evaluate(SHAPE) == '""')
    screen.page.keyboard.press("e")
    assert screen.page.locator("dialog[open]").count() == 0
    assert screen.page.locator("#panel-2 .in").is_hidden()
    held[0].fallback()
    screen.wait(lambda: opened(screen) == "5")
    assert (screen.page.evaluate(SHAPE), screen.page.locator("#panel-5 .in").is_visible()) == ("none", True)
    screen.page.keyboard.press("e")
    assert screen.page.locator("dialog[open]").get_attribute("id") == "close"


@pytest.mark.parametrize(
    ("broken", "words", "again"),
    [
        (lambda route: route.abort(), "The conversation could not be opened. What is here stays.", 1),
        (lambda route: route.fulfill(status=404), "It is gone or not yours to see. Choose another.", 0),
    ],
)
def test_what_fails_leaves_the_old_one_and_says_what_to_do(
    screen: Stage, broken: Callable[[Route], None], words: str, again: int
) -> None:
    screen.open("/conversations/2")
    screen.page.fill("#words", "Half a sentence")
    screen.page.route("**/conversations/5", broken)
    screen.page.click("#row-5 .row")
    strip = screen.page.locator("#main [data-fault]")
    strip.wait_for()
    assert strip.evaluate("one => one.firstChild.data") == words
    assert (opened(screen), marked(screen), screen.page.input_value("#words")) == ("2", ["row-2"], "Half a sentence")
    assert strip.locator("button").count() == again
    screen.page.unroute("**/conversations/5")
    screen.page.click("#main [data-fault] button" if again else "#row-5 .row")
    screen.wait(lambda: opened(screen) == "5")
    assert strip.count() == 0


def test_an_opening_that_was_given_up_never_paints_over_a_later_choice(screen: Stage) -> None:
    screen.open("/inbox")
    gone: list[str] = []

    def failed(request: Request) -> None:
        gone.append(request.url.rsplit("/", 1)[-1])

    screen.page.on("requestfailed", failed)
    held = hold(screen, 4)
    screen.page.click("#row-4 .row")
    screen.wait(lambda: len(held) == 1)
    screen.page.click("#row-5 .row")
    screen.wait(lambda: opened(screen) == "5")
    screen.wait(lambda: gone == ["4"])
    screen.page.click("#row-4 .row")
    screen.wait(lambda: screen.page.evaluate(SHAPE) == '""')
    screen.page.keyboard.press("u")
    assert (opened(screen), marked(screen), screen.page.evaluate(SHAPE)) == ("5", ["row-5"], "none")
    assert screen.page.locator("[data-fault]").count() == 0
