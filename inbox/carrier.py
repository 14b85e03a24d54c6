"""Whether a channel is carried by a provider or by the demo's pretended one."""

from __future__ import annotations

from inbox.settings import DEMO_ACCOUNT_SID, Settings

SANDBOXED = frozenset({"sms", "whatsapp", "social", "mail"})
#: What Twilio carries for us.
TEXTED = frozenset({"sms", "whatsapp", "social"})


def is_pretended(settings: Settings, channel: str) -> bool:
    """The demo's sandbox takes what would leave by this channel."""
    if not settings.is_demo or channel not in SANDBOXED:
        return False
    if channel == "mail":
        return not settings.smtp_url
    return settings.twilio_account_sid == DEMO_ACCOUNT_SID and not settings.twilio_api_url


def can_be_asked(settings: Settings) -> bool:
    """There is a real account whose lists can be read."""
    known = bool(settings.twilio_account_sid and settings.twilio_auth_token)
    return known and not is_pretended(settings, "sms")
