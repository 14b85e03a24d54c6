"""Phone calls through Twilio: hooks as call events, and their dedupe keys. What is said to callers is in `twiml`.

Pure. Refuses (Unparseable) a hook without a CallSid; a withheld number is no sender at all.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels import twilio
from channels.envelope import Address, CallEvent, DoorRequest, Outbound, Receipt, SendFailed, Sent, Unparseable
from channels.twilio import Account
from channels.twilio import verify as verify  # the same door serves every Twilio kind
from channels.twilio_message import body_key
from channels.twiml import CallState, VoiceMenu, pressed, state_of
from channels.twiml_legs import CONFERENCE, TAKE

Kind = Any  # one of the words of `CallEvent.kind`
#: What Twilio puts in From where the caller withheld the number (+266696687 spells ANONYMOUS). Never an identity key.
WITHHELD = frozenset(
    {"+266696687", "266696687", "+86282452253", "+7378742833", "+2562533", "+8656696", "+464", ""}
    | {"anonymous", "restricted", "unknown", "unavailable", "blocked", "private"}
)
_STEPS: dict[str, Kind] = {
    "": "ringing",
    "menu": "menu",
    "wait": "queued",
    "callback": "noted",
    "left": "left",
    "voicemail": "voicemail",
    "recording": "recording",
    "transcription": "transcription",
    "fallback": "ringing",
    "bridge": "noted",
    "agent": "noted",
    "callee": "noted",
    "hold": "noted",
    "parted": "parted",
    "recorded": "recorded",
}
_ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_CONFERENCE: dict[str, Kind] = {"participant-join": "joined", "participant-leave": "parted"}
_TELLING = (
    "TranscriptionSid",
    "RecordingSid",
    "RecordingStatus",
    "SequenceNumber",
    "QueueTime",
    "QueueResult",
    "Digits",
    "CallStatus",
    "StatusCallbackEvent",
    "ParticipantLabel",
)
_NUMBER = re.compile(r"\+?[0-9]{3,15}")


def parse(request: DoorRequest, step: str = "", menu: VoiceMenu | None = None) -> CallEvent:
    """One hook of a call; `step` is the last part of the door's path ("" where the call arrives, "status" for call
    status). `menu` turns the pressed digit into the reason it stands for. `seconds` is the recording's or the call's.
    """
    fields = twilio.form(request.body)
    known = call_id_of(request.url, fields)
    call_sid = fields.get("CallSid", "") if known else twilio.required(fields, "CallSid")[0]
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
        call_id=known,
        take=take_of(request.url, fields),
        conference=fields.get("ConferenceSid", ""),
    )


def call_id_of(url: str, fields: dict[str, str]) -> int:
    """Our own number of the call: of the address, of the conference's name, or as our own screen said it; else 0."""
    named = fields.get("FriendlyName", "").removeprefix(CONFERENCE)
    return _whole(_query(url, "k") or named or fields.get("call", ""))


def take_of(url: str, fields: dict[str, str]) -> int:
    """Whose leg a hook is about: of the address, of the participant's label, or as our own screen said it; else 0."""
    named = fields.get("ParticipantLabel", "").removeprefix(TAKE)
    return _whole(_query(url, "t") or named or fields.get("take", ""))


def parse_receipt(request: DoorRequest) -> Receipt:
    """The status of a call as a receipt, for a call that we placed."""
    event = parse(request, "status")
    if not event.status:
        raise Unparseable("no CallStatus")
    return Receipt(channel="voice", external_id=event.call_sid, status=event.status, at=event.at)


def dedupe_key(request: DoorRequest, step: str = "") -> str:
    """(CallSid, step, what makes this hook differ from the call's others at that step)."""
    fields = twilio.form(request.body)
    call = fields.get("CallSid") or fields.get("ConferenceSid")
    if not call:
        return body_key(request.body)
    said = "|".join(fields.get(name, "") for name in _TELLING) + "?" + urlsplit(request.url).query
    return f"{call}:{step or 'answer'}:{hashlib.sha256(said.encode()).hexdigest()[:16]}"


async def send(outbound: Outbound, account: Account) -> Sent:
    """Words are not sent by voice: SendFailed(permanent). Calls are returned by people."""
    raise SendFailed("A call is answered by calling back.", permanent=True)


def _kind(step: str, fields: dict[str, str]) -> Kind:
    if step in _STEPS:
        return _STEPS[step]
    if step == "conference":
        return _CONFERENCE.get(fields.get("StatusCallbackEvent", ""), "noted")
    over = fields.get("CallStatus", "") in _ENDED
    if step == "leg":
        return "parted" if over else "noted"
    # that our own menu picked up (in-progress) is nobody's answer
    return "ended" if over else "ringing" if fields.get("CallStatus") != "in-progress" else "noted"


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


def _query(url: str, name: str) -> str:
    try:
        return parse_qs(urlsplit(url).query).get(name, [""])[0]
    except ValueError:
        return ""


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


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
