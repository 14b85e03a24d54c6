"""A supervisor's round on both storages: each figure of the board opens the rows it counts, what presses is given to
somebody from there, the rest finds them once they are available, a raised hand is answered, and the wall names nobody.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.running import Clinic, clinic
from tests.support.visits import Visits

pytestmark = pytest.mark.browser
SOON = 15_000


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Clinic]:
    with clinic(database_url, tmp_path, first_response_P3=2, read_P3=600) as opened:
        yield opened


def behind(theo: Page, figure: str) -> int:
    """Follows a figure of the board and answers how many rows it opens; they are as many as it said."""
    link = theo.locator(f".kpis a[href='/board/rows/{figure}']")
    said = link.inner_text().split()[0]
    link.click()
    expect(theo.locator(".phead b")).to_have_text(said)
    rows = theo.locator("tbody tr").count()
    assert str(rows) == said
    return rows


def test_the_board_is_walked_from_its_figures_to_a_person(browser: Browser, running: Clinic) -> None:
    visits = Visits(browser, running.url)
    for number in range(3):
        running.sms("Please help me with my bill", f"+1415200770{number}")
    theo, sam = visits.sign_in("theo", "dark"), visits.sign_in("sam")
    sam.goto(f"{running.url}/patients")
    declare(sam, "Busy")  # there, and given nothing but by a person
    theo.goto(f"{running.url}/board")
    expect(theo.locator(".kpi.hot .v")).to_have_text("3", timeout=SOON)
    expect(theo.locator(".kpi.hot .ex")).to_have_text("3 escalations unanswered", timeout=SOON)
    visits.look(theo, "the board with late work")
    assert behind(theo, "late") == 3
    visits.look(theo, "the rows behind a figure")
    theo.get_by_label("Back to the board").click()
    assert behind(theo, "open") == 3
    theo.get_by_label("Back to the board").click()

    owed = given_to_sam(theo, visits)
    sam.goto(f"{running.url}/inbox?view=mine")
    expect(sam.locator("#rows .row")).to_have_attribute("href", f"/conversations/{owed}", timeout=SOON)
    declare(sam, "Available")
    visits.look(sam, "somebody who takes work")
    expect(sam.locator("#rows .row")).to_have_count(3, timeout=SOON)  # the rest comes by itself

    theo.goto(f"{running.url}/conversations/{owed}")
    theo.get_by_role("button", name="I have it").click()
    expect(theo.get_by_role("button", name="I have it")).to_have_count(0, timeout=SOON)
    theo.goto(f"{running.url}/board")
    expect(theo.locator(".kpi.hot .ex")).to_have_text("2 escalations unanswered", timeout=SOON)

    theo.get_by_role("link", name="Wall mode").click()
    expect(theo.locator("#board[data-wall]")).to_be_visible()
    assert [name for name in ("415", "Sam", "SP", "Jess") if name in theo.locator("#main").inner_text()] == []
    assert theo.locator("#board a").count() == 0
    visits.look(theo, "the wall")
    assert visits.wrong == []


def declare(page: Page, availability: str) -> None:
    """Says whether work may be given to whoever sits there."""
    with page.expect_response("**/availability"):
        page.get_by_label("Whether work may be given to you").select_option(availability)


def given_to_sam(theo: Page, visits: Visits) -> int:
    """The first of what presses, from the board; answers its number."""
    first = theo.locator("#act [data-assign]").first
    owed = int(first.get_attribute("data-assign") or 0)
    first.click()
    visits.look(theo, "assigning from the board")
    sam = theo.locator("#board-assign option", has_text="Sam Patel")
    theo.locator("#board-assign select").select_option(value=sam.get_attribute("value") or "")
    theo.locator("#board-assign button.pri").click()
    expect(theo.locator(f"#act [data-assign='{owed}']")).to_have_count(0, timeout=SOON)
    return owed
