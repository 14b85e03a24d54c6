"""The pretend carrier's part in a call: nobody speaks, but the hooks come as Twilio would post them. Pure; says which
hooks follow what our people do. Numbers that end in 0003 are never answered.
"""

from __future__ import annotations

import hashlib

import msgspec

from channels.twiml_legs import CONFERENCE, PATIENT, TAKE


class Hook(msgspec.Struct, frozen=True):
    """A hook to post `after` seconds: the step of the voice door, its query and its form."""

    step: str
    query: dict[str, str]
    fields: dict[str, str]
    after: float = 0.0


def call_sid(call_id: int, name: str) -> str:
    """`CA…` and 32 hexadecimal digits, the same for the same leg."""
    return "CA" + hashlib.sha256(f"{call_id}/{name}".encode()).hexdigest()[:32]


def joins(call_id: int, label: str, sid: str, after: float = 0.0) -> Hook:
    """Somebody is on the line."""
    return _of_conference(call_id, label, sid, "participant-join", after)


def parts(call_id: int, label: str, sid: str) -> Hook:
    """Somebody left it."""
    return _of_conference(call_id, label, sid, "participant-leave", 0.0)


def rings(call_id: int, to: str, line: str, sid: str) -> list[Hook]:
    """A patient is called: they pick up after some seconds, or never."""
    if to.endswith("0003"):
        return [ends(call_id, sid, "no-answer", 0, outbound=(to, line), after=5.0)]
    return [joins(call_id, PATIENT, sid, 3.0)]


def ends(
    call_id: int, sid: str, status: str, seconds: int, *, outbound: tuple[str, str] | None = None, after: float = 0.0
) -> Hook:
    """The patient's leg is over; `outbound` (their number, our line) where we called."""
    fields = {"CallSid": sid, "CallStatus": status, "CallDuration": str(seconds), "SequenceNumber": "3"}
    if outbound:
        fields |= {"Direction": "outbound-api", "To": outbound[0], "From": outbound[1]}
    return Hook("status", {"k": str(call_id)}, fields, after)


def take_label(take: int) -> str:
    """What the leg of this take is called."""
    return f"{TAKE}{take}"


def _of_conference(call_id: int, label: str, sid: str, event: str, after: float) -> Hook:
    conference = "CF" + hashlib.sha256(str(call_id).encode()).hexdigest()[:32]
    named = {"ConferenceSid": conference, "FriendlyName": f"{CONFERENCE}{call_id}", "CallSid": sid}
    fields = named | {"StatusCallbackEvent": event, "ParticipantLabel": label}
    return Hook("conference", {"k": str(call_id)}, fields, after)
