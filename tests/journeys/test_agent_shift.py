"""An agent's shift on both storages: words that are never lost nor sent over news, colleagues called in by a note, and
a list that is kept, searched and worked off in one act."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.running import Clinic, clinic
from tests.support.visits import Visits

pytestmark = pytest.mark.browser
SOON = 10_000
LEFT = ("queued", "sent", "accepted", "delivered")
BRING = "Please bring a photo ID and your insurance card, and come 15 minutes early."


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Clinic]:
    with clinic(database_url, tmp_path, undo=10) as opened:
        yield opened


def sent(running: Clinic) -> list[str]:
    """What left for the patient of the only conversation."""
    with running.api("theo") as api:
        (row,) = api.get("/conversations").json()["items"]
        messages = api.get(f"/conversations/{row['id']}").json()["messages"]
    return [message["text"] for message in messages if message["status"] in LEFT]


def test_words_are_kept_counted_taken_back_and_never_sent_over_news(browser: Browser, running: Clinic) -> None:
    visits = Visits(browser, running.url)
    desk = visits.sign_in("jess")
    running.sms("Hi, I need to reschedule my appointment please")
    desk.locator("#rows .row").click(timeout=SOON)
    desk.locator("#words").press_sequentially("We can see you on Thursday")
    expect(desk.locator("[data-draft]")).to_have_text("Draft saved")
    visits.look(desk, "a conversation with a draft")
    desk.reload()
    expect(desk.locator("#words")).to_have_value("We can see you on Thursday")

    jess = visits.sign_in("jess", "dark")  # at home, in another browser
    jess.locator("#rows .row").click()
    expect(jess.locator("#words")).to_have_value("We can see you on Thursday")
    desk.context.close()
    jess.fill("#words", "Nos vemos mañana a las 10. " * 6)
    expect(jess.locator("#composer [data-count]")).to_have_text("162, sent as 2 texts")
    jess.fill("#words", "")
    jess.locator("#words").press_sequentially("/what to br")
    expect(jess.locator("#picker [role=option]")).to_have_text(["What to bring"])
    visits.look(jess, "canned replies")
    jess.keyboard.press("Enter")
    words = jess.locator("#words").input_value()
    assert words.startswith(BRING)

    jess.keyboard.press("Control+Enter")
    expect(jess.locator(".msg.out [data-undo]")).to_contain_text("Sending in", timeout=SOON)
    jess.locator(".msg.out [data-undo] button").click()
    expect(jess.locator("#words")).to_have_value(words)
    expect(jess.locator(".msg.out")).to_have_attribute("data-status", "cancelled", timeout=SOON)

    running.sms("Please forget it, I am well again")
    expect(jess.locator(".msg .bub").last).to_have_text("Please forget it, I am well again", timeout=SOON)
    jess.locator("#words").focus()
    jess.keyboard.press("Control+Enter")
    expect(jess.locator("[data-held]")).to_be_visible(timeout=SOON)
    assert sent(running) == []
    visits.look(jess, "a reply that is held")
    jess.locator("[data-do=read-it]").click()
    jess.fill("#words", "Good to hear. We cancelled it.")
    jess.keyboard.press("Control+Enter")
    expect(jess.locator(".msg.out").last).to_have_attribute("data-status", "delivered", timeout=25_000)
    assert sent(running) == ["Good to hear. We cancelled it."]
    refused = "jess: Failed to load resource: the server responded with a status of 409 (Conflict)"
    assert visits.wrong == [refused]


def test_a_colleague_is_called_and_a_list_is_found_kept_and_worked_off(browser: Browser, running: Clinic) -> None:
    visits = Visits(browser, running.url)
    for number in range(3):
        running.sms("I have a question about my bill", f"+1415200770{number}")
    running.sms("I need to reschedule my appointment", "+14152007709")
    jess, sam = visits.sign_in("jess"), visits.sign_in("sam", "dark")
    sam.goto(f"{running.url}/inbox?view=mentions")
    expect(sam.locator("#rows .row")).to_have_count(0)
    jess.goto(f"{running.url}/inbox?view=open")
    expect(jess.locator("#rows > li.item")).to_have_count(4, timeout=SOON)

    visit = found_by_number(jess, running)
    visits.look(jess, "a conversation that was searched for")
    call_sam(jess)
    expect(sam.locator("#rows .row")).to_have_attribute("href", f"/conversations/{visit}", timeout=SOON)
    sam.locator("#rows .row").click()
    expect(sam.locator(".note .at")).to_have_text("@Sam Patel")
    visits.look(sam, "a note that names him")

    jess.goto(f"{running.url}/inbox?view=open")
    keep_bills(jess)
    visits.look(jess, "a saved view")
    done_to_all(jess, "assign", 3)  # what nobody owns may not be hidden
    done_to_all(jess, "snooze", 3)
    jess.locator("[data-bulk-undo]").click()
    expect(jess.locator("#bulk-came [data-text]")).to_have_text("3 undone", timeout=SOON)
    with running.api("theo") as api:
        assert {row["snoozed_until"] for row in api.get("/conversations").json()["items"]} == {None}
    assert visits.wrong == []


def found_by_number(jess: Page, running: Clinic) -> int:
    """By the keyboard alone: `/`, the number, the first hit. Answers the number."""
    with running.api("theo") as api:
        rows = api.get("/conversations").json()["items"]
    number = next(row["id"] for row in rows if row["reason"] != "billing")
    keys = jess.keyboard
    keys.press("/")
    keys.type(f"#{number}")
    keys.press("Enter")
    expect(jess.locator(".finder .hit")).to_have_count(1, timeout=SOON)
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(jess.locator(f"#main[data-id='{number}']")).to_have_count(1, timeout=SOON)
    return int(number)


def call_sam(jess: Page) -> None:
    """A note with a name, without a mouse."""
    jess.keyboard.press("n")
    jess.keyboard.type("Can you look at this, @sam")
    expect(jess.locator("#picker [role=option]")).to_have_text(["Sam Patel"])
    jess.keyboard.press("Enter")
    jess.keyboard.press("Control+Enter")
    expect(jess.locator(".note")).to_contain_text("Can you look at this, @Sam Patel", timeout=SOON)


def keep_bills(jess: Page) -> None:
    """The bills of the list, under a name of her own."""
    jess.get_by_label("Narrow the list").click()
    jess.locator("[data-narrow] select[name=reason]").select_option("billing")
    jess.locator("[data-narrow] button.pri").click()
    expect(jess.locator("#rows > li.item")).to_have_count(3)
    jess.get_by_label("Narrow the list").click()
    jess.get_by_label("Keep it as").fill("Bills")
    jess.get_by_role("button", name="Save view").click()
    kept = jess.locator("aside.views [id^=saved-]")
    expect(kept).to_have_attribute("aria-current", "page", timeout=SOON)
    expect(kept.locator(".t")).to_have_text("Bills")
    expect(kept.locator(".count")).to_have_text("3")


def done_to_all(jess: Page, act: str, count: int) -> None:
    """All rows of the list, ticked by keys, and one act for them."""
    jess.locator("#rows .row").first.focus()
    for number in range(1, count + 1):
        jess.keyboard.press("Shift+J" if number > 1 else "x")
        expect(jess.locator("#bulk [data-count]")).to_have_text(f"{number} selected")
    jess.locator(f"#bulk [data-dialog={act}]").click()
    jess.locator(f"#bulk-{act} button.pri").click()
    expect(jess.locator("#bulk-came [data-text]")).to_have_text(f"{count} done", timeout=SOON)
