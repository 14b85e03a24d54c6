"""What pages behind links in messages share: nobody frames them, one page for what cannot be opened, misses counted."""

from __future__ import annotations

import time
from typing import Any

from litestar import Request, Response
from litestar.datastructures import State

from channels.envelope import DoorRequest, Unparseable
from channels.form_body import read_body
from inbox.house import House
from ui import guards, patient
from ui.limits import Window

BODY_BYTES = 64 << 10


class Misses:
    """Ten links or answers a minute that were wrong, for an address; then nobody is told anything for a while."""

    def __init__(self) -> None:
        self._of_address = Window(10, 60)

    def too_many(self, request: Request[Any, Any, Any]) -> bool:
        """Counts one more."""
        return self._of_address.wait(guards.client_address(request), time.monotonic()) > 0


def misses(state: State) -> Misses:
    """Those of this process, of all kinds of links together."""
    counted: Misses = state.setdefault("link_misses", Misses())
    return counted


def gone(request: Request[Any, Any, Any], house: House, state: State, notice: str) -> Response[str]:
    """The one page for a wrong, expired, locked or unknown link."""
    if misses(state).too_many(request):
        return page(request, house, "notice.html", status=429, notice="too_many", headers={"retry-after": "60"})
    return page(request, house, "notice.html", status=404, notice=notice)


def page(request: Request[Any, Any, Any], house: House, template: str, **context: Any) -> Response[str]:
    """A page that no other site may frame. Reads the configuration: call it from a thread."""
    policy = {"content-security-policy": patient.policy(house, "'none'")}
    headers = {**policy, **context.pop("headers", {})}
    return patient.page(request, house, template, headers=headers, **context)


def read(request: Request[Any, Any, Any], body: bytes) -> dict[str, str]:
    """The fields of a posted form; none when it cannot be read."""
    try:
        return read_body(DoorRequest("", {"content-type": request.headers.get("content-type", "")}, body)).fields
    except Unparseable:
        return {}
