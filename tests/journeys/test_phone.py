"""A call on the screens of those who take it, from the ring to the report; on the line is the demo's carrier."""

from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from channels import twilio
from inbox.settings import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN
from inbox.store import tables as t
from tests.support.running import PASSWORD, Clinic, clinic

pytestmark = pytest.mark.browser
SOON = 20_000
CALL = {"AccountSid": DEMO_ACCOUNT_SID, "CallSid": f"CA{5:032d}", "From": "+14152007788", "To": "+14155550100"}


def signed_in(browser: Browser, address: str, name: str) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(SOON)
    page.goto(f"{address}/login")
    page.fill("input[name=email]", f"{name}@clinic.example")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox*")
    expect(page.locator("#live-dot")).to_have_text("Live")
    return page


def hook(running: Clinic, step: str, **fields: str) -> httpx.Response:
    """The carrier posts to the voice door."""
    path, form = f"/in/twilio/voice{step}", CALL | {"CallStatus": "in-progress"} | fields
    signature = twilio.sign(running.house.settings.public_url + path, form.items(), DEMO_AUTH_TOKEN)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return httpx.post(running.url + path, content=urlencode(form), headers=headers)


def test_a_call_is_answered_held_handed_over_and_written_up(
    browser: Browser, database_url: str, tmp_path: Path
) -> None:
    with clinic(database_url, tmp_path) as running:
        with running.house.database.transaction() as unit:
            here = t.actors.c.id.in_([running.person(name).id for name in ("jess", "sam")])
            unit.execute(update(t.actors).where(here).values(availability="available"))
        jess, sam = (signed_in(browser, running.url, name) for name in ("jess", "sam"))
        assert "<Gather" in hook(running, "").text
        assert "<Enqueue" in hook(running, "/menu", Digits="4").text
        hook(running, "/wait", QueuePosition="1", QueueTime="0")
        ringing = jess.locator("#phone .call")
        expect(ringing).to_have_attribute("data-part", "ring", timeout=SOON)
        expect(ringing).to_contain_text("Simulated call")
        expect(sam.locator("#phone .call")).to_have_attribute("data-part", "ring", timeout=SOON)
        jess.get_by_role("button", name="Answer").click()
        expect(ringing).to_have_attribute("data-phase", "talking", timeout=SOON)
        expect(sam.locator("#phone .call")).to_have_count(0, timeout=SOON)
        expect(jess.locator("#main .top h2")).to_contain_text("Bill or payment")
        jess.get_by_role("button", name="Hold").click()
        expect(ringing).to_contain_text("On hold", timeout=SOON)
        jess.reload()  # the bar stands on every page, also on a fresh one
        jess.get_by_role("button", name="Resume").click()
        expect(ringing).to_have_attribute("data-phase", "talking", timeout=SOON)
        jess.get_by_label("Transfer to").select_option(label="Sam Patel")
        sam.get_by_role("button", name="Join").click()
        expect(ringing).to_contain_text("with Sam Patel", timeout=SOON)
        jess.get_by_role("button", name="Leave it to them").click()
        expect(ringing).to_have_count(0, timeout=SOON)
        sam.get_by_role("button", name="End", exact=True).click()
        sam.locator("#phone select[name=outcome]").select_option("follow_up", timeout=SOON)
        sam.locator("#phone input[name=what]").fill("Send the corrected bill")
        sam.locator("#phone").get_by_role("button", name="Save").click()
        expect(sam.locator("#phone .call")).to_have_count(0, timeout=SOON)
        with running.house.database.snapshot() as reading:
            (call,) = reading.all(select(t.calls))
            (step,) = reading.all(select(t.next_steps).where(t.next_steps.c.done_at.is_(None)))
        assert (call.phase, call.result, call.outcome) == ("over", "answered", "follow_up")
        assert (call.agent_id, step.what) == (running.person("sam").id, "Send the corrected bill")
