"""The list in a real browser: it holds still under the hand, slides over its pages, and acts on what is ticked."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from inbox.worklist import Page
from tests.support import screens
from tests.support.stage import Stage, running, stage
from ui import render
from ui.listing import Chip, Desk

pytestmark = pytest.mark.browser
QUERY = "view=open&channel=sms"
NARROWED = Desk(
    name=f"f:{QUERY}", query=QUERY, title="By text", codes={"channel": "sms"}, chips=(Chip("SMS", "view=open"),)
)


def named(number: int, **fields: Any) -> Any:
    return screens.row(number, f"Patient {number}", **{"due": None, **fields, "key": f"3.{number:06d}"})


def whole(**context: Any) -> str:
    base = screens.shared() | {"current": "inbox", "view": None, "panel": None}
    return render.page("inbox.html", **base | context)


def part(first: int, *, more: bool = True, earlier: bool = False) -> str:
    rows = tuple(named(number) for number in range(first, first + 50))
    page = Page(rows, rows[-1].key if more else None, 1, rows[0].key if earlier else None)
    return render.page("fragments/rows.html", **screens.shared(), listed=page)


def pages() -> dict[str, str]:
    rows = tuple(named(number) for number in range(50))
    found = {"/inbox": whole(listed=Page(rows, rows[-1].key, 4812), desk=NARROWED)}
    for first in range(50, 400, 50):
        key = f"3.{first - 1:06d}"
        found[f"piece:/inbox?{QUERY}&after={key}"] = part(first, more=first < 350)
    for last in range(50, 400, 50):
        found[f"piece:/inbox?{QUERY}&before=3.{last:06d}"] = part(last - 50, earlier=last > 50)
    return found


@pytest.fixture(scope="module")
def started(chromium: str) -> Iterator[Browser]:
    with running(chromium) as one:
        yield one


@pytest.fixture
def screen(started: Browser) -> Iterator[Stage]:
    with stage(started, pages()) as opened:
        opened.open("/inbox")
        yield opened
        assert opened.faults == []


def frame(number: int, version: int, lists: list[str], note: str = "", **fields: Any) -> list[Any]:
    row = named(number, version=version, **fields)
    html = render.fragment("fragments/row.html", **screens.shared(), row=row)
    return ["row", number, version, row.key, lists, html, note]


def ids(screen: Stage) -> list[int]:
    return screen.page.locator("#rows > .item").evaluate_all("rows => rows.map(row => Number(row.id.slice(4)))")  # type: ignore[no-any-return]  # numbers


def tops(screen: Stage) -> dict[str, float]:
    listed = "rows => Object.fromEntries(rows.map(row => [row.id, row.getBoundingClientRect().top]))"
    return screen.page.locator("#rows > .item").evaluate_all(listed)  # type: ignore[no-any-return]  # numbers by id


def held(screen: Stage) -> str | None:
    return screen.page.locator("[data-do=release] [data-text]").text_content()


def test_a_narrowed_list_is_live_by_its_own_name_and_says_who_took_a_row(screen: Stage) -> None:
    assert screen.heard[0] == {"topics": [f"inbox:f:{QUERY}"]}
    screen.page.hover("#row-3")
    before = tops(screen)
    screen.push(4813, frame(4, 9, ["open"], "Handed over by Dana Kim"), frame(5, 9, [f"f:{QUERY}"], snippet="Now"))
    screen.wait(lambda: held(screen) == "1 done")
    assert screen.page.locator("#row-4 .say").text_content() == "Handed over by Dana Kim"
    assert screen.page.locator("#row-5 .say").text_content() == "Now"
    assert tops(screen) == before
    screen.push(4814, frame(4, 8, [f"f:{QUERY}"]), frame(4, 10, [f"f:{QUERY}"], snippet="Back"))
    screen.wait(lambda: not screen.page.locator("[data-do=release]").is_visible())
    assert screen.page.locator("#row-4 .say").text_content() == "Back"


def test_rows_are_82_pixels_and_62_when_compact_and_nothing_shifts(screen: Stage) -> None:
    height = "row => row.getBoundingClientRect().height"
    row = screen.page.locator("#row-3")
    assert row.evaluate(height) == 82
    shifts = """() => new Promise((done) => { let sum = 0; new PerformanceObserver((list) => {
      for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })
      .observe({ type: 'layout-shift', buffered: true }); setTimeout(() => done(sum), 300); })"""
    for version in range(5, 12):
        words = "word " * version * 3
        screen.push(
            4808 + version, frame(version, version, [f"f:{QUERY}"], snippet=words, subject=words, owner=screens.DANA)
        )
    screen.wait(lambda: screen.page.locator("#row-11 .say").text_content() == ("word " * 33).strip() + " ")
    assert screen.page.evaluate(shifts) == 0
    screen.page.evaluate("document.documentElement.dataset.density = 'compact'")
    assert row.evaluate(height) == 62


def test_the_window_slides_both_ways_over_two_hundred_rows(screen: Stage) -> None:
    def down() -> None:
        screen.page.evaluate("rows.scrollTop = rows.scrollHeight")

    for last in (99, 149, 199, 249, 299):
        down()
        screen.wait(lambda last=last: ids(screen)[-1] == last)  # type: ignore[misc]  # a bound default
    assert ids(screen) == list(range(100, 300))
    screen.page.evaluate("rows.scrollTop = 0")
    screen.wait(lambda: ids(screen)[0] == 50)
    assert ids(screen) == list(range(50, 250))
    # what is beyond the pages that are here comes with its page, not by itself
    screen.push(4813, frame(390, 1, [f"f:{QUERY}"]), ["counts", {"open": 7}])
    screen.wait(lambda: screen.page.locator("[data-count-of=open]").text_content() == "7")
    assert 390 not in ids(screen)


def test_a_page_that_fails_keeps_what_is_there_and_says_how_to_go_on(screen: Stage) -> None:
    key = f"piece:/inbox?{QUERY}&after=3.000049"
    kept, shown = screen.pages.pop(key), screen.pages.pop("/inbox")
    screen.page.evaluate("rows.scrollTop = rows.scrollHeight")
    screen.wait(lambda: screen.page.locator("#list-fault").is_visible())
    assert ids(screen) == list(range(50))
    screen.pages |= {key: kept, "/inbox": shown}
    screen.page.click("[data-list-again]")
    screen.wait(lambda: ids(screen)[-1] == 99)
    assert screen.page.locator("#list-fault").is_hidden()
    screen.faults[:] = [fault for fault in screen.faults if "404" not in fault]


def test_ticked_rows_hold_the_list_and_one_act_is_for_all_of_them(screen: Stage) -> None:
    screen.page.focus("#row-2 .row")
    for key in ("x", "Shift+J", "Shift+J"):
        screen.page.keyboard.press(key)
    screen.wait(lambda: screen.page.locator("#bulk [data-count]").text_content() == "3 selected")
    screen.page.evaluate("document.activeElement.blur()")
    screen.page.mouse.move(1200, 500)
    screen.push(4813, frame(3, 9, [f"f:{QUERY}"], snippet="Now"), frame(8, 9, []))
    screen.wait(lambda: held(screen) == "1 done")
    assert screen.page.locator("#row-3 .tk input").is_checked()
    screen.page.click("#row-6 .tk input", modifiers=["Shift"])
    screen.wait(lambda: screen.page.locator("#bulk [data-count]").text_content() == "5 selected")
    rows = [{"conversation_id": 5, "outcome": "refused", "why": "It is closed already."}]
    answer = {"id": 7, "act": "assign", "state": "done", "total": 5, "pending": 0, "done": 4, "refused": 1}
    answer |= {"undone": 0, "kept": 0, "undo_until": "2026-11-22T18:50:00Z", "rows": rows, "next": None}
    screen.answers["/bulk"] = (201, answer)
    screen.answers["/bulk/7"] = (200, answer | {"state": "undone", "done": 0, "undone": 4, "undo_until": None})
    screen.page.keyboard.press("a")
    screen.page.select_option("#bulk-assign select", "team=billing")
    screen.page.click("#bulk-assign .pri")
    screen.wait(lambda: screen.page.locator("#bulk-came [data-text]").text_content() == "4 done, 1 refused")
    method, path, body = screen.sent[-1]
    assert (method, path, {name: body[name] for name in body if name != "client_id"}) == (
        "POST",
        "/bulk",
        {"act": "assign", "body": {"team": "billing"}, "ids": [2, 3, 4, 5, 6], "expected_count": 5},
    )
    assert screen.page.locator("#bulk-came li").all_text_contents() == ["1 × It is closed already."]
    assert screen.page.locator("#bulk").count() == 0
    screen.page.click("[data-bulk-undo]")
    screen.wait(lambda: screen.page.locator("#bulk-came [data-text]").text_content() == "4 undone")
    assert screen.sent[-1][:2] == ("DELETE", "/bulk/7")


def test_the_whole_list_is_asked_for_by_its_filters(screen: Stage) -> None:
    screen.pages[f"/bulk/matching?{QUERY}"] = '{"count": 1234}'
    screen.page.route("**/bulk/matching?*", lambda route: route.fulfill(json={"count": 1234}))
    screen.page.click("#row-0 .tk input")
    screen.page.click("#bulk [data-all]")
    screen.wait(lambda: screen.page.locator("#bulk [data-count]").text_content() == "1,234 selected")
    screen.answers["/bulk"] = (409, {"title": "x", "detail": "1,240 match now.", "count": 1240})
    screen.page.keyboard.press("Escape")
    screen.page.click("#bulk [data-dialog=close]")
    screen.page.click("#bulk-close .pri")
    screen.wait(lambda: screen.page.locator("#bulk-close [data-problem]").is_visible())
    body = screen.sent[-1][2]
    assert {name: body[name] for name in ("view", "filters", "expected_count")} == {
        "view": "open",
        "filters": {"channel": "sms"},
        "expected_count": 1234,
    }
    assert screen.page.locator("#bulk-close [data-count]").text_content() == "1,240 selected"
    screen.faults[:] = [fault for fault in screen.faults if "409" not in fault]
