"""The main job from end to end, over a real server, real sockets and a real browser, on both storages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.running import PASSWORD, Clinic, clinic

pytestmark = pytest.mark.browser
SOON = 5_000


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Clinic]:
    with clinic(database_url, tmp_path, first_response_P3=3, read_P3=600) as opened:
        yield opened


def signed_in(browser: Browser, running: Clinic, name: str) -> Page:
    """A screen of its own, with everything the browser complains about in `page.faults`."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{running.url}/login")
    page.fill("input[name=email]", f"{name}@clinic.example")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox*")
    expect(page.locator("#live-dot")).to_have_text("Live")
    return page


def test_a_patient_writes_and_the_right_people_see_one_conversation(browser: Browser, running: Clinic) -> None:
    jess, sam, theo = (signed_in(browser, running, name) for name in ("jess", "sam", "theo"))
    theo.goto(f"{running.url}/board")

    assert running.sms("Hi, I need to reschedule my appointment please").status_code == 200
    for screen in (jess, sam):
        expect(screen.locator("#rows .row")).to_have_count(1, timeout=SOON)
        expect(screen.locator("#rows .row .say")).to_have_text("Hi, I need to reschedule my appointment please")

    # the deadline passes unanswered: the board says so, and the breach bears the deadline
    expect(theo.locator("#board")).to_contain_text("1 escalation unanswered", timeout=15_000)

    jess.locator("#rows .row").click()
    jess.fill("#words", "Of course. Does Thursday at ten suit you?")
    jess.keyboard.press("Control+Enter")
    expect(jess.locator(".msg.out .bub")).to_have_text("Of course. Does Thursday at ten suit you?", timeout=SOON)
    expect(jess.locator(".msg.out")).to_have_attribute("data-status", "delivered", timeout=SOON)
    sam.goto(f"{running.url}{jess.url.removeprefix(running.url)}")
    expect(sam.locator(".msg.out .bub")).to_have_text("Of course. Does Thursday at ten suit you?")

    # the patient answers while both have it open
    running.sms("Thursday is perfect")
    for screen in (jess, sam):
        expect(screen.locator(".msg:not(.out) .bub").last).to_have_text("Thursday is perfect", timeout=SOON)

    jess.locator("[data-dialog=close]").first.click()
    jess.locator("#close select[name=outcome]").select_option("resolved")
    jess.locator("#close textarea").fill("You are booked for Thursday at ten.")
    jess.locator("#close button.pri").click()
    expect(jess.locator(".msg.out .bub").last).to_have_text("You are booked for Thursday at ten.", timeout=SOON)

    with running.api("theo") as api:
        closed = api.get("/conversations", params={"state": "closed"}).json()["items"]
        assert [row["state"] for row in closed] == ["closed"]
        whole = api.get(f"/conversations/{closed[0]['id']}").json()
        assert [message["text"] for message in whole["messages"]] == [
            "Hi, I need to reschedule my appointment please",
            "Of course. Does Thursday at ten suit you?",
            "Thursday is perfect",
            "You are booked for Thursday at ten.",
        ]
        first = next(clock for clock in whole["clocks"] if clock["metric"] == "first_response")
        assert first["state"] == "breached"
        assert first["breached_at"] == first["due_at"]
    theo.goto(f"{running.url}/reports")
    expect(theo.locator("#by-channel tbody tr").first).to_contain_text("SMS")
    expect(theo.locator("#by-channel tbody tr").first.locator("td").nth(6)).to_have_text("1")


def test_a_screen_that_was_cut_off_says_so_and_catches_up_exactly(browser: Browser, running: Clinic) -> None:
    jess = signed_in(browser, running, "jess")
    running.sms("First of all, where can I park?", "+14152007701")
    expect(jess.locator("#rows .row")).to_have_count(1, timeout=SOON)
    jess.context.set_offline(True)
    running.cut()
    expect(jess.locator("#not-live")).to_be_visible(timeout=45_000)
    for number in range(2, 5):
        running.sms(f"Question number {number} about parking", f"+1415200770{number}")
    jess.context.set_offline(False)
    expect(jess.locator("#rows .row")).to_have_count(4, timeout=20_000)
    expect(jess.locator("#not-live")).to_be_hidden(timeout=SOON)
    with running.api("jess") as api:
        listed = {str(item["id"]) for item in api.get("/conversations").json()["items"]}
    shown = jess.locator("#rows .item").evaluate_all("rows => rows.map(row => row.id.replace('row-', ''))")
    assert set(shown) == listed
