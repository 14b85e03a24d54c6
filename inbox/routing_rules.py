"""The clinic's routing rules as people change them: one shared draft, tried on a bench, published with a reason.

Refuses text that the engine could not read, and a change made upon a draft that somebody changed since.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Literal

import msgspec

from inbox import configuration
from inbox.actors import Actor, Permission, may
from inbox.configuration import Version
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.practice import Practice
from inbox.store import configuration as versions
from inbox.store import effect as store
from inbox.store.database import Reading, Transaction
from routing import rules
from routing.classify import Verdict
from routing.rule_text import heading, write
from routing.rules import BadRules, Facts, Rule, Rules

HITS_DAYS = 30
_VERSION = re.compile(r"^version[ \t]*=.*$", re.MULTILINE)
LARGEST = 200_000

Act = Literal["save", "move", "switch", "remove"]


class Draft(msgspec.Struct, frozen=True):
    """The rules as they would be. `number` counts the draft's own versions (0: nothing drafted yet), `base` is the
    published version it began from, `open` whether anything waits to be published."""

    number: int
    text: str
    rules: Rules
    base: int
    open: bool
    actor: str = ""


class Hits(msgspec.Struct, frozen=True):
    """How many conversations each rule touched in the last 30 days, of all that came."""

    by_name: dict[str, int]
    flagged: int
    clinical: int
    total: int


class Edit(msgspec.Struct, frozen=True):
    """One change of the list: `at` is a place from 0, None a new rule; `to` the place to move it to."""

    act: Act
    at: int | None = None
    to: int = 0
    rule: Rule | None = None


def published(reading: Reading) -> tuple[Version, str]:
    """The newest version and its text; version 0 is what ships."""
    newest = configuration.newest(reading, "rules")
    return newest, newest.body["text"] if newest.body else write(rules.shipped())


def draft(reading: Reading) -> Draft:
    """The open draft, or the published rules as a draft in which nothing has changed."""
    newest, text = published(reading)
    last = configuration.newest(reading, "rules.draft")
    if last.body and last.body["open"]:
        kept = last.body["text"]
        return Draft(last.number, kept, rules.read(kept), last.body["base"], True, last.actor)
    return Draft(last.number, text, rules.read(text), newest.number, False, last.actor)


def draft_by_id(reading: Reading, configuration_id: int) -> Version:
    """A version of the draft by its row. Raises NotFound."""
    row = versions.by_id(reading, configuration_id)
    if row is None or row.kind != "rules.draft":
        raise NotFound("There is no such draft.")
    return Version(row.version, row.body, row.at, row.actor_name, row.why, row.id)


def keep(unit: Transaction, text: str, *, actor: Actor, seen: int) -> Draft:
    """The draft as this text. `seen` is the number of the draft that was on the screen. Raises Conflict; Invalid with
    the line of a mistake."""
    now = draft(unit)
    _agree(now, seen)
    read, base = _checked(text), now.base
    version = configuration.publish(
        unit, "rules.draft", {"text": text, "base": base, "open": True}, actor=actor, based_on=seen
    )
    return Draft(version.number, text, read, base, True, actor.name)


def edit(unit: Transaction, change: Edit, *, actor: Actor, seen: int) -> Draft:
    """One change of the list, kept in the draft."""
    now = draft(unit)
    _agree(now, seen)
    listed = list(now.rules.rule)
    if change.at is not None and not 0 <= change.at < len(listed):
        raise Invalid(fields={"at": "there is no rule at this place any more"})
    altered = Rules(now.rules.version, tuple(_altered(listed, change)))
    return keep(unit, write(altered, heading(now.text)), actor=actor, seen=seen)


def discard(unit: Transaction, *, actor: Actor, seen: int) -> None:
    """The draft is given up; its versions stay."""
    now = draft(unit)
    _agree(now, seen)
    body = {"text": now.text, "base": now.base, "open": False}
    configuration.publish(unit, "rules.draft", body, actor=actor, based_on=seen)


def publish(unit: Transaction, *, actor: Actor, seen: int, based_on: int, why: str) -> Version:
    """The draft becomes the rules that route from now on. `based_on` is the published version its publisher compared
    it with. Raises Conflict, Forbidden, Invalid."""
    now = draft(unit)
    _agree(now, seen)
    if not now.open:
        raise Invalid(fields={"draft": "nothing has changed since the last version"})
    version = _publish(unit, now.text, actor=actor, based_on=based_on, why=why)
    body = {"text": now.text, "base": version.number, "open": False}
    configuration.publish(unit, "rules.draft", body, actor=actor, based_on=seen)
    return version


def go_back(unit: Transaction, number: int, *, actor: Actor, based_on: int, why: str) -> Version:
    """An older version is published again; 0 is what ships."""
    text = configuration.one(unit, "rules", number).body["text"] if number else write(rules.shipped())
    return _publish(unit, text, actor=actor, based_on=based_on, why=why)


def hits(reading: Reading) -> Hits:
    """Counted over the traces that routing left."""
    counted: Counter[str] = Counter()
    rows = store.traces(reading, reading.now - timedelta(days=HITS_DAYS))
    for row in rows:
        said = (line.partition(": ")[2].rpartition(": ")[0] for line in row.routed_because if line.startswith("rules "))
        counted.update({name for name in said if name})
    flagged, clinical = sum(row.flagged for row in rows), sum(row.clinical for row in rows)
    return Hits(dict(counted), flagged, clinical, len(rows))


def facts_of(verdict: Verdict, clinic: Practice, *, channel: str, line: str) -> Facts:
    """What the rules ask about, from the verdict on a message and the line it came in on."""
    ours = clinic.line(line)
    return Facts(
        reason=verdict.reason,
        reasons=verdict.reasons,
        flags=tuple(flag.kind for flag in verdict.red_flags if flag.level != "history"),
        marks=verdict.marks,
        channel=channel,
        line=line,
        location=(ours.location if ours else None) or "",
        language=verdict.language,
        priority=verdict.priority,
        unclassified=verdict.unclassified,
    )


def permit(actor: Actor, permission: Permission = Permission.SEE_RULES) -> None:
    """Raises Forbidden for a role that does not see, or does not do this with, rules and policies."""
    if not may(actor, permission):
        raise Forbidden("Rules and policies are for supervisors, managers, compliance and administrators.")


def _agree(now: Draft, seen: int) -> None:
    if seen != now.number:
        raise Conflict(
            f"{now.actor or 'Somebody'} changed the draft in the meantime. What you wrote stays here: "
            "compare it with the list in another tab.",
            version=now.number,
            actor=now.actor,
        )


def _publish(unit: Transaction, text: str, *, actor: Actor, based_on: int, why: str) -> Version:
    _checked(text)
    number = configuration.newest(unit, "rules").number + 1
    named = f'version = "{number}"'
    text = _VERSION.sub(named, text, count=1) if _VERSION.search(text) else f"{named}\n{text}"
    return configuration.publish(unit, "rules", {"text": text}, actor=actor, based_on=based_on, why=why)


def _checked(text: str) -> Rules:
    if len(text) > LARGEST:
        raise Invalid(fields={"text": f"at most {LARGEST:,} characters"})
    try:
        return rules.read(text)
    except BadRules as error:
        raise Invalid(fields={"text": str(error)}) from None


def _altered(listed: list[Rule], change: Edit) -> list[Rule]:
    at = change.at
    if change.act == "save":
        if change.rule is None:
            raise Invalid(fields={"rule": "is missing"})
        place = len(listed) if at is None else at
        return [*listed[:place], change.rule, *listed[place + (at is not None) :]]
    if at is None:
        raise Invalid(fields={"at": "say which rule"})
    one, rest = listed[at], [*listed[:at], *listed[at + 1 :]]
    if change.act == "remove":
        return rest
    if change.act == "switch":
        return [*rest[:at], msgspec.structs.replace(one, enabled=not one.enabled), *rest[at:]]
    to = max(0, min(change.to, len(rest)))
    return [*rest[:to], one, *rest[to:]]
