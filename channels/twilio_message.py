"""Twilio's message hooks as envelopes: what SMS, WhatsApp and Messenger have in common.

Pure. Refuses (Unparseable) a payload without an id or a sender.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import msgspec

from channels import twilio
from channels.envelope import Address, Attachment, ChannelKind, DoorRequest, Inbound, Outbound, Receipt, Unparseable

PREFIXES: dict[str, ChannelKind] = {"whatsapp": "whatsapp", "messenger": "social"}
_EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/amr": ".amr",
    "video/mp4": ".mp4",
    "video/3gpp": ".3gp",
    "application/pdf": ".pdf",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/plain": ".txt",
}
_OPT_OUTS: dict[str, Literal["stop", "start", "help"]] = {"STOP": "stop", "START": "start", "HELP": "help"}
_MEDIA_MOST = 30


def kind(request: DoorRequest) -> ChannelKind:
    """Which channel a message or status hook belongs to, by the prefix of its addresses; never raises."""
    fields = twilio.form(request.body)
    for name in ("From", "To", "Author"):
        prefix = fields.get(name, "").partition(":")[0]
        if prefix in PREFIXES:
            return PREFIXES[prefix]
    return "sms"


def parse(request: DoorRequest) -> Inbound:
    """A message in the words of the envelope; both the Messaging and the Conversations (onMessageAdded) hooks."""
    read = twilio.parse_form(request.body)
    fields = read.fields
    sender_field = "Author" if fields.get("EventType", "").startswith("onMessage") else "From"
    sid, sender = twilio.required(fields, "MessageSid", sender_field)
    _, line = split(fields.get("To", ""))
    channel, address = split(sender)
    if not address:
        raise Unparseable(f"no {sender_field}")
    return Inbound(
        channel=channel,
        external_id=sid,
        sender=Address("social" if channel == "social" else "phone", address),
        line=line or fields.get("MessagingServiceSid", ""),
        account=fields.get("AccountSid", ""),
        sender_name=fields.get("ProfileName", ""),
        at=_moment(fields.get("DateCreated", "")),
        text=fields.get("Body", ""),
        attachments=_media(fields) + _conversation_media(fields.get("Media", "")),
        in_reply_to=tuple(filter(None, [fields.get("OriginalRepliedMessageSid", "")])),
        opt_out=_OPT_OUTS.get(fields.get("OptOutType", "").upper()),
        defects=read.defects,
        details=_known(fields, {"MessagingServiceSid": "messaging_service"}),
    )


def parse_receipt(request: DoorRequest) -> Receipt:
    """A status callback. `attempt` is the `a` of the callback address; `at` is the carrier's time if it gave one."""
    fields = twilio.form(request.body)
    (sid,) = twilio.required({"MessageSid": fields.get("MessageSid") or fields.get("SmsSid", "")}, "MessageSid")
    status = fields.get("MessageStatus") or fields.get("SmsStatus", "")
    if not status:
        raise Unparseable("no MessageStatus")
    return Receipt(
        channel=kind(request),
        external_id=sid,
        status=status.lower(),
        code="" if fields.get("ErrorCode", "") == "0" else fields.get("ErrorCode", ""),
        attempt=attempt(request.url),
        at=_carrier_moment(fields.get("RawDlrDoneDate", "")),
        message=fields.get("ErrorMessage") or fields.get("ChannelStatusMessage", ""),
    )


def arrival_key(request: DoorRequest) -> str:
    """What makes a message hook the same arrival again: its MessageSid; the body's hash where that is missing."""
    return twilio.form(request.body).get("MessageSid") or body_key(request.body)


def receipt_key(request: DoorRequest) -> str:
    """(Sid, status, error code) of a status callback."""
    fields = twilio.form(request.body)
    sid = fields.get("MessageSid") or fields.get("SmsSid", "")
    status = fields.get("MessageStatus") or fields.get("SmsStatus", "")
    return f"{sid}:{status}:{fields.get('ErrorCode', '')}" if sid and status else body_key(request.body)


def body_key(body: bytes) -> str:
    """A key for an arrival that names none."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def attempt(url: str) -> str:
    """Our attempt id in a callback address, empty if it carries none."""
    try:
        return parse_qs(urlsplit(url).query).get("a", [""])[0]
    except ValueError:
        return ""


def callback_url(outbound: Outbound) -> str:
    """The status callback with the attempt id in `a`, by which an ambiguous send is settled."""
    parts = urlsplit(outbound.status_callback)
    if not outbound.status_callback or "a" in parse_qs(parts.query):
        return outbound.status_callback
    query = "&".join(filter(None, [parts.query, urlencode({"a": outbound.attempt})]))
    return urlunsplit(parts._replace(query=query))


def split(address: str) -> tuple[ChannelKind, str]:
    """`whatsapp:+1…` → ("whatsapp", "+1…"); an address without a known prefix is an SMS one."""
    prefix, colon, rest = address.partition(":")
    if colon and prefix in PREFIXES:
        return PREFIXES[prefix], rest.strip()
    return "sms", (rest if prefix == "rcs" else address).strip()


def _known(fields: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    return {ours: fields[theirs] for theirs, ours in names.items() if fields.get(theirs)}


def _media(fields: dict[str, str]) -> tuple[Attachment, ...]:
    """By the numbered fields, not by NumMedia: what was sent counts, whatever the counter says."""
    found = []
    for number in range(_MEDIA_MOST):
        url = fields.get(f"MediaUrl{number}", "")
        if url:
            content_type = fields.get(f"MediaContentType{number}", "") or "application/octet-stream"
            name = f"media-{number + 1}{_EXTENSIONS.get(content_type, '')}"
            found.append(Attachment(filename=name, content_type=content_type, url=url))
    return tuple(found)


class _ConversationMedia(msgspec.Struct):
    Sid: str
    Filename: str | None = None
    ContentType: str = "application/octet-stream"
    Size: int = 0


def _conversation_media(media: str) -> tuple[Attachment, ...]:
    """Conversations name media by Sid only; the address is looked up when it is fetched."""
    try:
        parts: Any = msgspec.json.decode(media, type=list[_ConversationMedia]) if media else []
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return (Attachment(filename="unreadable media", content_type="application/octet-stream"),)
    return tuple(
        Attachment(
            part.Filename or f"media{_EXTENSIONS.get(part.ContentType, '')}",
            part.ContentType,
            part.Size,
            content_id=part.Sid,
        )
        for part in parts[:_MEDIA_MOST]
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _carrier_moment(text: str) -> datetime | None:
    """RawDlrDoneDate is YYMMDDhhmm in UTC."""
    try:
        return datetime.strptime(text, "%y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None
