"""The inbox on a phone and at 200 % zoom: what a wide window shows beside one another is still there, and inside."""

from pathlib import Path

import pytest

from tests.support import screens
from tests.support.stage import running, stage

AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text()
FOUND = """axe.run({runOnly: ['landmark-one-main', 'page-has-heading-one', 'scrollable-region-focusable']})
    .then((done) => done.violations.map((one) => one.id))"""
# what of the composer ends right of the window, by its text
BEYOND = """[...document.querySelectorAll('#composer *')].filter((one) => one.getClientRects().length
    && one.getBoundingClientRect().right > innerWidth).map((one) => one.textContent)"""


@pytest.mark.browser
def test_a_phone_and_a_doubled_page_lose_nothing(chromium: str) -> None:
    with running(chromium) as started, stage(started, screens.pages()) as opened:
        page = opened.page
        for address in ("/inbox", "/conversations/2"):
            page.set_viewport_size({"width": 390, "height": 844})
            opened.open(address)
            page.evaluate(f"{AXE};0")
            assert (address, page.evaluate(FOUND)) == (address, [])
        # the reason why we may write to this address is the longest that stands beside it
        page.evaluate("document.querySelector('[data-reach]').textContent = 'they wrote to us from here'")
        assert page.evaluate(BEYOND) == []
        page.set_viewport_size({"width": 720, "height": 450})
        assert page.locator("#scroll").bounding_box()["height"] >= 180  # type: ignore[index]  # it is shown
        page.focus("#words")  # until then the composer is small and shows no more than that one may write
        page.locator("[data-send]").scroll_into_view_if_needed()
        assert page.locator("[data-send]").evaluate("one => one.getBoundingClientRect().bottom <= innerHeight")
