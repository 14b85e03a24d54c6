"""What pages behind links in messages share: nobody frames them, one page for what cannot be opened, misses counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from litestar import Request, Response
from litestar.datastructures import State

from channels.envelope import DoorRequest, Unparseable
from channels.form_body import read_body
from inbox.house import House
from inbox.opening import opening
from inbox.store.database import Reading
from ui import guards, patient
from ui.limits import Window
from ui.patient_words import WORDS

BODY_BYTES = 64 << 10
Found = TypeVar("Found")


class Misses:
    """Ten links or answers a minute that were wrong, for an address; then nobody is told anything for a while."""

    def __init__(self) -> None:
        self._of_address = Window(10, 60)

    def too_many(self, request: Request[Any, Any, Any]) -> bool:
        """Counts one more."""
        return self._of_address.wait(guards.client_address(request), time.monotonic()) > 0


class Visit:
    """Somebody with a link in hand. `gone` names the words of the page for a wrong, expired, locked or unknown one;
    `known` is the language of whom the link was for, once that is found. Reads: use it in a thread."""

    def __init__(self, request: Request[Any, Any, Any], house: House, state: State, token: str, gone: str) -> None:
        self.request, self.house, self.token = request, house, token
        self.known = ""
        self._gone = gone
        self._misses: Misses = state.setdefault("link_misses", Misses())

    def find(self, look: Callable[[Reading, str], Found | None]) -> Found | None:
        """What `look` finds behind the token."""
        with self.house.database.snapshot() as reading:
            found = look(reading, self.token)
        self.known = getattr(found, "language", "")
        return found

    def gone(self) -> Response[str]:
        """The one page for a link that opens nothing; it counts."""
        if self.too_many():
            return self.page("notice.html", status=429, notice="too_many", headers={"retry-after": "60"})
        return self.page("notice.html", status=404, notice=self._gone)

    def too_many(self) -> bool:
        """Counts a miss of this address; it had too many."""
        return self._misses.too_many(self.request)

    def page(self, template: str, **context: Any) -> Response[str]:
        """A page that no other site may frame."""
        policy = {"content-security-policy": patient.policy(self.house, "'none'")}
        headers = {**policy, **context.pop("headers", {})}
        shown = {"token": self.token, **context}
        return patient.page(self.request, self.house, template, headers=headers, known=self.known, **shown)

    @property
    def spoken(self) -> patient.Language:
        """The language of the page."""
        return patient.language(self.request, self.known)

    @property
    def words(self) -> dict[str, str]:
        """Ours in that language."""
        return WORDS[self.spoken]

    def moment(self, at: datetime) -> str:
        """A moment as the page says it."""
        return patient.moment(at, self.house.configuration.practice(), self.house.database.clock(), self.spoken)

    def promise(self) -> str:
        """By when we answer what is written here."""
        now, practice = self.house.database.clock(), self.house.configuration.practice()
        return patient.reply_promise(opening(practice, "webform", now), practice, now, self.spoken)


def read(request: Request[Any, Any, Any], body: bytes) -> dict[str, str]:
    """The fields of a posted form; none when it cannot be read."""
    try:
        return read_body(DoorRequest("", {"content-type": request.headers.get("content-type", "")}, body)).fields
    except Unparseable:
        return {}
