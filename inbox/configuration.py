"""Versions of what the clinic sets for itself: each change is a new row with its author and reason, and going back is
publishing an older one again. Refuses a change made upon a version that is not the newest any more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from inbox.actors import Actor, Permission, may
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.store import configuration as store
from inbox.store.database import Reading, Transaction

Kind = Literal["practice", "rules", "rules.draft", "policies", "calendar", "vendors", "phone", "flags"]

#: Who may publish a kind. A draft changes nothing yet: whoever rehearses may write it.
NEEDED: dict[Kind, Permission] = {
    "practice": Permission.CONFIGURE,
    "rules": Permission.PUBLISH_RULES,
    "rules.draft": Permission.REHEARSE_RULES,
    "policies": Permission.PUBLISH_RULES,
    "calendar": Permission.PUBLISH_RULES,
    "vendors": Permission.CONFIGURE,
    "phone": Permission.CONFIGURE,
    "flags": Permission.PUBLISH_RULES,
}
LONGEST_WHY = 500


class Version(msgspec.Struct, frozen=True):
    """One published version; 0 is what ships."""

    number: int
    body: Any = None
    at: datetime | None = None
    actor: str = ""
    why: str = ""
    id: int = 0


def newest(reading: Reading, kind: Kind) -> Version:
    """The version that counts; number 0 without a body where nobody published any."""
    row = store.newest(reading, kind)
    return _version(row) if row else Version(0)


def one(reading: Reading, kind: Kind, number: int) -> Version:
    """A version by its number. Raises NotFound."""
    row = store.version(reading, kind, number)
    if row is None:
        raise NotFound("There is no such version.")
    return _version(row)


def versions(reading: Reading, kind: Kind) -> tuple[Version, ...]:
    """The last thirty, newest first."""
    return tuple(_version(row) for row in store.versions(reading, kind))


def publish(
    unit: Transaction, kind: Kind, body: Any, *, actor: Actor | None, based_on: int | None = None, why: str = ""
) -> Version:
    """A new version. A person says why and upon which version they changed it; Conflict (with the newest one's number,
    author, moment and reason) when somebody published since. Raises Forbidden, Invalid."""
    last = newest(unit, kind)
    if actor is not None:
        _check(kind, actor, why)
    if based_on is not None and based_on != last.number:
        raise changed_since(last)
    number = last.number + 1
    actor_id = actor.id if actor else None
    configuration_id = store.add(unit, kind=kind, version=number, body=body, actor_id=actor_id, why=why.strip())
    noun, _, draft = kind.partition(".")
    unit.record(f"{noun}.{'drafted' if draft else 'published'}", actor_id=actor_id, details={"version": number})
    return Version(number, body, unit.now, actor.name if actor else "", why.strip(), configuration_id)


def changed_since(last: Version) -> Conflict:
    """What somebody is told whose version is not the newest any more; what they wrote stays on their screen."""
    told = f"{last.actor or 'Somebody'} published version {last.number} in the meantime"
    reason = f": “{last.why}”" if last.why else "."
    return Conflict(
        f"{told}{reason} Nothing of yours is lost. Compare with it and publish again.",
        version=last.number,
        actor=last.actor,
        why=last.why,
    )


def permit(kind: Kind, actor: Actor) -> None:
    """Raises Forbidden for whoever may not publish it: asked before anything else is said of their words."""
    if not may(actor, NEEDED[kind]):
        raise Forbidden("Your role may look at this and try it out. A manager publishes it.")


def _check(kind: Kind, actor: Actor, why: str) -> None:
    permit(kind, actor)
    if kind != "rules.draft" and len(why.strip()) < 3:
        raise Invalid(fields={"why": "say why, so that the next person understands"})
    if len(why) > LONGEST_WHY:
        raise Invalid(fields={"why": f"at most {LONGEST_WHY} characters"})


def _version(row: Any) -> Version:
    return Version(row.version, row.body, row.at, row.actor_name, row.why, row.id)
