"""A mail of ours came back: what became of the message, whether its address can work at all, and who has to act.

A report with our Message-ID is believed: only we and whoever got the mail know it. One that merely names an address
brings the conversation back to people; it never marks the address.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from channels import bounce_reasons
from channels.envelope import Bounce
from inbox import dispatch, undelivered
from inbox.house import House
from inbox.store import contacts, threads
from inbox.store.database import Transaction

#: Servers give up after five days (RFC 5321 §4.5.4.1); a report about an older mail is about another one.
GIVEN_UP = timedelta(days=6)


def settle(unit: Transaction, house: House, bounce: Bounce) -> int | None:
    """Ties the report to the message whose id it bears. Answers its conversation, None when that is no mail of ours."""
    original = bounce.original_message_id.strip("<>")
    found = threads.message_by_mail_id(unit, original) if original else None
    message = dispatch.held(unit, found.id) if found is not None else None
    if message is None:
        return None
    if bounce.hard and bounce.action != "delayed" and message.contact_id is not None:
        contacts.mark(unit, message.contact_id, "invalid")
        dispatch.journal(unit, message, "contact.invalidated", {"contact": message.contact_id, "code": bounce.status})
    return _tell(unit, house, message, bounce)


def suspect(unit: Transaction, house: House, bounce: Bounce) -> int | None:
    """Ties a report without our id to the one mail that we sent to its address lately. Answers the conversation, in
    which the report itself has to be shown, for anybody may write one; None where no mail or several can be meant."""
    contact = contacts.find(unit, "email", bounce.recipient) if bounce.recipient else None
    sent = threads.mails_to(unit, contact.id, unit.now - GIVEN_UP) if contact else []
    message = dispatch.held(unit, sent[0].id) if len(sent) == 1 else None
    return _tell(unit, house, message, bounce) if message is not None else None


def _tell(unit: Transaction, house: House, message: Row[Any], bounce: Bounce) -> int:
    if bounce.action == "delayed":
        _delayed(unit, message, bounce)
    elif dispatch.rises(message.status, "failed"):
        why = f"The mail came back: {bounce_reasons.words(bounce.reason)}."
        undelivered.give_up(unit, house, message, "failed", bounce.status, why)
    return int(message.conversation_id)


def _delayed(unit: Transaction, message: Row[Any], bounce: Bounce) -> None:
    """The server goes on trying: said in the timeline, nothing has failed."""
    threads.change(unit, threads.lock(unit, message.conversation_id), {})
    dispatch.journal(unit, message, "delivery.delayed", {"code": bounce.status})
