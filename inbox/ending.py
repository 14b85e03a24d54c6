"""How a conversation ends: an outcome and a word to the patient, or a waiver with its reason; a red flag disposed of by
a nurse, and nothing still on its way. Refuses an ending that lacks one of these, and names all that is missing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox.actors import TEAMS, Actor
from inbox.errors import Invalid
from inbox.next_step import LONGEST
from inbox.store import threads
from inbox.store.database import Transaction

#: Outcomes that count as resolved (domain.md §11, §12).
RESOLVED = frozenset({"resolved", "partly", "referred_on"})
WAIVERS = ("told_on_phone", "opted_out", "spam", "wrong_number", "deceased")
OUTCOMES = (
    "resolved",
    "partly",
    "referred_on",
    "declined",
    "unreachable",
    "not_resolved",
    "duplicate",
    "spam",
    "wrong_number",
)


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words that tell the patient it is done."""

    text: str
    channel: str | None = None


class FollowUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stays to do after closing: handed on with an owner and a date."""

    what: str
    due_at: datetime
    team: str | None = None


class Ending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a person closes."""

    client_id: str = ""
    outcome: str = ""
    version: int | None = None
    confirmation: Confirmation | None = None
    waiver: str | None = None
    follow_up: FollowUp | None = None
    disposition: str = ""

    @property
    def resolved(self) -> bool:
        """Whether it counts as resolved."""
        return self.outcome in RESOLVED

    @property
    def words(self) -> str:
        """What the patient is told, "" for nothing."""
        return self.confirmation.text if self.confirmation and self.confirmation.text.strip() else ""


def refuse_incomplete(unit: Transaction, row: Row[Any], actor: Actor, ending: Ending) -> None:
    """Raises Invalid with every fault by its field."""
    fields = {}
    if not ending.client_id.strip():
        fields["client_id"] = "made by the client, new for each closure"
    if ending.outcome not in OUTCOMES:
        fields["outcome"] = f"say how it ended: one of {', '.join(OUTCOMES)}"
    fields |= _unsaid(ending) | _undisposed(row, actor, ending)
    if ending.follow_up is not None:
        fields |= _follow_up_faults(unit, ending.follow_up)
    if threads.unsent(unit, row.id):
        fields["messages"] = "a message is still on its way out; wait for it or cancel it"
    if fields:
        raise Invalid("The closure is not complete.", fields=fields)


def _unsaid(ending: Ending) -> dict[str, str]:
    if ending.words or ending.outcome == "duplicate":
        return {}
    if ending.waiver is None:
        return {"confirmation": "tell the patient, or give a waiver that says why not"}
    return {} if ending.waiver in WAIVERS else {"waiver": f"one of {', '.join(WAIVERS)}"}


def _undisposed(row: Row[Any], actor: Actor, ending: Ending) -> dict[str, str]:
    if row.flagged and not ending.disposition.strip():
        return {"disposition": "a red flag needs what was decided, by a nurse"}
    if row.flagged and actor.role != "nurse":
        return {"disposition": "a red flag is disposed of by a nurse; hand it to nursing"}
    return {}


def _follow_up_faults(unit: Transaction, wanted: FollowUp) -> dict[str, str]:
    fields = {}
    if not wanted.what.strip() or len(wanted.what) > LONGEST:
        fields["follow_up.what"] = f"1 to {LONGEST} characters"
    if wanted.due_at.tzinfo is None or wanted.due_at <= unit.now:
        fields["follow_up.due_at"] = "a moment in the future with a time zone (RFC 3339)"
    if wanted.team is not None and wanted.team not in TEAMS:
        fields["follow_up.team"] = f"one of {', '.join(TEAMS)}"
    return fields
