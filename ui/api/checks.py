"""A look at words before they leave."""

from __future__ import annotations

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from channels.disclosure import Finding
from inbox import check as checking
from inbox.errors import Invalid
from inbox.house import House
from inbox.reply import LONGEST
from ui.api.acting import CONVERSATION
from ui.guards import Caller


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What would be sent, and how."""

    channel: str
    text: str
    to: str = ""


@post(f"{CONVERSATION}/check", status_code=200, sync_to_thread=True)
def check(
    conversation_id: FromPath[int],
    data: JSONBody[Asked],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
) -> Finding:
    """What the channel should not carry of it: `level` allow, warn or secure, and `because`."""
    if len(data.text) > LONGEST:
        raise Invalid(fields={"text": f"at most {LONGEST} characters"})
    asked = {"channel": data.channel, "text": data.text, "to": data.to}
    with house.database.snapshot() as reading:
        return checking.check(reading, house, actor=caller.actor, conversation_id=conversation_id, **asked)


ACTS = [check]
