"""Why a clock is red, and why a conversation is here: pieces for the dialog of an open conversation."""

from __future__ import annotations

import re
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from inbox import explanation
from inbox.house import House
from inbox.store import journal
from ui import clock_words
from ui.guards import Caller
from ui.screen import AnyRequest, note_access, show


@get("/conversations/{conversation_id:int}/explanation", sync_to_thread=True)
def explain(
    request: AnyRequest,
    conversation_id: FromPath[int],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    of: FromQuery[str] = "",
) -> Response[str]:
    """`of` a metric: its ledger. Without it: the rules, the words that matched and who could have it."""
    asked: dict[str, Any] = {"actor": caller.actor, "conversation_id": conversation_id}
    practice = house.configuration.practice()
    with house.database.snapshot() as reading:
        now, seq = reading.now, journal.head(reading.connection)
        told: dict[str, Any] = (
            {"promise": explanation.of_clock(reading, practice, metric=of, **asked), "place": None}
            if of
            else {"promise": None, "place": explanation.of_place(reading, at=practice.rules, **asked)}
        )
    if told["place"]:
        told["marked"] = marked(told["place"].text, told["place"].words)
        seen: dict[str, Any] = {"object": "conversation", "object_id": conversation_id, "how": "opened"}
        about = told["place"].patient_id
        note_access(request, house, caller, **seen, patient_id=about, conversation_id=conversation_id)
    return show(request, house, caller, "fragments/explanation.html", now=now, seq=seq, told=clock_words, **told)


def marked(text: str, words: tuple[str, ...]) -> list[tuple[str, bool]]:
    """The text in parts, each with whether it is one of the words; longer words win."""
    if not words:
        return [(text, False)]
    found = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)), re.IGNORECASE)
    parts, at = [], 0
    for match in found.finditer(text):
        parts += [(text[at : match.start()], False), (match[0], True)]
        at = match.end()
    return [part for part in [*parts, (text[at:], False)] if part[0]]


HANDLERS = [explain]
