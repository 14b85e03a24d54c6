"""Journal lines in plain words, for people. Refuses nothing: a verb without words of its own is told by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDS = {
    "arrival.quarantined": "A message could not be understood and waits in quarantine",
    "arrival.replayed": "The arrival in quarantine was read again",
    "arrival.attached": "The arrival in quarantine was added by hand",
    "caller.verified": "The caller showed who they are",
    "caller.unverified": "The caller could not show who they are",
    "patient.returned": "The patient is back after half a year or more",
    "call.caller_known": "The caller became known",
    "call.abandoned": "The caller gave up waiting",
    "call.asked": "{to} was asked to take the call over",
    "call.busy": "The number was busy",
    "call.callback": "The caller asked to be called back",
    "call.connected": "A person answered the call",
    "call.declined": "Somebody left the call to others",
    "call.ended": "The call ended",
    "call.failed": "The call could not be made",
    "call.handed": "The call was handed over",
    "call.held": "The patient was put on hold",
    "call.lost": "The line to our person was lost: the caller waits again",
    "call.no_answer": "The patient did not pick up",
    "call.people_changed": "Who is on the call changed",
    "call.queued": "The caller waits for a person",
    "call.recorded": "The call was recorded",
    "call.released": "Whoever took the call could not answer it",
    "call.resumed": "The patient is off hold",
    "call.taken": "{to} takes the call",
    "call.waiting": "Nobody of the team took the call: it rings for others too",
    "call.withdrawn": "The colleague is asked no more",
    "call.wrapped": "The call was written up",
    "call.missed": "Nobody answered the call",
    "call.received": "A call came in",
    "call.voicemail": "A voicemail was left",
    "check_back.due": "Time to check back",
    "clock.breached": "The promise for the {metric} was missed",
    "clock.met": "The promise for the {metric} was kept",
    "clock.paused": "The promise for the {metric} is paused",
    "clock.resumed": "The promise for the {metric} runs again",
    "clock.started": "The promise for the {metric} began",
    "clock.warned": "The promise for the {metric} is close",
    "consent.granted": "Consent was given",
    "consent.revoked": "Consent was taken back",
    "contact.reassigned": "The address was marked as no longer theirs",
    "conversation.assigned": "Assigned to {to}",
    "conversation.closed": "Closed: {outcome}",
    "conversation.handed_over": "The chat goes on by text message, as the patient asked",
    "conversation.joined": "Another conversation was merged into this one",
    "conversation.merged": "Merged into another conversation",
    "conversation.moved": "Moved to another patient",
    "conversation.parted": "A conversation merged into this one was taken out again",
    "conversation.kept": "Kept from everybody who acts for the patient",
    "conversation.unkept": "No longer kept from those who act for the patient",
    "proxy.declined": "The writer was told that we cannot speak about it here",
    "conversation.split": "Some messages became a conversation of their own",
    "conversation.unmerged": "A conversation of its own again",
    "conversation.opened": "The conversation began",
    "conversation.read": "Read for the first time",
    "conversation.reclassified": "The reason or class changed",
    "conversation.reopened": "Reopened",
    "conversation.resumed": "It is the clinic's turn again",
    "conversation.routed": "Routed to {team}",
    "conversation.snoozed": "Snoozed",
    "delivery.failed": "A message could not be delivered",
    "delivery.unknown": "Nobody knows whether a message arrived",
    "escalation.acknowledged": "The escalation was answered",
    "escalation.climbed": "Nobody took it: raised to {who}, step {tier}",
    "escalation.paged": "Whoever is on call was told by text or mail, without the patient's name",
    "escalation.unpaged": "A page to whoever is on call could not be sent",
    "escalation.raised": "Raised to {who}, step {tier}",
    "answer.waived": "No answer is needed",
    "message.received": "A message came in",
    "next_step.planned": "The next step was set",
    "note.added": "A staff note was written",
    "priority.lowered": "Made less urgent",
    "priority.raised": "Made more urgent",
    "reason.corrected": "The reason was corrected",
    "contact.invalidated": "The address cannot be reached",
    "delivery.delayed": "The carrier says that delivery takes longer",
    "reply.delivered": "A reply was delivered",
    "reply.failed": "A reply failed for good",
    "reply.queued": "A reply was sent off",
    "reply.sent": "A reply left",
    "reply.undone": "A reply was taken back before it left",
    "secure.sent": "A secure message was sent",
    "secure.opened": "The patient opened the secure message",
    "secure.locked": "The secure message was locked after too many tries",
    "secure.failed": "Somebody failed to open the secure message",
    "glass.broken": "Looked at with a reason, beyond the role",
    "glass.ended": "The look with a reason ended",
    "glass.judged": "A look with a reason was judged",
    "snooze.ended": "The snooze ended",
    "survey.answered": "The patient answered how we did",
    "survey.asked": "The patient was asked how we did",
    "subject.merged": "The patient's record was merged into another",
    "subject.unmerged": "The patient's record is of its own again",
    "subject.confirmed": "The patient was confirmed",
    "subject.vouched": "The patient was confirmed by the clinic's site",
    "subject.unset": "It is about nobody we know",
}
_METRICS = {
    "read": "first look",
    "first_response": "first reply",
    "next_response": "next reply",
    "resolution": "resolution",
    "callback": "call back",
    "next_step": "next step",
    "update": "word in between",
}


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "the team" if key == "to" else "?"


def tell(verb: str, details: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """One line in plain words. `names` gives people's names by id; details hold ids and codes only."""
    words = _WORDS.get(verb)
    if words is None:
        noun, _, act = verb.partition(".")
        return f"{noun.replace('_', ' ').capitalize()} {act.replace('_', ' ')}".strip()
    return words.format_map(_facts(details, names))


def people_in(details: Mapping[str, Any]) -> list[int]:
    """The ids of people whose names `tell` will ask for."""
    return [details[key] for key in ("to", "to_id") if isinstance(details.get(key), int)]


_RECEIVERS = {
    "assignee": ("the owner", "the owner"),
    "team": ("the team", "of the team"),
    "supervisor": ("the supervisor", "supervisor"),
    "manager": ("the manager", "manager"),
    "on_call": ("whoever is on call", "on call"),
}


def _receiver(details: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """A person with the part they have in it ("Theo Banks, supervisor"), or the part alone."""
    alone, beside = _RECEIVERS.get(str(details.get("to")), ("somebody", ""))
    name = names.get(details["to_id"]) if isinstance(details.get("to_id"), int) else None
    return f"{name}, {beside}" if name else alone


def _facts(details: Mapping[str, Any], names: Mapping[int, str]) -> _Facts:
    facts = _Facts({key: str(value).replace("_", " ") for key, value in details.items() if value is not None})
    if isinstance(details.get("to"), int):
        facts["to"] = names.get(details["to"], "somebody")
    elif not isinstance(details.get("to"), str):
        facts.pop("to", None)
    facts["who"] = _receiver(details, names)
    if "metric" in details:
        facts["metric"] = _METRICS.get(details["metric"], facts["metric"])
    return facts
