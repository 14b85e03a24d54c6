"""A chat seen from both its ends at once: each sees the other write, words cross, and what was on screen is read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.running import Clinic, clinic
from tests.support.visits import Visits

pytestmark = pytest.mark.browser
SOON = 15_000


@pytest.fixture
def running(fresh_database: Callable[[str], str], tmp_path: Path) -> Iterator[Clinic]:
    with clinic(fresh_database("sqlite"), tmp_path) as opened:
        yield opened


def test_patient_and_agent_see_each_other_write_and_read(browser: Browser, running: Clinic) -> None:
    visits = Visits(browser, running.url)
    jess = visits.sign_in("jess")
    patient = visits.open("patient", size=(384, 690), path="/chat/frame")
    patient.get_by_label("Your name").fill("Tomás Vega")
    patient.get_by_label("Write a message").fill("Can I pay my bill online?")
    patient.get_by_label("Write a message").press("Enter")
    jess.goto(f"{running.url}/inbox?view=open")
    expect(jess.locator("#rows .row")).to_have_count(1, timeout=SOON)
    jess.locator("#rows .row").click()
    expect(jess.locator(".msg .meta b")).to_have_text("Tomás Vega")
    expect(jess.locator("select[name=way] option:checked")).to_contain_text("Chat")

    near = jess.locator("[data-near]")
    for _ in range(100):  # it is told for as long as somebody writes
        patient.get_by_label("Write a message").press_sequentially("x")
        if near.is_visible():
            break
    expect(near).to_contain_text("Patient is typing")
    jess.locator("#words").press_sequentially("Yes, in your")
    expect(patient.locator("#writing")).to_have_text("Jess is writing …", timeout=SOON)
    visits.look(jess, "an agent in a chat")
    visits.look(patient, "a patient in a chat")
    jess.locator("#words").press_sequentially(" account.")
    jess.locator("[data-send]").click()
    expect(patient.locator("li.out p")).to_have_text("Yes, in your account.", timeout=SOON)
    patient.bring_to_front()
    patient.get_by_label("Write a message").focus()
    expect(jess.locator(".msg.out")).to_have_attribute("data-status", "read", timeout=SOON)

    jess.get_by_label("Files").set_input_files(
        {"name": "form.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n"}
    )
    jess.locator("#words").fill("Please fill this in.")
    expect(jess.locator("[data-files] [data-upload]")).to_have_count(1)
    jess.locator("[data-send]").click()
    file = patient.get_by_role("link", name="form.pdf (1 kB)")
    expect(file).to_be_visible(timeout=SOON)
    visits.look(patient, "a patient with a file")
    with patient.expect_download() as download:
        file.click()
    assert (download.value.suggested_filename, Path(download.value.path()).read_bytes()) == ("form.pdf", b"%PDF-1.7\n")
    assert visits.wrong == []
