"""WhatsApp through Twilio: the 24-hour window, templates, places, buttons, numbers with more than one spelling.

Refuses free text that is too long; whether the window is open is for the caller to ask first.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import msgspec

from channels import sms, twilio, twilio_message
from channels.envelope import Address, Attachment, DoorRequest, Inbound, Outbound, Receipt, Sent
from channels.twilio import Account
from channels.twilio import verify as verify  # the same door serves every Twilio kind
from channels.twilio_message import arrival_key as arrival_key
from channels.twilio_message import receipt_key as receipt_key

WINDOW = timedelta(hours=24)
MOST_CHARACTERS = 4096
_SCOPED = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
_DETAILS = {
    "MessageType": "message_type",
    "ButtonPayload": "button_payload",
    "ButtonText": "button_text",
    "ListId": "list_id",
    "ListTitle": "list_title",
    "Latitude": "latitude",
    "Longitude": "longitude",
    "Address": "place_address",
    "Label": "place_label",
    "OriginalRepliedMessageSender": "replied_sender",
    "MessagingServiceSid": "messaging_service",
}


def parse(request: DoorRequest) -> Inbound:
    """A WhatsApp message. A place becomes a small text file, so that people see it; a button's or list's words stand in
    for a missing text. `details` has `button_payload`, `list_id`, `latitude`, `longitude`, `external_user_id`, and
    `reply_to` where the raw address differs from the sender's."""
    message = twilio_message.parse(request)
    fields = twilio.form(request.body)
    details = {ours: fields[theirs] for theirs, ours in _DETAILS.items() if fields.get(theirs)}
    if fields.get("ExternalUserId"):
        details["external_user_id"] = fields["ExternalUserId"].removeprefix("whatsapp:")
    raw = message.sender.value if message.sender else ""
    if canonical(raw) != raw:
        details["reply_to"] = raw
    return msgspec.structs.replace(
        message,
        channel="whatsapp",
        sender=Address("social", raw) if is_scoped(raw) else Address("phone", canonical(raw)),
        text=message.text or details.get("button_text", "") or details.get("list_title", ""),
        attachments=message.attachments + _place(details),
        details=details,
    )


def parse_receipt(request: DoorRequest) -> Receipt:
    """A status callback; unlike an SMS a WhatsApp message can be *read*."""
    return twilio_message.parse_receipt(request)


def window_expires_at(last_inbound_at: datetime) -> datetime:
    """When free text ends: 24 h after the patient's last message to this sender (Twilio 63016)."""
    return last_inbound_at + WINDOW


def window_open(last_inbound_at: datetime | None, now: datetime) -> bool:
    """Whether free text may be sent; outside only an approved template may."""
    return last_inbound_at is not None and now < window_expires_at(last_inbound_at)


def is_scoped(address: str) -> bool:
    """Whether this is a business-scoped id ("US.1349…"), by which WhatsApp names a writer who keeps their number to
    themselves: good for an answer here, no phone and no key to a patient."""
    return _SCOPED.fullmatch(address) is not None


def canonical(number: str) -> str:
    """The valid E.164 form of a WhatsApp number: Mexico's +52 1 … lost its 1 in 2019, WhatsApp still writes it."""
    return re.sub(r"^\+521(\d{10})$", r"+52\1", number)


def spellings(number: str) -> tuple[str, ...]:
    """Every number that means the same person, the given one first: Mexico +521/+52, Argentina +549/+54, Brazil with
    and without the ninth digit."""
    others = [
        re.sub(r"^\+521(\d{10})$", r"+52\1", number),
        re.sub(r"^\+52(\d{10})$", r"+521\1", number),
        re.sub(r"^\+549(\d{10})$", r"+54\1", number),
        re.sub(r"^\+54(\d{10})$", r"+549\1", number),
        re.sub(r"^\+55(\d\d)9(\d{8})$", r"+55\1\2", number),
        re.sub(r"^\+55(\d\d)([6-9]\d{7})$", r"+55\g<1>9\2", number),
    ]
    return tuple(dict.fromkeys([number, *others]))


async def send(outbound: Outbound, account: Account) -> Sent:
    """Free text inside the window, or `template` (ContentSid) with `template_variables` and no text at all."""
    sms.refuse_oversized(outbound, MOST_CHARACTERS)
    from channels import twilio_rest

    return await twilio_rest.send_message(twilio_rest.prefixed(outbound, "whatsapp"), account)


def _place(details: dict[str, str]) -> tuple[Attachment, ...]:
    if "latitude" not in details or "longitude" not in details:
        return ()
    lines = [details.get("place_label"), details.get("place_address")]
    lines.append(f"{details['latitude']}, {details['longitude']}")
    content = ("\n".join(line for line in lines if line) + "\n").encode()
    return (Attachment("location.txt", "text/plain", len(content), content=content),)
