"""What the provider says of a message that left: each receipt moves it up or brings it back to people, never down."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from channels import errors as codes
from channels import sandbox
from channels.envelope import Outbound, Receipt, Sent
from inbox import dispatch
from inbox.dispatch import OURS, held, move
from inbox.house import House
from inbox.store import attempts, contacts, threads
from inbox.store.database import Transaction
from inbox.store.jobs import Job
from inbox.undelivered import give_up, heed_code


def settle(unit: Transaction, house: House, receipt: Receipt) -> str:
    """A provider's receipt: finds the message by its id or our attempt's, and moves it up, never back. Answers what
    becomes of the arrival."""
    message = threads.message_by_external(unit, receipt.channel, receipt.external_id)
    if message is None and receipt.attempt.isdigit():
        attempt = attempts.get(unit, int(receipt.attempt))
        message = threads.message(unit, attempt.message_id) if attempt else None
        if message is not None and message.external_id is None:
            threads.set_message(unit, message.id, {"external_id": receipt.external_id})
    message = held(unit, message.id) if message is not None else None
    if message is None:
        return "receipt for a message that is not ours"
    attempts.keep_receipt(unit, message.id, status=receipt.status, code=receipt.code)
    heed(unit, house, message, receipt.status, receipt.code)
    return ""


def heed(unit: Transaction, house: House, message: Row[Any], said: str, code: str) -> None:
    """The provider's word on a message of ours, held: it moves up or comes back to people, never down."""
    status = OURS.get(said)
    if status is None or not dispatch.rises(message.status, status):
        return
    if status == "failed":
        heed_code(unit, message, code)
        give_up(unit, house, message, "failed", code, codes.explain(code))
    else:
        move(unit, message, status)


def read(unit: Transaction, message_id: int) -> None:
    """The patient has had it on screen."""
    message = threads.message(unit, message_id)
    if message is not None:
        move(unit, message, "read")


def play(house: House, job: Job) -> sandbox.Planned | None:
    """What the pretend carrier says next about an attempt; the caller brings it to the real status door."""
    number = int(job.kind.partition(":")[2])
    with house.database.snapshot() as reading:
        attempt = attempts.get(reading, job.ref)
        message = threads.message(reading, attempt.message_id) if attempt else None
        contact = contacts.get(reading, message.contact_id) if message else None
    if attempt is None or message is None or contact is None:
        return None
    outbound = Outbound(
        channel=message.channel,
        to=contact.value,
        line=message.line,
        text="",
        attempt=str(attempt.id),
        status_callback=f"{house.settings.public_url}/in/twilio/status",
    )
    planned = sandbox.receipts(outbound, Sent(attempt.external_id), house.twilio)
    return planned[number] if number < len(planned) else None
