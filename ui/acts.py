"""What a person does from a screen: the same handlers as the API's, under the screens' own addresses.

JSON in; 204 out, since the change itself reaches every screen through the socket.
"""

from __future__ import annotations

from typing import Any

from litestar import Router

from ui.api import (
    arrivals,
    assignments,
    availability,
    bulks,
    calls,
    checks,
    closures,
    drafts,
    duplicates,
    escalations,
    glasses,
    moves,
    next_steps,
    notes,
    persons,
    preferences,
    replies,
    saved_views,
    snoozes,
    subjects,
    templates,
    uploads,
)
from ui.api.acting import PROVIDE
from ui.api.gate import UNREADABLE

ACTS: list[Any] = [
    *replies.ACTS,
    *notes.ACTS,
    *drafts.ACTS,
    *checks.ACTS,
    *templates.ACTS,
    *uploads.ACTS,
    *assignments.ACTS,
    *next_steps.ACTS,
    *snoozes.ACTS,
    *escalations.ACTS,
    *glasses.ACTS,
    *closures.ACTS,
    *subjects.ACTS,
    *moves.ACTS,
    *persons.ACTS,
    *duplicates.ACTS,
    *availability.ACTS,
    *preferences.ACTS,
    *arrivals.ACTS,
    *bulks.ACTS,
    *saved_views.ACTS,
    *calls.ACTS,
]

HANDLERS: list[Any] = [
    Router(
        path="/",
        route_handlers=ACTS,
        dependencies=PROVIDE,
        exception_handlers=UNREADABLE,
    )
]
