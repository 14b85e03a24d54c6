"""What a browser loads, gzipped file by file, against the budgets of the screens (docs/decisions/0011-weight.md)."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from pathlib import Path

import httpx

from bench import seed
from bench.figures import Figure
from bench.options import Options
from bench.serving import served
from bench.storage import Storages
from inbox import accounts
from inbox.house import House
from inbox.settings import read
from ui.render import STATIC

CONVERSATIONS = 600
EMAIL, PASSWORD = "bench@clinic.example", "a long enough pass phrase"
#: kB, gzipped.
JS, ALL_JS, CSS, ALL_CSS, ICONS, FONT, INBOX, FIRST_VISIT, WIDGET_LOADER, WIDGET = 45, 62, 16, 22, 6, 50, 15, 120, 3, 15
PHONE = 70
#: The sheets that base.html loads, and what each page adds.
SHARED_SHEETS, OWN_SHEETS = ("tokens", "parts", "pages"), ("inbox", "board", "reports", "admin", "search")
_IMPORT = re.compile(r"^import [^;]*?'(\./[\w.]+)';", re.MULTILINE)


def measure(storages: Storages, options: Options) -> list[Figure]:
    """Sizes do not depend on the storage: one page is rendered on SQLite."""
    page = _inbox(storages)
    scripts, styles = first_scripts(), max(sheets(name) for name in OWN_SHEETS)
    icons, font = _size([STATIC / "icons.svg"]), _size(STATIC.rglob("*.woff2"))
    loader = _size([STATIC / "patient" / "chat-loader.js"])
    widget = _size([*(STATIC / "patient" / "chat").rglob("*.js"), STATIC / "patient" / "chat.css"])
    return [
        _figure("scripts, first load", scripts, JS),
        _figure("scripts, with all that comes on use", staff("*.js"), ALL_JS),
        _figure("phone, the provider's SDK", sdk(), PHONE),
        _figure("styles, heaviest page", styles, CSS),
        _figure("styles, of all pages", staff("*.css"), ALL_CSS),
        _figure("icons", icons, ICONS),
        _figure("font", font, FONT),
        _figure("inbox page, 50 rows", page, INBOX),
        _figure("first visit in all", scripts + sheets("inbox") + icons + font + page, FIRST_VISIT),
        _figure("chat widget, loader", loader, WIDGET_LOADER),
        _figure("chat widget, opened", loader + widget, WIDGET),
    ]


def first_scripts() -> float:
    """kB of what a page fetches before anybody does anything: main.js, what it imports in turn, and the morph."""
    found: dict[Path, None] = {}
    asked = [STATIC / "js" / "main.js"]
    while asked:
        file = asked.pop()
        if file not in found:
            found[file] = None
            asked += [(file.parent / name).resolve() for name in _IMPORT.findall(file.read_text())]
    return _size([*found, *(STATIC / "vendor" / "idiomorph").rglob("*.js")])


def sheets(own: str) -> float:
    """kB of the sheets of a page that has this one of its own."""
    return _size(STATIC / "css" / f"{name}.css" for name in (*SHARED_SHEETS, own))


def _figure(name: str, size: float, budget: float) -> Figure:
    return Figure(f"weight: {name}", "", size, "≤", budget, "kB gz")


def staff(pattern: str) -> float:
    """kB of all such files of the staff's screens, but for the provider's own software (`sdk`)."""
    return _size(file for file in STATIC.rglob(pattern) if not {"patient", "twilio-voice-sdk"} & set(file.parts))


def sdk() -> float:
    """kB that a browser fetches once to be a phone: with the first real call that is answered in it."""
    return _size((STATIC / "vendor" / "twilio-voice-sdk").rglob("*.js"))


def _size(files: Iterable[Path]) -> float:
    return sum(_gzipped(file.read_bytes()) for file in files)


def _gzipped(content: bytes) -> float:
    return len(gzip.compress(content, 6)) / 1000


def _inbox(storages: Storages) -> float:
    with storages.fresh("sqlite") as environment:
        house = House(read(environment))
        with house.database.transaction() as unit:
            accounts.add(unit, email=EMAIL, name="Bea Bench", role="supervisor", teams=[], password=PASSWORD, by=None)
        seed.fill(house, CONVERSATIONS)
        house.close()
        with served(environment) as (port, _), httpx.Client(base_url=f"http://127.0.0.1:{port}") as browser:
            browser.get("/login").raise_for_status()
            browser.post(
                "/login", data={"email": EMAIL, "password": PASSWORD}, headers={"Origin": str(browser.base_url)}
            )
            page = browser.get("/inbox")
            assert page.status_code == 200, page.status_code
            assert page.text.count('class="item"') >= 50, "the list is not full"
            return _gzipped(page.content)
