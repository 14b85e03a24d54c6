"""What changed rules would have done to the requests of the last days: each first message is judged again and goes
through both rule sets. Changes nothing: no conversation, clock or message is touched (requirement N19).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import configuration, practice, red_flags, routing_rules
from inbox.actors import Actor, Permission, Vis, can_see, may
from inbox.errors import Forbidden, Invalid, NotFound
from inbox.house import House
from inbox.practice import Practice
from inbox.store import effect as store
from inbox.store import jobs
from inbox.store.database import Reading, Transaction
from inbox.store.jobs import Job, TakenOver
from routing import rules
from routing.classify import classify
from routing.rules import Rules
from slas.policies import choose

DAYS, LONGEST = 30, 366
#: So many conversations are judged in one go: about a quarter of a second.
CHUNK = 200
#: So many changes are listed; all are counted.
LISTED = 200


class Outcome(msgspec.Struct, frozen=True):
    """Where one rule set sends a request; `first_response` is the promise in seconds or, below zero, business days."""

    team: str
    priority: int
    skills: tuple[str, ...] = ()
    first_response: int | None = None


class Change(msgspec.Struct, frozen=True):
    """A request that would have gone another way. Ids and codes only: whoever may not see it may still count it."""

    conversation_id: int
    opened_at: datetime
    channel: str
    reason: str
    before: Outcome
    after: Outcome


class Effect(msgspec.Struct, frozen=True):
    """So far: `done` of `total` requests since then were judged, `changed` would change; at most LISTED are listed."""

    since: datetime
    total: int
    done: int = 0
    changed: int = 0
    after_id: int = 0
    running: bool = True
    changes: tuple[Change, ...] = ()

    def without_changes(self) -> Effect:
        """The counts alone, for who has told the changes already."""
        return msgspec.structs.replace(self, changes=())

    def told(self, *, listed: bool) -> dict[str, Any]:
        """The figures, for a program."""
        counted = {"since": self.since, "of": self.total, "changed": self.changed}
        return counted | ({"changes": self.changes} if listed else {})


def begin(reading: Reading, days: int = DAYS) -> Effect:
    """Nothing judged yet. Raises Invalid for a span of no days."""
    if not 1 <= days <= LONGEST:
        raise Invalid(fields={"days": f"1 to {LONGEST}"})
    since = reading.now - timedelta(days=days)
    return Effect(since, store.count(reading, since))


def go_on(reading: Reading, clinic: Practice, proposed: Rules, so_far: Effect, limit: int = CHUNK) -> Effect:
    """The effect after the next requests."""
    rows = store.first_messages(reading, so_far.since, so_far.after_id, limit)
    changes = tuple(_changes(rows, clinic, proposed, red_flags.own(reading)))
    return msgspec.structs.replace(
        so_far,
        done=so_far.done + len(rows),
        changed=so_far.changed + len(changes),
        after_id=rows[-1].id if rows else so_far.after_id,
        running=len(rows) == limit,
        changes=(*so_far.changes, *changes)[:LISTED],
    )


def ask(unit: Transaction, *, actor: Actor, draft: int, days: int = DAYS) -> int:
    """A job that rehearses the draft with this number; answers the draft's id. Asked again it begins anew."""
    if not may(actor, Permission.REHEARSE_RULES):
        raise Forbidden("Your role does not rehearse rules.")
    version = configuration.one(unit, "rules.draft", draft)
    store.keep_progress(unit, version.id, begin(unit, days))
    jobs.add(unit, kind="effect", ref=version.id, queue="bulk", lane=f"effect:{version.id}")
    unit.record("rules.rehearsed", actor_id=actor.id, details={"draft": draft, "days": days})
    return version.id


def of_draft(reading: Reading, *, actor: Actor, draft: int) -> Effect | None:
    """What is known of the effect of a draft; None where nobody asked. Only changes in the actor's sight are listed."""
    if not may(actor, Permission.SEE_RULES):
        raise NotFound
    kept = store.progress(reading, configuration.one(reading, "rules.draft", draft).id)
    if kept is None:
        return None
    effect = msgspec.convert(kept, Effect, strict=False)
    seen = in_sight(reading, actor, [change.conversation_id for change in effect.changes])
    return msgspec.structs.replace(effect, changes=tuple(one for one in effect.changes if one.conversation_id in seen))


def rehearse(house: House, job: Job) -> None:
    """The *effect* job: a chunk at a time, so that others get their turn and people see how far it is."""
    with house.database.snapshot() as reading:
        version = routing_rules.draft_by_id(reading, job.ref)
        kept = store.progress(reading, job.ref)
        so_far = msgspec.convert(kept, Effect, strict=False)
        after = go_on(reading, practice.read(reading), rules.read(version.body["text"]), so_far)
    with house.database.transaction() as unit:
        if not jobs.finish(unit, job):
            raise TakenOver
        store.keep_progress(unit, job.ref, after)
        if after.running:
            jobs.add(unit, kind="effect", ref=job.ref, queue="bulk", lane=f"effect:{job.ref}")


def _changes(rows: Sequence[Row[Any]], clinic: Practice, proposed: Rules, own: str) -> Iterator[Change]:
    for row in rows:
        words = "\n".join(part for part in (row.subject, row.reply_text or row.body) if part)
        told = {"channel": row.channel, "language": row.language, "chosen_reason": row.patient_choice}
        verdict = classify(words, own=own, **told)
        facts = routing_rules.facts_of(verdict, clinic, channel=row.channel, line=row.line)
        before, after = (_outcome(one, facts, clinic) for one in (clinic.rules, proposed))
        if before != after:
            yield Change(row.id, row.opened_at, row.channel, verdict.reason, before, after)


def _outcome(ordered: Rules, facts: rules.Facts, clinic: Practice) -> Outcome:
    routed = rules.apply(ordered, facts)
    chosen = choose(practice.policies_of(clinic), reason=facts.reason, priority=routed.priority, channel=facts.channel)
    target = chosen.target("first_response")
    promise = (target.seconds or -target.business_days) if target else None
    return Outcome(routed.team, routed.priority, routed.skills, promise)


def in_sight(reading: Reading, actor: Actor, ids: list[int]) -> set[int]:
    """Those of these conversations that the actor may see in lists."""
    rows = store.visibilities(reading, ids) if ids else ()
    return {
        row.id for row in rows if can_see(actor, Vis(row.team, row.owner_id, row.clinical, row.sensitive)).operational
    }
