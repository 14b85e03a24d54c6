"""SMS and MMS through Twilio. Refuses, before anything leaves, what the provider would refuse by length or count."""

from __future__ import annotations

from channels import twilio_message
from channels.envelope import DoorRequest, Inbound, Outbound, Receipt, SendFailed, Sent
from channels.errors import explain
from channels.twilio import Account
from channels.twilio import verify as verify  # the same door serves every Twilio kind
from channels.twilio_message import arrival_key as arrival_key
from channels.twilio_message import receipt_key as receipt_key

MOST_CHARACTERS = 1600
MOST_FILES = 10


def parse(request: DoorRequest) -> Inbound:
    """An SMS or MMS; `external_id` is the MessageSid. Unparseable without an id or a sender."""
    return twilio_message.parse(request)


def parse_receipt(request: DoorRequest) -> Receipt:
    """A status callback. Unparseable without an id or a status."""
    return twilio_message.parse_receipt(request)


async def send(outbound: Outbound, account: Account) -> Sent:
    """Hand a message to Twilio; SendFailed says whether it may be repeated (see `twilio_rest.send_message`)."""
    refuse_oversized(outbound, MOST_CHARACTERS)
    from channels import twilio_rest

    return await twilio_rest.send_message(outbound, account)


def refuse_oversized(outbound: Outbound, most_characters: int) -> None:
    """SendFailed(permanent) for a text or a number of files that the provider would refuse (21617, 21623)."""
    if len(outbound.text) > most_characters:
        raise SendFailed(f"The message is longer than {most_characters:,} characters.", code="21617", permanent=True)
    if len(outbound.attachments) > MOST_FILES:
        raise SendFailed(explain("21623"), code="21623", permanent=True)
