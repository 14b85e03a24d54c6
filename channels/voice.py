"""Phone calls through Twilio: hooks as call events, and their dedupe keys. What is said to callers is in `twiml`.

Pure. Refuses (Unparseable) a hook without a CallSid; a withheld number is no sender at all.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit

from channels import twilio
from channels.envelope import Address, CallEvent, DoorRequest, Outbound, Receipt, SendFailed, Sent, Unparseable
from channels.twilio import Account
from channels.twilio import verify as verify  # the same door serves every Twilio kind
from channels.twilio_message import body_key
from channels.twiml import CallState, VoiceMenu, pressed, state_of

#: What Twilio puts in From where the caller withheld the number (+266696687 spells ANONYMOUS). Never an identity key.
WITHHELD = frozenset(
    {"+266696687", "266696687", "+86282452253", "+7378742833", "+2562533", "+8656696", "+464", ""}
    | {"anonymous", "restricted", "unknown", "unavailable", "blocked", "private"}
)
Kind = Literal["ringing", "menu", "queued", "left", "voicemail", "recording", "transcription", "ended", "answered"]
_STEPS: dict[str, Kind] = {
    "": "ringing",
    "menu": "menu",
    "wait": "queued",
    "callback": "left",
    "left": "left",
    "voicemail": "voicemail",
    "recording": "recording",
    "transcription": "transcription",
    "whisper": "answered",
    "fallback": "ringing",
}
_ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_TELLING = (
    "TranscriptionSid",
    "RecordingSid",
    "RecordingStatus",
    "SequenceNumber",
    "QueueTime",
    "Digits",
    "CallStatus",
)
_NUMBER = re.compile(r"\+?[0-9]{3,15}")


def parse(request: DoorRequest, step: str = "", menu: VoiceMenu | None = None) -> CallEvent:
    """One hook of a call; `step` is the last part of the door's path ("" where the call arrives, "status" for call
    status). `menu` turns the pressed digit into the reason it stands for. `seconds` is the recording's or the call's.
    """
    fields = twilio.form(request.body)
    (call_sid,) = twilio.required(fields, "CallSid")
    outbound = fields.get("Direction", "inbound").startswith("outbound")
    theirs, ours = ("To", "From") if outbound else ("From", "To")
    kind = _kind(step, fields)
    state = _state(request, step, menu, fields.get("Digits", ""))
    recorded = fields.get("RecordingStatus", "completed") == "completed"
    return CallEvent(
        call_sid=call_sid,
        kind=kind,
        sender=_caller(fields.get(theirs, "")),
        line=fields.get(ours, ""),
        account=fields.get("AccountSid", ""),
        at=_moment(fields.get("Timestamp") or fields.get("RecordingStartTime", "")),
        digits=fields.get("Digits", ""),
        status=_status(kind, fields),
        seconds=_seconds(fields, kind),
        recording_url=fields.get("RecordingUrl", "") if recorded else "",
        recording_sid=fields.get("RecordingSid", ""),
        transcript=fields.get("TranscriptionText") or fields.get("SpeechResult", ""),
        transcript_ok=fields.get("TranscriptionStatus", "completed") == "completed",
        language=state.language,
        chosen_reason=state.reason,
        recording_refused=not state.recorded,
        direction="outbound" if outbound else "inbound",
        caller_verified=_verified(fields.get("StirVerstat", "")),
    )


def parse_receipt(request: DoorRequest) -> Receipt:
    """The status of a call as a receipt, for a call that we placed."""
    event = parse(request, "status")
    if not event.status:
        raise Unparseable("no CallStatus")
    return Receipt(channel="voice", external_id=event.call_sid, status=event.status, at=event.at)


def dedupe_key(request: DoorRequest, step: str = "") -> str:
    """(CallSid, step, what makes this hook differ from the call's others at that step)."""
    fields = twilio.form(request.body)
    if not fields.get("CallSid"):
        return body_key(request.body)
    names = (
        "TranscriptionSid",
        "RecordingSid",
        "RecordingStatus",
        "SequenceNumber",
        "QueueTime",
        "Digits",
        "CallStatus",
    )
    said = "|".join(fields.get(name, "") for name in names) + "?" + urlsplit(request.url).query
    return f"{fields['CallSid']}:{step or 'answer'}:{hashlib.sha256(said.encode()).hexdigest()[:16]}"


async def send(outbound: Outbound, account: Account) -> Sent:
    """Words are not sent by voice: SendFailed(permanent). Calls are returned by people."""
    raise SendFailed("A call is answered by calling back.", permanent=True)


def _kind(step: str, fields: dict[str, str]) -> Kind:
    if step in _STEPS:
        return _STEPS[step]
    status = fields.get("CallStatus", "")
    if status in _ENDED:
        return "ended"
    return "answered" if status == "in-progress" else "ringing"


def _state(request: DoorRequest, step: str, menu: VoiceMenu | None, digits: str) -> CallState:
    state = state_of(request.url)
    return pressed(menu, state, digits) if menu and step == "menu" else state


def _caller(value: str) -> Address | None:
    if value.strip().lower() in WITHHELD or not _NUMBER.fullmatch(value.strip()):
        return None
    return Address("phone", value.strip())


def _status(kind: Kind, fields: dict[str, str]) -> str:
    named = {"recording": "RecordingStatus", "transcription": "TranscriptionStatus", "left": "QueueResult"}
    return fields.get(named.get(kind, "CallStatus")) or fields.get("CallStatus", "")


def _seconds(fields: dict[str, str], kind: Kind) -> int | None:
    """`Duration` is in minutes, `CallDuration` in seconds: only the latter is read."""
    names = ("RecordingDuration", "CallDuration", "QueueTime")
    text = next((fields[name] for name in names if fields.get(name)), "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _verified(stir: str) -> bool | None:
    """True only for full attestation (A): lesser ones say nothing about the number itself."""
    if stir.startswith("TN-Validation-Passed-A"):
        return True
    return False if stir.startswith("TN-Validation-Failed") else None


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
