"""Every resource of the API behind its gate."""

from __future__ import annotations

from typing import Any

from litestar import Router

from ui.acts import ACTS
from ui.api import arrivals, audit, board, conversations, duplicates, events, metrics, patients
from ui.api.acting import PROVIDE
from ui.api.gate import UNREADABLE, pace, refuse_unstorable

READS: list[Any] = [
    *conversations.HANDLERS,
    *patients.HANDLERS,
    *duplicates.HANDLERS,
    *board.HANDLERS,
    *metrics.HANDLERS,
    *audit.HANDLERS,
    *arrivals.HANDLERS,
    *events.HANDLERS,
]

API = Router(
    path="/",
    route_handlers=[*READS, *ACTS],
    guards=[pace, refuse_unstorable],
    dependencies=PROVIDE,
    exception_handlers=UNREADABLE,
)
