"""Pages and health as a browser and a monitor meet them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.contract.party import PASSWORD, Party

META = re.compile(r'<meta name="csrf-token" content="([^"]*)"')
HTML = {"Accept": "text/html"}


@pytest.fixture
def browser(party: Party) -> Iterator[httpx.Client]:
    """Signed in as the supervisor, who needs no second factor in demo mode."""
    with party.client(Origin=party.url) as client:
        form = {"email": "supervisor@clinic.example", "password": PASSWORD}
        answer = client.post("/login", data=form, headers={"X-CSRF-Token": META.findall(client.get("/login").text)[0]})
        assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
        yield client


def test_the_sign_in_asks_for_mail_and_password(party: Party) -> None:
    page = httpx.get(f"{party.url}/login")
    assert (page.status_code, re.findall(r'name="(email|password)"', page.text)) == (200, ["email", "password"])
    assert len(META.findall(page.text)) == 1
    wrong = {"email": "supervisor@clinic.example", "password": "wrong"}
    assert httpx.post(f"{party.url}/login", data=wrong, headers={"Origin": party.url}).status_code != 303


def test_every_page_is_there_with_its_token(party: Party, browser: httpx.Client) -> None:
    conversation = party.landed("Is there a waiting room?")
    paths = ("/inbox", f"/conversations/{conversation['id']}", "/board", "/reports")
    pages = [browser.get(path, headers=HTML, follow_redirects=True) for path in paths]
    assert [(page.status_code, META.findall(page.text) not in ([], [""])) for page in pages] == [(200, True)] * 4
    assert browser.get("/patients/1", headers=HTML).status_code == 404


def test_a_ticket_needs_the_pages_token_and_signing_out_ends_all(browser: httpx.Client) -> None:
    (token,) = META.findall(browser.get("/inbox").text)
    assert browser.post("/live/ticket").status_code == 403
    assert list(browser.post("/live/ticket", headers={"X-CSRF-Token": token}).json()) == ["ticket"]
    assert browser.post("/sign-out", headers={"X-CSRF-Token": token}).status_code == 303
    assert browser.get("/inbox", headers=HTML).headers["location"] == "/login"


def test_health_and_gauges(party: Party) -> None:
    assert httpx.get(f"{party.url}/health/live").json() == {"status": "ok"}
    ready = httpx.get(f"{party.url}/health/ready")
    assert (ready.status_code, ready.json()["checks"]["database"]) == (200, "ok")
    gauges = httpx.get(f"{party.url}/metrics")
    assert gauges.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    names = set(re.findall(r"^(warmline_\w+)", gauges.text, re.MULTILINE))
    assert {"warmline_timer_lag_seconds", "warmline_oldest_unsent_seconds", "warmline_journal_head"} <= names
