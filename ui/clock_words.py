"""What a clock's ledger says, in plain words. No logic beyond looking up."""

from __future__ import annotations

from ui.words import plain

KINDS = {
    "start": "The promise began",
    "pause": "Paused",
    "resume": "Runs again",
    "meet": "Kept",
    "breach": "Missed",
    "stop": "No longer owed",
}
CAUSES = {
    "message.received": "the patient wrote",
    "message.acknowledged": "the patient wrote a bare thanks",
    "conversation.read": "a person read it",
    "reply.queued": "a person answered",
    "reply.failed": "the answer could not be delivered",
    "reply.undone": "the answer was taken back before it left",
    "answer.not_owed": "a person said that no answer is needed",
    "conversation.waiting": "the patient owes the next step",
    "conversation.opened": "it is the clinic's turn",
    "conversation.closed": "it was closed",
    "conversation.reopened": "it was opened again",
    "conversation.spam": "it is spam",
    "conversation.duplicate": "it is a duplicate",
    "conversation.merged": "it went into another conversation",
    "call.answered": "a call was connected",
    "call.missed": "a call was missed",
    "call.voicemail": "a voicemail was left",
    "callback.tried": "tried at three times of day",
    "deadline.passed": "the deadline passed",
    "priority.raised": "it became more urgent",
    "priority.lowered": "a person made it less urgent",
    "policy.changed": "the clinic changed its policy",
    "reason.corrected": "a person corrected the reason",
}
STATES = {
    "running": "still owed",
    "paused": "paused while the patient owes the next step",
    "met": "kept",
    "breached": "missed",
    "stopped": "no longer owed",
}


def ledger_kind(code: str) -> str:
    """What a kind of ledger line says."""
    return KINDS.get(code, plain(code))


def ledger_cause(code: str) -> str:
    """Why a line was written."""
    return CAUSES.get(code, plain(code).lower())


def clock_state(code: str) -> str:
    """Where a clock stands."""
    return STATES.get(code, plain(code).lower())
