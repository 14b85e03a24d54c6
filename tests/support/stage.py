"""A browser on one staff screen: pages rendered from made-up structs under the real content policy, a socket that the
test speaks for, and every request of the page written down. No server."""

import json
import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, Route, WebSocketRoute, sync_playwright

from tests.support import browser
from ui import guards, render

ORIGIN = "http://127.0.0.1:8765"


class Stage:
    """`faults` collects what the browser's console calls an error, the policy's refusals among them."""

    def __init__(self, page: Page, pages: dict[str, str]) -> None:
        self.page, self.pages = page, pages
        self.sent: list[tuple[str, str, Any]] = []
        self.heard: list[Any] = []
        self.faults: list[str] = []
        self.answers: dict[str, tuple[int, Any]] = {"/live/ticket": (201, {"ticket": "T"})}
        self.sockets: list[tuple[str, WebSocketRoute]] = []
        page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.route("**/*", self._answer)
        page.route_web_socket("**/live?*", self._connect)

    def open(self, address: str) -> None:
        """Goes to a page and waits until its socket has said what it wants."""
        heard = len(self.heard)
        self.page.goto(ORIGIN + address)
        if "main.js" in self.pages[address]:
            self.wait(lambda: len(self.heard) > heard)

    def push(self, seq: int, *ops: Any, prev: int | None = None, **frame: Any) -> None:
        """Sends one frame to the screen, following the one before unless `prev` says otherwise."""
        message = {
            "seq": seq,
            "prev": seq - 1 if prev is None else prev,
            "verb": "x.y",
            "topic": "t",
            "data": {"ops": ops},
        }
        self.sockets[-1][1].send(json.dumps(message | frame))

    def wait(self, condition: Any, *, milliseconds: int = 5000) -> None:
        """Lets the browser work until the condition holds."""
        for _ in range(milliseconds // 20):
            if condition():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("the screen never got there")

    def _connect(self, socket: WebSocketRoute) -> None:
        self.sockets.append((socket.url, socket))
        socket.on_message(lambda text: self.heard.append(json.loads(text)))

    def _answer(self, route: Route) -> None:
        request, address = route.request, urlsplit(route.request.url)
        if request.method != "GET":
            self.sent.append((request.method, address.path, _said(request)))
            status, body = self.answers.get(address.path, (201, {"id": 1}))
            route.fulfill(status=status, content_type="application/json", body=json.dumps(body))
        elif f"GET {address.path}" in self.answers:
            status, body = self.answers[f"GET {address.path}"]
            route.fulfill(status=status, content_type="application/json", body=json.dumps(body))
        elif address.path.startswith(render.STATIC_PATH):
            file = render.STATIC / address.path.removeprefix(render.STATIC_PATH + "/")
            route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0] or "font/woff2")
        else:
            self._page(route, address.path + (f"?{address.query}" if address.query else ""))

    def _page(self, route: Route, address: str) -> None:
        piece = route.request.headers.get("x-piece") == "1"
        known = self.pages.get(f"piece:{address}" if piece else address) or self.pages.get(address.split("?")[0])
        if known is None:
            route.fulfill(status=404, body="")
        else:
            route.fulfill(
                body=known, content_type="text/html; charset=utf-8", headers={"content-security-policy": POLICY}
            )


def _said(request: Request) -> Any:
    """The JSON of a request; None for a file's bytes or nothing."""
    is_json = "json" in request.headers.get("content-type", "")
    return request.post_data_json if is_json and request.post_data else None


_PUBLIC = SimpleNamespace(public_url=ORIGIN, twilio_voice_app_sid="")
_APP = SimpleNamespace(state=SimpleNamespace(house=SimpleNamespace(settings=_PUBLIC)))
POLICY: str = guards._policy({"litestar_app": _APP})  # type: ignore[typeddict-item]  # all that the policy reads


@contextmanager
def running(chromium: str) -> Iterator[Browser]:
    """One Chromium for many stages."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(browser.FLAGS))
        try:
            yield started
        finally:
            started.close()


@contextmanager
def stage(started: Browser, pages: dict[str, str]) -> Iterator[Stage]:
    """A fresh profile on these pages."""
    page = started.new_page(viewport={"width": 1440, "height": 900})
    try:
        yield Stage(page, pages)
    finally:
        page.close()
