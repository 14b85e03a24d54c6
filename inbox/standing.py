"""Where a conversation stands by what is said in it: its newest message, and whether the patient waits for an answer.
Asked anew whenever messages came from or went to another conversation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox.store import moves
from inbox.store.database import Transaction

#: What never reached the patient answers nobody.
UNSAID = frozenset({"cancelled", "failed", "dead"})


class Standing(msgspec.Struct, frozen=True):
    """`values` are columns of the conversation; `owed`: the patient wrote last, and no machine did."""

    values: dict[str, Any]
    owed: bool


def stand(unit: Transaction, row: Row[Any]) -> Standing:
    """Numbers the messages anew, by when they were said, and answers what follows for the conversation's row."""
    said = moves.said(unit, row.id)
    moves.number(unit, [one.id for one in said])
    heard = [one for one in said if one.status not in UNSAID]
    came = [one.at for one in heard if one.direction == "in"]
    last = heard[-1] if heard else None
    return Standing(
        {
            "last_at": last.at if last else row.last_at,
            "last_message_id": last.id if last else None,
            "last_inbound_at": came[-1] if came else None,
            "last_sequence": len(said),
        },
        owes_answer(heard),
    )


def owes_answer(said: Sequence[Row[Any]]) -> bool:
    """Whether a patient's message came after the last one of ours that a person wrote."""
    turns = [one for one in said if one.machine is None and (one.direction == "in" or one.author_kind == "staff")]
    return bool(turns) and turns[-1].direction == "in"
