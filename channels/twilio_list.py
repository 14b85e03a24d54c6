"""What the provider's lists say of messages and calls, as the hooks that would have brought them: whoever was down
reads the list and goes on as if nothing had happened.

Refuses to invent: a listed item carries what its hook carries, as far as the list knows it.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Any

import msgspec

from channels.twilio import Account
from channels.twilio_rest import ProviderMessage, asked, connected, list_messages

Form = dict[str, str]
#: A call in one of these is over.
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class ProviderCall(msgspec.Struct, frozen=True):
    """A call as the provider lists it. `seconds` is None where it never began."""

    sid: str
    direction: str
    sender: str
    to: str
    status: str
    seconds: int | None
    started_at: datetime | None
    ended_at: datetime | None


class Listed(msgspec.Struct, frozen=True):
    """What a number of ours got and sent since a moment, newest first."""

    came: tuple[ProviderMessage, ...]
    went: tuple[ProviderMessage, ...]
    calls: tuple[ProviderCall, ...]


async def since(account: Account, number: str, moment: datetime) -> Listed:
    """Texts, WhatsApp messages and calls of one number. SendFailed when the provider cannot be asked."""
    came: list[ProviderMessage] = []
    went: list[ProviderMessage] = []
    for address in (number, f"whatsapp:{number}"):
        came += await list_messages(account, to=address, sent_after=moment, most=None)
        went += await list_messages(account, sender=address, sent_after=moment, most=None)
    inbound = tuple(one for one in came if one.direction == "inbound")
    outbound = tuple(one for one in went if one.direction.startswith("outbound"))
    return Listed(inbound, outbound, tuple(await _calls(account, number, moment)))


async def media(account: Account, message_sid: str) -> list[tuple[str, str]]:
    """(address, media type) of each file of a message."""
    async with connected(account) as (client, wire):
        found = await asked(client.messages(message_sid).media.list_async(), wire)
    base = account.api_url or "https://api.twilio.com"
    return [(base + str(one.uri).removesuffix(".json"), str(one.content_type or "")) for one in found]


async def voicemail(account: Account, call_sid: str) -> Form | None:
    """The hook of a call's newest recording; None where nothing was recorded."""
    async with connected(account) as (client, wire):
        found = await asked(client.calls(call_sid).recordings.list_async(limit=1), wire)
    if not found:
        return None
    (one,) = found
    base = account.api_url or "https://api.twilio.com"
    said = {"RecordingSid": str(one.sid), "RecordingDuration": str(one.duration or ""), "RecordingStatus": "completed"}
    return {
        "AccountSid": account.account_sid,
        "CallSid": call_sid,
        "RecordingUrl": base + str(one.uri).removesuffix(".json"),
        **said,
    }


async def approval(account: Account, content_sid: str) -> str:
    """How WhatsApp judges a template: approved, pending, rejected, paused, unsubmitted…; "" where it says nothing."""
    async with connected(account) as (client, wire):
        found = await asked(client.content.v1.contents(content_sid).approval_fetch().fetch_async(), wire)
    return str((found.whatsapp or {}).get("status") or "").lower()


def message_hook(account: Account, message: ProviderMessage, files: list[tuple[str, str]]) -> Form:
    """The message as its webhook."""
    form = {
        "AccountSid": account.account_sid,
        "MessageSid": message.external_id,
        "From": message.sender,
        "To": message.to,
        "Body": message.text,
        "NumMedia": str(len(files)),
        "DateCreated": message.created_at.isoformat() if message.created_at else "",
    }
    for number, (url, kind) in enumerate(files):
        form |= {f"MediaUrl{number}": url, f"MediaContentType{number}": kind}
    return form


def status_hook(account: Account, message: ProviderMessage) -> Form:
    """What became of a message of ours, as its status callback."""
    return {
        "AccountSid": account.account_sid,
        "MessageSid": message.external_id,
        "MessageStatus": message.status,
        "ErrorCode": message.code,
        "From": message.sender,
        "To": message.to,
    }


def call_hooks(account: Account, call: ProviderCall) -> tuple[Form, Form]:
    """A call that came and is over: the hook when it rang, and its last status."""
    base = {
        "AccountSid": account.account_sid,
        "CallSid": call.sid,
        "From": call.sender,
        "To": call.to,
        "Direction": "inbound",
    }
    rang = base | {"CallStatus": "ringing", "Timestamp": _rfc2822(call.started_at)}
    ended = base | {"CallStatus": call.status, "CallDuration": str(call.seconds or 0)}
    return rang, ended | {"Timestamp": _rfc2822(call.ended_at)}


async def _calls(account: Account, number: str, moment: datetime) -> list[ProviderCall]:
    async with connected(account) as (client, wire):
        found = await asked(client.calls.list_async(to=number, start_time_after=moment), wire)
    return [_call(one) for one in found if one.direction == "inbound" and one.status in OVER]


def _call(call: Any) -> ProviderCall:
    return ProviderCall(
        sid=str(call.sid),
        direction=str(call.direction or ""),
        sender=str(call._from or ""),  # the SDK calls it so
        to=str(call.to or ""),
        status=str(call.status or ""),
        seconds=int(call.duration) if call.duration else None,
        started_at=call.start_time or call.date_created,
        ended_at=call.end_time,
    )


def _rfc2822(moment: datetime | None) -> str:
    return format_datetime(moment) if moment else ""
