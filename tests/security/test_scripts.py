"""Hostile pages, subjects, names and files in a real browser: no script runs, nothing is fetched, layer by layer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from channels import mail_html
from inbox.settings import DEMO_MAIL_DOOR_TOKEN
from tests.support.browser import FLAGS
from tests.support.running import PASSWORD, Clinic, clinic
from ui.originals import FRAME, FRAME_POLICY

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
CORPORA = ROOT / os.environ.get("WARMLINE_CORPORA", "../shared/corpora") / "08_xss_files"
#: Tells of each attempt to say anything; every classical payload does.
WITNESS = "for (const say of ['alert', 'confirm', 'prompt']) window[say] = () => console.log('RAN');"
OURS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '"><script>alert(1)</script>',
    "'-alert(1)-'",
    "javascript:alert(1)",
    '<a href="javascript:alert(1)">x</a>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<style>@import 'http://evil.example/x';</style>",
    '<img src="http://evil.example/pixel">',
    '<form action="http://evil.example/"><button>Go</button></form>',
    '<meta http-equiv="refresh" content="0;url=http://evil.example/">',
    '<base href="http://evil.example/">',
    "{{ 7*7 }}${7*7}<%= 7*7 %>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "\u202egnp.exe<script>alert(1)</script>",
)


class Witnessed:
    """What a page did: scripts that ran, strangers it asked for, refusals of the policy."""

    def __init__(self, page: Page, host: str) -> None:
        self._host, self.ran, self.left, self.refused = host, 0, list[str](), list[str]()
        page.add_init_script(WITNESS)
        page.on("console", lambda line: self._hear(line.text, line.type))

    def _hear(self, text: str, kind: str) -> None:
        self.ran += text == "RAN"
        if kind == "error":
            self.refused.append(text)

    def follow(self, url: str) -> None:
        if urlsplit(url).scheme in {"http", "https", "ws", "wss"} and urlsplit(url).netloc != self._host:
            self.left.append(url)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as player, player.chromium.launch(executable_path=chromium, args=FLAGS) as opened:
        yield opened


def payloads() -> list[str]:
    lines = [
        line for name in ("dompurify", "bleach") for line in (CORPORA / f"{name}.jsonl").read_text().split("\n") if line
    ]
    found = [json.loads(line)["payload"] for line in lines]
    assert len(found) > 100
    return [*found, *OURS]


def shown(browser: Browser, pages: list[str], policy: str) -> Witnessed:
    """All pages as frames of one, each under the policy; strangers get no answer."""
    page = browser.new_page()
    seen = Witnessed(page, "frames.example")
    index = "".join(f'<iframe src="/{number}"></iframe>' for number in range(len(pages)))

    def answer(route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.netloc != "frames.example" or not address.path.strip("/").isdigit():
            seen.follow(route.request.url)  # the policy stops a request before it gets here
            is_index = address.netloc == "frames.example" and address.path == "/"
            return route.fulfill(body=index, content_type="text/html") if is_index else route.abort()
        headers = {"content-security-policy": policy} if policy else {}
        content = pages[int(address.path.strip("/"))]
        return route.fulfill(body=content, content_type="text/html; charset=utf-8", headers=headers)

    page.route("**/*", answer)
    page.goto("http://frames.example/", wait_until="load")
    page.wait_for_timeout(500)
    page.close()
    return seen


def framed(clean: Callable[[str], str]) -> list[str]:
    return [FRAME.format(html=clean(payload)) for payload in payloads()]


def clean(payload: str) -> str:
    return mail_html.sanitise(payload).html


@pytest.mark.corpus
def test_a_cleaned_page_does_nothing_even_without_its_policy(browser: Browser) -> None:
    seen = shown(browser, framed(clean), "")
    assert (seen.ran, seen.left) == (0, [])


@pytest.mark.corpus
def test_a_raw_page_does_nothing_under_the_policy(browser: Browser) -> None:
    seen = shown(browser, framed(str), FRAME_POLICY.replace("frame-ancestors 'self'", ""))
    assert (seen.ran, seen.left) == (0, [])


@pytest.mark.corpus
def test_without_both_they_run_and_ask_strangers(browser: Browser) -> None:
    """Negative control: the witness sees what the two layers stop."""
    seen = shown(browser, framed(str), "")
    assert seen.ran > 10
    assert any("evil.example" in url for url in seen.left)


@pytest.fixture
def running(fresh_database: Callable[[str], str], tmp_path: Path) -> Iterator[Clinic]:
    with clinic(fresh_database("sqlite"), tmp_path) as opened:
        yield opened


def letter(payload: str, number: int) -> bytes:
    """The payload as page, subject, name and file name."""
    words = " ".join(payload.split())
    message = EmailMessage()
    message["From"] = f"=?utf-8?q?{''.join(f'={byte:02X}' for byte in words.encode())}?= <p{number}@home.example>"
    message["To"], message["Message-ID"] = "clinic@warmline.example", f"<{number}@home.example>"
    message["Subject"] = words
    message.set_content("Look at the page")
    message.add_alternative(payload, subtype="html")
    message.add_attachment(payload.encode(), maintype="text", subtype="html", filename=words[:80])
    return message.as_bytes()


def test_no_screen_runs_what_a_patient_wrote(browser: Browser, running: Clinic) -> None:
    door = {"authorization": f"Bearer {DEMO_MAIL_DOOR_TOKEN}", "content-type": "message/rfc822"}
    for number, payload in enumerate(OURS):
        running.sms(payload, ProfileName=payload)
        sent = httpx.post(f"{running.url}/in/mail", content=letter(payload, number), headers=door)
        assert sent.status_code == 202
    for payload in OURS[:4]:
        form = {"name": payload, "email": "form@home.example", "message": payload}
        assert httpx.post(f"{running.url}/forms/contact", data=form).status_code == 202
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    seen = Witnessed(page, urlsplit(running.url).netloc)
    page.on("request", lambda request: seen.follow(request.url))
    page.goto(f"{running.url}/login")
    page.fill("input[name=email]", "theo@clinic.example")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox*")
    page.goto(f"{running.url}/inbox?view=open")
    expect(page.locator("#rows .row")).to_have_count(len(OURS) + 5, timeout=30_000)
    addresses = page.locator("#rows .row").evaluate_all("rows => rows.map(row => row.getAttribute('href'))")
    for address in addresses:
        page.goto(f"{running.url}{address}")
        for original in page.locator("details.orig summary").all():
            original.click()
        running.sms("A live frame: <img src=x onerror=alert(1)>", sender="+14152007788")
    page.goto(f"{running.url}/inbox?" + urlencode({"q": OURS[3]}))
    page.goto(f"{running.url}/patients?" + urlencode({"q": OURS[3]}))
    page.goto(f"{running.url}/board")
    page.wait_for_timeout(300)
    assert (seen.ran, seen.left, seen.refused) == (0, [], [])
