"""Every route, by who may come in: screens and API for staff, doors for providers and patients."""

from __future__ import annotations

from typing import Any

from ui import forms, widget

SCREENS: list[Any] = []
API: list[Any] = []
DOORS: list[Any] = [*forms.HANDLERS, *widget.HANDLERS]
