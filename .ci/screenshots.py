"""Pictures of every page, light and dark, of a demo clinic of its own: `python .ci/screenshots.py [FOLDER]`.

Starts the demo on a free port with new data, signs in as each role, writes FOLDER (var/screenshots) and the README's
picture, and ends what it started. A page that cannot be shown fails the run.
"""

# ruff: noqa: T201, S603 -- a program for people: it prints, and it starts the fixed command below

import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.support import browser  # noqa: E402 -- reason: found only through the line above

PICTURE = ROOT / "docs" / "screenshot.png"
DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
SIGN_IN = re.compile(r"^  (\S+) +(\S+@\S+) +(\S+)  ")


class Shot(NamedTuple):
    """A page as a role sees it; `link` is followed from there, so that ids need not be known."""

    name: str
    role: str
    path: str
    link: str = ""
    size: ViewportSize = DESK


SHOTS = (
    Shot("login", "", "/login"),
    Shot("inbox", "nurse", "/inbox", ".row[href*='/conversations/']"),
    Shot("inbox-phone", "nurse", "/inbox", "", PHONE),
    Shot("conversation-phone", "nurse", "/inbox", ".row[href*='/conversations/']", PHONE),
    Shot("search", "nurse", "/search"),
    Shot("quarantine", "supervisor", "/quarantine"),
    Shot("patients", "nurse", "/patients"),
    Shot("patient", "supervisor", "/patients", "a[href^='/patients/']:not([href$=duplicates])"),
    Shot("patients-duplicates", "supervisor", "/patients/duplicates"),
    Shot("board", "supervisor", "/board"),
    Shot("board-table", "supervisor", "/board?table=1"),
    Shot("board-wall", "supervisor", "/board?wall=1"),
    Shot("board-rows", "supervisor", "/board/rows/open"),
    Shot("reports", "manager", "/reports"),
    Shot("reports-rows", "manager", "/reports/rows/first_response_median"),
    Shot("my-log", "nurse", "/audit/mine"),
    *(
        Shot(f"admin-{name}", role, f"/admin/{name}")
        for name, role in (
            ("rules", "manager"),
            ("flags", "manager"),
            ("versions", "manager"),
            ("policies", "manager"),
            ("calendars", "manager"),
            ("people", "admin"),
            ("roles", "admin"),
            ("channels", "admin"),
            ("phone", "admin"),
            ("walls", "admin"),
            ("templates", "manager"),
            ("forms", "admin"),
            ("jobs", "admin"),
            ("audit", "compliance"),
            ("looks", "compliance"),
        )
    ),
    Shot("reports-phone", "manager", "/reports", "", PHONE),
    Shot("board-phone", "supervisor", "/board", "", PHONE),
    Shot("wall-code", "", "/wall"),
    Shot("form", "", "/forms/contact", "", PHONE),
    Shot("form-es", "", "/forms/contact?lang=es", "", PHONE),
    Shot("chat", "", "/chat/frame", "", PHONE),
    Shot("private-message-gone", "", "/s/unknown", "", PHONE),
    Shot("survey-gone", "", "/survey/unknown", "", PHONE),
)


def main(folder: Path) -> None:
    """Takes them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with demo() as (address, people), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find_or_install(), args=list(browser.FLAGS))
        for theme in ("light", "dark"):
            for role in dict.fromkeys(shot.role for shot in SHOTS):
                wanted = [shot for shot in SHOTS if shot.role == role]
                take(chromium, address, people.get(role), wanted, theme, folder)
        chromium.close()
    PICTURE.write_bytes((folder / "inbox-light.png").read_bytes())


def take(
    chromium: Browser,
    address: str,
    person: tuple[str, str] | None,
    shots: list[Shot],
    theme: Literal["light", "dark"],
    folder: Path,
) -> None:
    """One role in one theme."""
    page = chromium.new_page(viewport=DESK, color_scheme=theme, reduced_motion="reduce")
    if person is not None:
        sign_in(page, address, *person)
    for shot in shots:
        page.set_viewport_size(shot.size)
        answer = page.goto(address + shot.path)
        expected = 404 if shot.name.endswith("-gone") else 200
        if answer is None or answer.status not in (expected, 200):
            raise SystemExit(f"{shot.path} as {shot.role or 'a patient'}: {answer.status if answer else 'no answer'}")
        if shot.link:
            page.locator(shot.link).first.click()
            page.wait_for_selector("#main[data-id], .phead")
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(800)  # the first live frames, and whatever eases in
        page.screenshot(path=folder / f"{shot.name}-{theme}.png")
        print(folder / f"{shot.name}-{theme}.png", flush=True)
    page.close()


def sign_in(page: Page, address: str, email: str, password: str) -> None:
    """As a person does."""
    page.goto(f"{address}/login")
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: not url.endswith("/login"))


@contextmanager
def demo() -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    """A running demo: its address, and who may sign in by role."""
    port, smtp = free_port(), free_port()
    with tempfile.TemporaryDirectory() as data:
        environment = {
            **os.environ,
            "WARMLINE_DATA_DIR": data,
            "WARMLINE_DEMO_TRAFFIC": "0",
            "WARMLINE_SMTP_LISTEN": f"127.0.0.1:{smtp}",
        }
        command = [str(Path(sys.executable).parent / "warmline"), "demo", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        try:
            yield f"http://127.0.0.1:{port}", people_of(process)
        finally:
            process.terminate()
            process.wait(30)


def people_of(process: subprocess.Popen[str]) -> dict[str, tuple[str, str]]:
    """The sign-ins that the demo prints; returns once it is served."""
    people: dict[str, tuple[str, str]] = {}
    for line in process.stdout or ():
        if found := SIGN_IN.match(line):
            people.setdefault(found[1], (found[2], found[3]))
        if line.startswith("Warmline is on"):
            return people
    raise SystemExit("the demo did not start")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "var" / "screenshots")
