"""The test bench of the rules: what would become of these words, and why. Sends nothing and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import routing_rules
from inbox.actors import Actor
from inbox.errors import Invalid, NotFound
from inbox.practice import Practice, calendar_of, policies_of
from inbox.store import effect as store
from inbox.store.database import Reading
from routing import rules
from routing.classify import Score, classify, scores
from routing.reasons import of
from routing.rules import Rules, Step
from slas.hours import NeverOpen
from slas.policies import choose, due

LONGEST = 5_000
PAST = 20


class Asked(msgspec.Struct, frozen=True):
    """What is tried: the words, and how they would come in."""

    text: str
    channel: str = "sms"
    line: str = ""
    language: str = ""


class Promise(msgspec.Struct, frozen=True):
    """One clock that would start, and which policy makes it; no moment where the calendar never opens."""

    metric: str
    due_at: datetime | None
    because: str


class Trial(msgspec.Struct, frozen=True):
    """What came of it. `pieces` are the words in order, each with whether it mattered."""

    pieces: tuple[tuple[str, bool], ...]
    language: str
    reason: str
    reason_label: str
    unclassified: bool
    priority: int
    team: str
    skills: tuple[str, ...]
    flags: tuple[str, ...]
    steps: tuple[Step, ...]
    never_relaxed: bool
    scores: tuple[Score, ...]
    promises: tuple[Promise, ...]


class Past(msgspec.Struct, frozen=True):
    """A patient's message that may be tried."""

    id: int
    conversation_id: int
    patient_id: int | None
    channel: str
    line: str
    language: str
    at: datetime
    text: str


def run(asked: Asked, ordered: Rules, clinic: Practice, *, now: datetime, own: str = "") -> Trial:
    """The verdict, each rule's word on it, and the clocks. Raises Invalid for no words or too many."""
    if not asked.text.strip() or len(asked.text) > LONGEST:
        raise Invalid(fields={"text": f"1 to {LONGEST:,} characters"})
    verdict = classify(asked.text, channel=asked.channel, language=asked.language, own=own)
    facts = routing_rules.facts_of(verdict, clinic, channel=asked.channel, line=asked.line)
    routed = rules.apply(ordered, facts)
    found = scores(asked.text)
    matched = [one.matched for one in found if one.reason in verdict.reasons]
    matched += [flag.matched for flag in verdict.red_flags]
    return Trial(
        pieces=tuple(_pieces(asked.text, matched)),
        language=verdict.language,
        reason=verdict.reason,
        reason_label=of(verdict.reason).en,
        unclassified=verdict.unclassified,
        priority=min(routed.priority, verdict.priority),
        team=routed.team,
        skills=routed.skills,
        flags=tuple(flag.kind for flag in verdict.red_flags),
        steps=rules.steps(ordered, facts),
        never_relaxed=any(line.startswith("never relaxed") for line in routed.trace),
        scores=found[:4],
        promises=_promises(clinic, verdict.reason, routed.priority, asked.channel, now),
    )


def past(reading: Reading, *, actor: Actor, message_id: int | None = None) -> tuple[Past, ...]:
    """The newest messages in the actor's sight, or the one asked for. Raises NotFound."""
    found = tuple(_past(row) for row in store.past_messages(reading, actor, PAST, message_id))
    if message_id is not None and not found:
        raise NotFound("There is no such message.")
    return found


def _promises(clinic: Practice, reason: str, priority: int, channel: str, now: datetime) -> tuple[Promise, ...]:
    chosen = choose(policies_of(clinic), reason=reason, priority=priority, channel=channel)
    wanted = ("read", "first_response", "resolution")
    found = {target.metric: (target, why) for target, why in zip(chosen.targets, chosen.because, strict=True)}
    return tuple(
        Promise(metric, _due(found[metric][0], clinic, now), found[metric][1]) for metric in wanted if metric in found
    )


def _due(target: Any, clinic: Practice, now: datetime) -> datetime | None:
    try:
        return due(target, calendar_of(clinic), now)
    except NeverOpen:
        return None


def _pieces(text: str, matched: Iterable[str]) -> Iterable[tuple[str, bool]]:
    phrases = sorted({phrase for phrase in matched if phrase.strip()}, key=len, reverse=True)
    if not phrases:
        return [(text, False)]
    found = re.split(f"({'|'.join(re.escape(phrase) for phrase in phrases)})", text, flags=re.IGNORECASE)
    return [(part, place % 2 == 1) for place, part in enumerate(found) if part]


def _past(row: Row[Any]) -> Past:
    words = "\n".join(part for part in (row.subject, row.reply_text or row.body) if part)
    return Past(row.id, row.conversation_id, row.subject_patient_id, row.channel, row.line, row.language, row.at, words)
