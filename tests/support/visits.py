"""People before the screens of a running clinic, each in a browser of their own, and all that these complain about."""

from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.support.running import PASSWORD

AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK, PHONE = (1440, 900), (390, 844)
REFUSED = "addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective}`))"


class Visits:
    """`wrong` is empty at the end of a good story: errors of consoles and scripts, refusals of the policy, and what axe
    finds in the states that were looked at."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.wrong: list[str] = []

    def open(
        self, who: str, scheme: Literal["light", "dark"] = "light", size: tuple[int, int] = DESK, path: str = ""
    ) -> Page:
        """A browser that nobody signed in with, at `path`."""
        viewport = {"width": size[0], "height": size[1]}
        context = self.browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # the two keys are the type's
        context.add_init_script(REFUSED)
        page = context.new_page()
        page.set_default_timeout(10_000)

        def said(line: ConsoleMessage) -> None:
            if line.type == "error":
                self.wrong.append(f"{who}: {line.text}")

        page.on("console", said)
        page.on("pageerror", lambda error: self.wrong.append(f"{who}: {error}"))
        page.goto(f"{self.url}{path or '/login'}")
        return page

    def sign_in(self, name: str, scheme: Literal["light", "dark"] = "light", password: str = PASSWORD) -> Page:
        """The inbox of one of the cast, live."""
        page = self.open(name, scheme)
        page.fill("input[name=email]", f"{name}@clinic.example")
        page.fill("input[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/inbox*")
        expect(page.locator("#live-dot")).to_have_text("Live")
        return page

    def look_in_both_schemes(self, page: Page, state: str) -> None:
        """Axe by day and by night; the page stays in light colours."""
        self.look(page, state)
        page.emulate_media(color_scheme="dark")
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        self.look(page, f"{state} (dark)")
        page.emulate_media(color_scheme="light")

    def look(self, page: Page, state: str) -> None:
        """Axe over what stands there now."""
        page.evaluate(f"{AXE};0")
        found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)["violations"]
        self.wrong += [f"{state}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in found]
