"""What a patient writes back from an opened letter: it lands in the letter's own conversation, as from its address."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from channels.envelope import Address, Inbound
from inbox import reception
from inbox.house import House
from inbox.landing import Landed
from inbox.store import secure as store
from inbox.store import threads
from inbox.store.database import Transaction


def receive(unit: Transaction, house: House, inbound: Inbound, *, arrival_id: int, received_at: datetime) -> Landed:
    """Lands one answer; `inbound.details["secure"]` names the letter, which the door has checked."""
    row = store.get(unit, int(inbound.details["secure"]))
    if row is None:
        raise LookupError("an answer to a letter that is not there")
    known = replace(inbound, sender=Address(row.kind, row.value))
    conversation_id = threads.get(unit, row.conversation_id).id
    return reception.add_to(unit, house, known, conversation_id, arrival_id=arrival_id, received_at=received_at)
