"""The registry of channels: kind → module, imported on first use so that `import channels` costs nothing.

A channel module offers `verify`, `parse`, `parse_receipt` (sync, pure) and `send` (async). Refuses unknown
kinds.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

KINDS: dict[str, str] = {
    "sms": "channels.sms",
    "whatsapp": "channels.whatsapp",
    "voice": "channels.voice",
    "mail": "channels.mail",
    "webform": "channels.webform",
    "chat": "channels.chat",
    "social": "channels.social",
    "sandbox": "channels.sandbox",
}


def module(kind: str) -> ModuleType:
    """The module that speaks `kind`; KeyError for a kind nobody registered."""
    return import_module(KINDS[kind])
