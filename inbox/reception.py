"""What a message does once it is understood, in one transaction: who, which conversation, what about, how urgent, who
takes it, which promises. A repeat changes nothing; whatever the words, the message lands.
"""

from __future__ import annotations

from datetime import datetime

from channels.envelope import Inbound
from inbox import bounce, escalation, follow_on, new_request, optout, returning, site_user, thread, triage
from inbox.house import House
from inbox.landing import Landed
from inbox.practice import Practice
from inbox.store import threads, work
from inbox.store.database import Transaction
from inbox.triage import Read

#: The human read that an emergent message is promised (domain.md §5).
PAGE_SECONDS = 300


def receive(
    unit: Transaction,
    house: House,
    inbound: Inbound,
    *,
    arrival_id: int | None,
    received_at: datetime,
    call_id: int | None = None,
) -> Landed:
    """Lands one message. A rival that took a unique place first surfaces as IntegrityError, and the caller runs it
    again."""
    if inbound.machine == "bounce" and inbound.bounce is not None:
        bounced = bounce.settle(unit, house, inbound.bounce)
        if bounced is not None:
            return Landed("received", bounced, None, "bounce")
    earlier = threads.message_by_external(unit, inbound.channel, inbound.external_id)
    if earlier is not None:
        return Landed("duplicate", earlier.conversation_id, earlier.id)
    if inbound.bounce is not None and (named := bounce.suspect(unit, house, inbound.bounce)) is not None:
        return add_to(unit, house, inbound, named, arrival_id=arrival_id, received_at=received_at)
    read = triage.read(unit, inbound, arrival_id, received_at, call_id)
    found = thread.find(unit, house, inbound, read.contact, read.subject.verdict)
    practice = house.configuration.practice()
    landed = (
        follow_on.add(unit, practice, read, found.conversation.id)
        if found.conversation is not None
        else new_request.begin(unit, practice, read, found)
    )
    if found.conversation is None and landed.conversation_id is not None:
        site_user.note(unit, read.subject.verdict, landed.conversation_id)
    about = read.subject.verdict
    if found.conversation is None and about.certainty == "confirmed" and landed.conversation_id and about.patient_id:
        returning.note(unit, patient_id=about.patient_id, conversation_id=landed.conversation_id)
    _alarm(unit, house, read, landed)
    if read.keyword and landed.conversation_id is not None:
        optout.confirm(unit, house, inbound, read.keyword, landed.conversation_id, read.contact)
    return landed


def add_to(
    unit: Transaction,
    house: House,
    inbound: Inbound,
    conversation_id: int,
    *,
    arrival_id: int | None,
    received_at: datetime,
    call_id: int | None = None,
) -> Landed:
    """Lands one more message in a conversation that is known, such as the voicemail of a call."""
    earlier = threads.message_by_external(unit, inbound.channel, inbound.external_id)
    if earlier is not None:
        return Landed("duplicate", earlier.conversation_id, earlier.id)
    read = triage.read(unit, inbound, arrival_id, received_at, call_id)
    landed = follow_on.add(unit, house.configuration.practice(), read, threads.get(unit, conversation_id).id)
    _alarm(unit, house, read, landed)
    return landed


def _alarm(unit: Transaction, house: House, read: Read, landed: Landed) -> None:
    """Words that may not wait: the safety text goes out and a hand is raised."""
    if read.flagged and landed.conversation_id is not None:
        optout.answer_safely(unit, house, read.inbound, read.verdict, landed.conversation_id, read.contact)
        _page(unit, house.configuration.practice(), read, landed.conversation_id)


def _page(unit: Transaction, practice: Practice, read: Read, conversation_id: int) -> None:
    """An emergent red flag raises a hand at once; it does not wait for a clock to be missed."""
    if read.verdict.priority == 0 and not work.open_escalations(unit, conversation_id):
        row = threads.get(unit, conversation_id)
        escalation.begin(unit, practice, row, cause="red_flag", ref=None, target_seconds=PAGE_SECONDS)
