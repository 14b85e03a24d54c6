"""Words not said yet: one draft per person, conversation and mode, seen by its writer alone, on any device.

Not journaled: nothing was said, and a frame for every pause in somebody's typing would tell the others of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Row

from inbox.actors import Actor, Permission, may
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.store import drafts, threads
from inbox.store.database import Reading, Transaction
from inbox.working import vis_of

LONGEST = 20_000
Mode = Literal["reply", "note"]
MODES: dict[Mode, Permission] = {"reply": Permission.REPLY, "note": Permission.NOTE}


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to keep. `version` is the one its writer last saw of it, 0 when they saw none; `to` and `channel` how it is
    meant to go; `uploads` ids of files not sent yet."""

    mode: Mode = "reply"
    text: str = ""
    channel: str = ""
    to: str = ""
    uploads: tuple[int, ...] = ()
    template: str = ""
    base_seq: int | None = None
    version: int = 0


class Kept(msgspec.Struct, frozen=True):
    """A kept draft as its writer reads it again."""

    mode: Mode
    text: str
    channel: str
    to: str
    uploads: tuple[int, ...]
    template: str
    base_seq: int | None
    version: int
    updated_at: datetime


def keep(unit: Transaction, *, actor: Actor, conversation_id: int, words: Words) -> int:
    """Keeps the draft and answers its version; empty words end it (version 0). Raises Conflict with `kept` when
    another screen changed it since, NotFound without sight of the conversation."""
    row = _writable(unit, actor, conversation_id, words.mode)
    _check(words)
    before = drafts.held(unit, row.id, actor.id, words.mode)
    if before is not None and before.version != words.version:
        if _says(before, words):
            return int(before.version)
        raise Conflict("Another screen of yours kept other words.", kept=msgspec.to_builtins(_kept(before)))
    if not words.text.strip() and not words.uploads:
        drafts.end(unit, row.id, actor.id, words.mode)
        return 0
    values = {name: getattr(words, name) for name in ("channel", "to", "template", "base_seq")}
    values |= {"body": words.text, "uploads": list(words.uploads), "version": words.version + 1}
    drafts.put(unit, before, conversation_id=row.id, actor_id=actor.id, mode=words.mode, values=values)
    return words.version + 1


def of(reading: Reading, *, actor: Actor, conversation_id: int) -> tuple[Kept, ...]:
    """This person's drafts in a conversation, of the modes they may still write in. Raises NotFound out of scope."""
    row = threads.get(reading, conversation_id)
    vis = vis_of(row)
    if not may(actor, Permission.SEE_OPERATIONAL, vis):
        raise NotFound("There is no such conversation.")
    return tuple(_kept(one) for one in drafts.of(reading, row.id, actor.id) if may(actor, MODES[one.mode], vis))


def discard(unit: Transaction, *, actor: Actor, conversation_id: int, mode: Mode) -> None:
    """The words are gone; that there are none is no fault."""
    row = _writable(unit, actor, conversation_id, mode)
    drafts.end(unit, row.id, actor.id, mode)


def give_back(unit: Transaction, *, actor: Actor, conversation_id: int, words: Words) -> None:
    """Puts words taken back before what this person has begun since: neither is lost. Where both are more than a draft
    may hold, the begun words stay and those taken back are read in the timeline."""
    before = drafts.held(unit, conversation_id, actor.id, words.mode)
    begun = before.body if before is not None and before.body.strip() else ""
    text = "\n\n".join(part for part in (words.text, begun) if part)
    text = text if len(text) <= LONGEST else begun
    files = [*words.uploads, *(before.uploads if before is not None else ())]
    values = {"body": text, "uploads": files, "version": (before.version if before is not None else 0) + 1}
    values |= {name: getattr(words, name) for name in ("channel", "to", "template", "base_seq")}
    drafts.put(unit, before, conversation_id=conversation_id, actor_id=actor.id, mode=words.mode, values=values)


def refuse(reading: Reading, *, actor: Actor, conversation_id: int, mode: Mode) -> None:
    """Raises NotFound out of scope, Forbidden for who may not write in this mode here."""
    _writable(reading, actor, conversation_id, mode)


def _writable(unit: Reading, actor: Actor, conversation_id: int, mode: Mode) -> Row[Any]:
    row = threads.get(unit, conversation_id)
    vis = vis_of(row)
    if not may(actor, Permission.SEE_OPERATIONAL, vis):
        raise NotFound("There is no such conversation.")
    if not may(actor, MODES[mode], vis):
        raise Forbidden(f"Your role does not allow this: {MODES[mode].value}.")
    return row


def _check(words: Words) -> None:
    if len(words.text) > LONGEST or "\0" in words.text:
        raise Invalid(fields={"text": f"at most {LONGEST} characters, no NUL"})


def _says(before: Row[Any], words: Words) -> bool:
    kept = (before.body, before.channel, before.to, tuple(before.uploads))
    return kept == (words.text, words.channel, words.to, words.uploads)


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        mode=row.mode,
        text=row.body,
        channel=row.channel,
        to=row.to,
        uploads=tuple(row.uploads),
        template=row.template,
        base_seq=row.base_seq,
        version=row.version,
        updated_at=row.updated_at,
    )
