"""Facebook Messenger through Twilio. An address is a page-scoped id: no phone, never a patient key by itself.

Refuses free text that is too long; PHI never leaves here (no BAA), which the caller's gate sees to.
"""

from __future__ import annotations

from channels import sms, twilio_message
from channels.envelope import DoorRequest, Inbound, Outbound, Receipt, Sent
from channels.twilio import Account
from channels.twilio import verify as verify  # the same door serves every Twilio kind
from channels.twilio_message import arrival_key as arrival_key
from channels.twilio_message import receipt_key as receipt_key

MOST_CHARACTERS = 2000


def parse(request: DoorRequest) -> Inbound:
    """A Messenger message; `sender` is Address("social", page-scoped id)."""
    return twilio_message.parse(request)


def parse_receipt(request: DoorRequest) -> Receipt:
    """A status callback."""
    return twilio_message.parse_receipt(request)


async def send(outbound: Outbound, account: Account) -> Sent:
    """Answer inside Messenger's window; SendFailed says whether it may be repeated."""
    sms.refuse_oversized(outbound, MOST_CHARACTERS)
    from channels import twilio_rest

    return await twilio_rest.send_message(twilio_rest.prefixed(outbound, "messenger"), account)
