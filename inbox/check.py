"""What a reply would tell whoever else reads the channel, asked while it is being written. Keeps and logs no word."""

from __future__ import annotations

from channels import disclosure
from inbox.actors import Actor, Permission, Vis, can_see, may
from inbox.errors import NotFound
from inbox.store import threads
from inbox.store.database import Reading
from inbox.working import vis_of

#: Only our own chat is private from end to end.
PRIVATE = frozenset({"chat"})


def check(reading: Reading, *, actor: Actor, conversation_id: int, channel: str, text: str) -> disclosure.Finding:
    """Whether this text should go by this channel: allow, warn, or better as a secure link. Raises NotFound."""
    row = threads.get(reading, conversation_id)
    vis: Vis = vis_of(row)
    if not can_see(actor, vis).operational or not may(actor, Permission.REPLY, vis):
        raise NotFound("There is no such conversation.")
    if channel in PRIVATE:
        return disclosure.Finding("allow")
    return disclosure.check(text, language=row.language or "en")
