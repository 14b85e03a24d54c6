"""Every route, by who may come in: screens and API for staff, doors for providers and patients."""

from __future__ import annotations

from typing import Any

from ui import (
    acts,
    admin,
    board,
    conversations,
    explanations,
    forms,
    inbox,
    live_ticket,
    media,
    originals,
    palette,
    patients,
    presence,
    quarantine,
    reports,
    search,
    secure,
    survey,
    wall,
    webhooks,
    widget,
)
from ui.api import resources

SCREENS: list[Any] = [
    *inbox.HANDLERS,
    *conversations.HANDLERS,
    *explanations.HANDLERS,
    *acts.HANDLERS,
    *board.HANDLERS,
    *reports.HANDLERS,
    *patients.HANDLERS,
    *quarantine.HANDLERS,
    *originals.HANDLERS,
    *presence.HANDLERS,
    *admin.HANDLERS,
    *palette.HANDLERS,
    *search.HANDLERS,
    live_ticket.ticket,
]
API: list[Any] = [resources.API]
DOORS: list[Any] = [
    *forms.HANDLERS,
    *media.HANDLERS,
    *secure.HANDLERS,
    *survey.HANDLERS,
    *wall.HANDLERS,
    *widget.HANDLERS,
    *webhooks.HANDLERS,
]
