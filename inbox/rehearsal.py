"""Arrivals made up inside the house, for the demo and for training: what a door would have stored had a stranger sent
it. They go through `intake.store` like all others; refuses nothing, and needs no socket.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from channels import chat as channel_chat
from channels import twilio, webform
from channels.envelope import DoorRequest
from channels.form import CONTACT
from inbox import intake
from inbox.house import House
from inbox.intake import Arrived

#: A person needs at least this long to fill a form; what is faster is marked as a machine's.
TYPING = timedelta(seconds=40)
_FORM = {"content-type": "application/x-www-form-urlencoded"}


def message(house: House, fields: dict[str, str]) -> Arrived:
    """A message hook of the provider, signed."""
    return intake.message(house, _hook(house, "/in/twilio/messages", fields))


def call(house: House, step: str, fields: dict[str, str], query: dict[str, str] | None = None) -> Arrived:
    """One hook of a phone call, signed; `query` is what our own TwiML put into the hook's address."""
    path = f"/in/twilio/voice{'/' if step else ''}{step}{'?' if query else ''}{urlencode(query or {})}"
    return intake.call(house, _hook(house, path, fields), step)


def mail(house: House, raw: bytes) -> Arrived:
    """A raw mail."""
    return intake.mail(house, raw, f"{house.settings.public_url}/in/mail")


def form(house: House, answers: dict[str, str], *, now: datetime, language: str = "en") -> Arrived:
    """The contact form, filled by somebody who took a while; posted at `now`."""
    fields = answers | {webform.TOKEN_FIELD: webform.token(house.keys.form, now - TYPING)}
    url = f"{house.settings.public_url}/forms/{CONTACT.slug}?lang={language}"
    request = DoorRequest(url, _FORM, urlencode(fields).encode())
    return Arrived("webform", "webform", "webform", webform.arrival_key(request, CONTACT, now), request)


def chat(house: House, session: str, frame: dict[str, str]) -> Arrived:
    """One frame `{client_id, text, name?}` of a chat session (43 URL-safe characters)."""
    request = DoorRequest(
        f"{house.settings.public_url}/chat/live",
        {"x-chat-session": session},
        msgspec.json.encode(frame),
        method="GET",
    )
    return Arrived("chat", "chat", "chat", channel_chat.arrival_key(request, session), request)


def _hook(house: House, path: str, fields: dict[str, str]) -> DoorRequest:
    url = house.settings.public_url + path
    signed = twilio.sign(url, fields.items(), house.twilio.tokens[0]) if house.twilio.tokens else ""
    return DoorRequest(url, _FORM | {"x-twilio-signature": signed}, urlencode(fields).encode())
