"""Every staff page: no inline style or script, escaped words, within its budget, and clean for a screen reader."""

import gzip
import re
from pathlib import Path

import pytest

from bench import weight
from inbox.worklist import Page
from tests.support import screens
from tests.support.stage import running, stage
from ui import render

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def test_no_page_holds_inline_style_or_script() -> None:
    inline = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:")
    assert {address: inline.findall(html) for address, html in screens.pages().items() if inline.search(html)} == {}


def test_words_are_escaped() -> None:
    assert screens.pages()["/conversations/2"].count("&lt;b&gt;Solo&lt;/b&gt;") == 1


def test_a_page_names_its_token_and_its_cursor() -> None:
    html = screens.pages()["/inbox"]
    assert re.findall(r'<meta name="csrf-token" content="([^"]*)">', html) == ["tok"]
    assert re.findall(r'data-seq="(\d+)"', html) == ["4812"]


def test_what_a_role_may_not_see_is_not_in_the_bytes() -> None:
    hidden = screens.row(7, "", sight=screens.BLIND, snippet="")
    html = render.fragment("fragments/row.html", **screens.shared(), row=hidden)
    assert (html.count("Name hidden"), html.count("Text hidden from your role")) == (1, 1)


def test_budgets() -> None:
    assert 20 < weight.first_scripts() <= weight.JS
    assert weight.staff("*.js") <= weight.ALL_JS
    assert 20 < weight.sdk() <= weight.PHONE
    assert {name: weight.sheets(name) for name in weight.OWN_SHEETS if weight.sheets(name) > weight.CSS} == {}
    assert weight.staff("*.css") <= weight.ALL_CSS
    rows = tuple(screens.row(number, f"Patient {number}") for number in range(50))
    base = screens.shared() | {"listed": Page(rows, None, 1), "current": "inbox"}
    assert len(gzip.compress(render.page("inbox.html", **base, view=None, panel=None).encode(), 6)) <= 15_000


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_the_policy_refuses_nothing(chromium: str, theme: str) -> None:
    pages = screens.pages(theme)
    found: dict[str, list[str]] = {}
    with running(chromium) as started, stage(started, pages) as opened:
        for address in pages:
            opened.open(address)
            opened.page.evaluate(f"{AXE.read_text()};0")
            result = opened.page.evaluate("rules => axe.run({runOnly: rules})", RULES)
            found |= {address: [one["id"] for one in result["violations"]]} if result["violations"] else {}
        assert found == {}
        assert opened.faults == []


@pytest.mark.browser
def test_nothing_is_wider_than_a_phone(chromium: str) -> None:
    pages = screens.pages()
    wide: dict[str, int] = {}
    with running(chromium) as started, stage(started, pages) as opened:
        opened.page.set_viewport_size({"width": 390, "height": 800})
        for address in pages:
            opened.open(address)
            width = opened.page.evaluate("document.documentElement.scrollWidth")
            wide |= {address: width} if width > 390 else {}
    assert wide == {}
