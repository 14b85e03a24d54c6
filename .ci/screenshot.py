"""Takes the README's picture from a running demo: signs in, opens the inbox, writes docs/screenshot.png.

`python .ci/screenshot.py EMAIL PASSWORD [ADDRESS]`, with a sign-in that `make run` printed. Starts no server itself.
"""

import sys
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.support import browser  # noqa: E402 -- reason: found only through the line above

PICTURE = ROOT / "docs" / "screenshot.png"
SIZE = ViewportSize(width=1440, height=900)


def take(email: str, password: str, address: str) -> None:
    """Waits for the first conversation, so that no empty list is pictured."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find_or_install(), args=list(browser.FLAGS))
        page = chromium.new_page(viewport=SIZE, color_scheme="light")
        page.goto(f"{address}/login")
        page.fill("[name=email]", email)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{address}/inbox**")
        page.locator("a[href*='/conversations/']").first.click()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURE)
        chromium.close()


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    take(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) == 4 else "http://127.0.0.1:8000")
