"""A manager changes the rules in a real browser, sees who would move, publishes, and the next message goes there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from inbox import accounts
from tests.conftest import FreshDatabase
from tests.support.browser import FLAGS
from tests.support.running import PASSWORD, Clinic, clinic

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BILL = "I have a question about my bill"


@pytest.fixture
def running(fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Clinic]:
    with clinic(fresh_database("sqlite"), tmp_path) as opened:
        ada: dict[str, Any] = {"email": "ada@clinic.example", "name": "Ada Root", "role": "admin", "teams": []}
        opened.house.database.write(accounts.add, **ada, password=PASSWORD, by=None)
        yield opened


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as player, player.chromium.launch(executable_path=chromium, args=FLAGS) as opened:
        yield opened


def signed_in(browser: Browser, running: Clinic, name: str) -> tuple[Page, list[str]]:
    """A screen, and what its console calls an error."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(10_000)
    faults: list[str] = []
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{running.url}/login")
    page.fill("input[name=email]", f"{name}@clinic.example")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox*")
    return page, faults


def teams(running: Clinic) -> list[str]:
    """The queue of each conversation, oldest first."""
    with running.api("theo") as api:
        return [row["queue"] for row in sorted(api.get("/conversations").json()["items"], key=lambda row: row["id"])]


def test_a_rule_is_tried_rehearsed_published_and_routes(browser: Browser, running: Clinic) -> None:
    for number in range(2):
        assert running.sms(BILL, f"+1415200780{number}").status_code == 200
    page, faults = signed_in(browser, running, "amir")
    page.goto(f"{running.url}/admin/rules")
    page.fill(".bench textarea", BILL)
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.locator("#trial mark")).to_have_text("bill")
    expect(page.locator("#trial .trace li.hit b").first).to_have_text("Bills")

    page.get_by_role("link", name="Bills").click()
    page.locator("[name='rule.team']").select_option("front_desk")
    page.get_by_role("button", name="Keep in the draft").click()
    page.get_by_role("button", name="See who would move").click()
    expect(page.locator("#effect [role=status] b")).to_have_text("2 of 2 would change", timeout=15_000)
    expect(page.locator("#effect li a")).to_have_count(2)
    assert teams(running) == ["billing", "billing"]

    page.get_by_role("link", name="Bills").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".rrow[aria-current] .no")).to_have_text("6")
    expect(page.locator(".rrow[aria-current]")).to_be_focused()

    page.get_by_role("button", name="Publish").click()
    page.locator("#publish .pri").click()
    expect(page.locator("#publish .err")).to_have_text("say why, so that the next person understands")
    page.fill("#publish [name=why]", "Bills wait too long")
    page.locator("#publish .pri").click()
    expect(page.locator(".chip", has_text="Version 1")).to_be_visible()
    running.house.configuration.forget()
    assert running.sms(BILL, "+14152007809").status_code == 200
    for _ in range(100):
        if len(teams(running)) == 3:
            break
        page.wait_for_timeout(50)
    assert teams(running)[-1] == "front_desk"
    assert [fault for fault in faults if "422" not in fault] == []


def test_hours_with_a_break_are_typed_and_drawn(browser: Browser, running: Clinic) -> None:
    page, faults = signed_in(browser, running, "amir")
    page.goto(f"{running.url}/admin/calendars")
    page.get_by_label("Open day and night").uncheck()
    for start, end in (("08:00", "12:00"), ("13:00", "25:00")):
        page.get_by_role("button", name="Add hours on Monday").click()
        row = page.locator("[data-list=week] > div").first.locator("li").last
        row.get_by_label("From").fill(start)
        row.get_by_label("To").fill(end)
    page.get_by_role("button", name="Show the next 14 days").click()
    expect(page.locator("#main [data-problem]")).to_contain_text("hours.mon[1]")
    row.get_by_label("To").fill("17:00")
    page.get_by_role("button", name="Show the next 14 days").click()
    expect(page.get_by_text("08:00–12:00, 13:00–17:00")).to_have_count(2)
    assert [fault for fault in faults if "422" not in fault] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_clean_and_fits_a_phone(browser: Browser, running: Clinic, scheme: str) -> None:
    running.sms(BILL)
    found: dict[str, list[str]] = {}
    for name, paths in (
        (
            "amir",
            (
                "rules",
                "rules?mode=new",
                "rules?mode=text",
                "policies",
                "calendars",
                "templates",
                "forms",
                "versions?kind=rules",
                "roles",
            ),
        ),
        (
            "ada",
            (
                "people",
                f"people?person={running.person('jess').id}",
                "channels",
                "audit",
                "jobs",
                "roles?role=nurse",
                "rules",
            ),
        ),
    ):
        page, faults = signed_in(browser, running, name)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # both words are schemes
        for path in (*(f"/admin/{path}" for path in paths), "/audit/mine"):
            page.goto(f"{running.url}{path}")
            page.evaluate(f"{AXE.read_text()};0")
            result = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
            wrong = [f"{one['id']}: {one['nodes'][0]['html'][:90]}" for one in result["violations"]]
            page.set_viewport_size({"width": 390, "height": 800})
            wrong += ["wide"] if page.evaluate("document.documentElement.scrollWidth") > 390 else []
            page.set_viewport_size({"width": 1440, "height": 900})
            found |= {f"{name} {path}": wrong} if wrong else {}
        assert faults == []
    assert found == {}
