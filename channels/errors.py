"""A provider's error code in plain words, with what a person can do about it.

Never quotes the provider's own text: that may hold a number or the message itself.
"""

from __future__ import annotations

from typing import Literal

#: What a code asks of us besides telling people.
Consequence = Literal["opted_out", "bad_address", "other_channel", "template", "rate", "admin", "author", "quiet"]

_CODES: dict[str, tuple[Consequence, str]] = {
    "13617": ("author", "The recording was too short or too long to be transcribed; please listen to it."),
    "20003": ("admin", "The provider refused our account's credentials."),
    "20429": ("rate", "The provider asks us to send more slowly; it is tried again."),
    "21211": ("bad_address", "This is not a valid phone number."),
    "21408": ("admin", "Our account may not send to this country."),
    "21606": ("admin", "Our own number cannot send this kind of message."),
    "21610": ("opted_out", "The recipient has opted out of messages from this number."),
    "21611": ("rate", "Too many messages wait at this number; it is tried again."),
    "21612": ("bad_address", "This number cannot be reached from ours."),
    "21614": ("bad_address", "This number cannot receive text messages."),
    "21617": ("author", "The message is longer than 1,600 characters."),
    "21623": ("author", "A message can hold at most 10 files."),
    "21656": ("author", "The template's variables are not valid."),
    "30001": ("rate", "The provider's queue was full."),
    "30002": ("admin", "The provider has suspended our account."),
    "30003": ("other_channel", "The phone is switched off or out of reach."),
    "30004": ("other_channel", "The recipient or the carrier blocks our messages."),
    "30005": ("bad_address", "This number is unknown or no longer in service."),
    "30006": ("bad_address", "This is a landline or a carrier that takes no text messages."),
    "30007": ("admin", "The carrier filtered the message as unwanted."),
    "30008": ("other_channel", "The carrier gave no reason for the failure."),
    "30034": ("admin", "Our number is not registered for business messages (A2P 10DLC)."),
    "30410": ("other_channel", "The carrier took too long to answer."),
    "30610": ("quiet", "The provider moved the message out of the recipient's quiet hours."),
    "30640": ("quiet", "The provider's compliance list forbids messages to this number."),
    "63003": ("bad_address", "This number is not on WhatsApp."),
    "63016": ("template", "The 24-hour WhatsApp window is closed: only an approved template can be sent."),
    "63018": ("rate", "WhatsApp asks us to send more slowly; it is tried again."),
    "63021": ("template", "The WhatsApp template is invalid or longer than 1,024 characters."),
    "63024": ("bad_address", "This recipient cannot be reached on WhatsApp."),
}


def explain(code: str) -> str:
    """Why a message was not delivered, in a sentence for staff; an unknown code is named."""
    if code in _CODES:
        return _CODES[code][1]
    return f"The provider refused the message (code {code})." if code else "The provider refused the message."


def consequence(code: str) -> Consequence | None:
    """What the code asks for: record an opt-out, mark the address, offer another channel, call the admin…"""
    return _CODES[code][0] if code in _CODES else None
