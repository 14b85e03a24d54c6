"""The clinic's own red flags as people change them: tried on words and on the last days, signed off by a clinician,
published with a reason. Refuses a pack that fails its own tests; what ships stays whatever stands here.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from inbox import configuration
from inbox.actors import Actor, Permission, Vis, can_see, may
from inbox.configuration import Version
from inbox.errors import Forbidden, Invalid
from inbox.store import effect as store
from inbox.store.database import Reading, Transaction
from routing.own_pack import EMPTY, read_own
from routing.pack import BadPack
from routing.redflags import Flag, scan

DAYS = timedelta(days=30)
#: So many of the last requests are read again: about a second.
MOST, LISTED, LONGEST_WORDS = 2000, 20, 4000


class Trial(msgspec.Struct, frozen=True):
    """What a pack would say: `flags` of the words that were tried; of `read` requests of the last days `raised` would
    have been more urgent, and `ids` are those of them in sight, at most LISTED."""

    flags: tuple[Flag, ...]
    read: int
    raised: int
    ids: tuple[int, ...]


def own(reading: Reading) -> str:
    """The text that counts, "" where nobody published any or a newer product cannot read it."""
    body = configuration.newest(reading, "flags").body
    try:
        return body["text"] if body and read_own(body["text"]).rule else ""
    except BadPack:
        return ""


def in_force(unit: Transaction) -> str:
    """The same for a message that lands: a group of them asks once."""
    known: str | None = unit.foreseen.get(("flags",))
    if known is None:
        known = own(unit)
        if unit.foreseen:
            unit.foreseen["flags",] = known
    return known


def published(reading: Reading) -> tuple[Version, str, str]:
    """The newest version, its text, and who signed it off."""
    newest = configuration.newest(reading, "flags")
    return newest, newest.body["text"] if newest.body else EMPTY, newest.body["signed_off_by"] if newest.body else ""


def publish(
    unit: Transaction, text: str, *, actor: Actor, signed_off_by: str, based_on: int, why: str
) -> configuration.Version:
    """From now on these words raise too. Raises Forbidden, Invalid with the mistakes, Conflict."""
    configuration.permit("flags", actor)
    _checked(text)
    if not 3 <= len(signed_off_by.strip()) <= 120:
        raise Invalid(fields={"signed_off_by": "name the clinician who signs it off"})
    body = {"text": text, "signed_off_by": signed_off_by.strip()}
    return configuration.publish(unit, "flags", body, actor=actor, based_on=based_on, why=why)


def go_back(unit: Transaction, number: int, *, actor: Actor, based_on: int, why: str) -> configuration.Version:
    """An older version is published again; 0 is nothing of our own."""
    before = configuration.one(unit, "flags", number).body if number else {"text": EMPTY, "signed_off_by": actor.name}
    return configuration.publish(unit, "flags", before, actor=actor, based_on=based_on, why=why)


def rehearse(reading: Reading, text: str, words: str, *, actor: Actor) -> Trial:
    """Tries a pack on words and on the newest requests of thirty days; changes nothing."""
    if not may(actor, Permission.REHEARSE_RULES):
        raise Forbidden("Your role does not rehearse rules.")
    _checked(text)
    if len(words) > LONGEST_WORDS:
        raise Invalid(fields={"words": f"at most {LONGEST_WORDS:,} characters"})
    rows = store.newest_first_messages(reading, reading.now - DAYS, MOST)
    raised = [row for row in rows if _raises("\n".join(filter(None, (row.subject, row.reply_text or row.body))), text)]
    seen = [row.id for row in raised if can_see(actor, Vis(row.team, row.owner_id, row.clinical, row.sensitive)).texts]
    return Trial(scan(words, own=text), len(rows), len(raised), tuple(seen[:LISTED]))


def _raises(words: str, text: str) -> bool:
    """Whether the clinic's own words flag it higher than what ships does; those are few and are asked first."""
    if not scan(words, packs=(), own=text):
        return False
    return _urgency(scan(words, own=text)) < _urgency(scan(words))


def _urgency(flags: tuple[Flag, ...]) -> int:
    return min((("E", "U", "history").index(flag.level) for flag in flags), default=3)


def _checked(text: str) -> None:
    try:
        read_own(text)
    except BadPack as error:
        raise Invalid(fields={"text": str(error)}) from None
