"""A pretend carrier, so that the demo needs no account: it takes messages and says which receipts would come back.

Pure but for being async. Refuses what the provider would refuse, by the last four digits of the number: 0003 out of
reach, 0006 landline, 0007 filtered, 1211 no number, 1610 opted out, 0429 too fast, 0500 no answer.
"""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode

import msgspec

from channels import twilio, twilio_message
from channels.envelope import DoorRequest, Inbound, Outbound, Receipt, SendFailed, Sent
from channels.errors import explain
from channels.twilio import Account
from channels.twilio import verify as verify  # its receipts come signed through the real door
from channels.twilio_message import callback_url

ACCOUNT = Account(account_sid="AC" + "0" * 31 + "1", tokens=("sandbox",))
_REFUSED = {"1211": "21211", "1610": "21610"}
_UNDELIVERED = {"0003": "30003", "0006": "30006", "0007": "30007"}


class Planned(msgspec.Struct, frozen=True):
    """A receipt to post to `url` `after` seconds from sending: `body` as a form, `signature` in the header."""

    after: float
    url: str
    params: dict[str, str]
    signature: str

    @property
    def body(self) -> bytes:
        return urlencode(self.params).encode()


def parse(request: DoorRequest) -> Inbound:
    """A message as Twilio would post it."""
    return twilio_message.parse(request)


def parse_receipt(request: DoorRequest) -> Receipt:
    """A receipt as `receipts` plans it."""
    return twilio_message.parse_receipt(request)


async def send(outbound: Outbound, account: Account = ACCOUNT) -> Sent:
    """Take a message; the id is made from the attempt, so the same attempt never becomes two messages."""
    ending = _ending(outbound.to)
    if ending in _REFUSED:
        raise SendFailed(explain(_REFUSED[ending]), code=_REFUSED[ending], permanent=True)
    if ending == "0429":
        raise SendFailed(explain("20429"), code="20429", retry_after=1.0)
    if ending == "0500":
        raise SendFailed("The provider did not answer in time.", code="500", ambiguous=True)
    return Sent(external_id=message_sid(outbound), status="queued")


def message_sid(outbound: Outbound) -> str:
    """`SM…` (`MM…` with files) and 32 hexadecimal digits, as Twilio writes it."""
    digest = hashlib.sha256(f"{outbound.attempt}\0{outbound.to}".encode()).hexdigest()[:32]
    return ("MM" if outbound.attachments else "SM") + digest


def receipts(outbound: Outbound, sent: Sent, account: Account = ACCOUNT) -> list[Planned]:
    """What the carrier will say and when: sent, delivered, for WhatsApp read; or undelivered with its code."""
    code = _UNDELIVERED.get(_ending(outbound.to), "")
    steps = [(0.4, "sent"), (1.5, "undelivered" if code else "delivered")]
    if outbound.channel == "whatsapp" and not code:
        steps.append((4.0, "read"))
    if not outbound.status_callback:
        return []
    return [_planned(after, status, code, outbound, sent, account) for after, status in steps]


def _planned(after: float, status: str, code: str, outbound: Outbound, sent: Sent, account: Account) -> Planned:
    prefix = {"whatsapp": "whatsapp:", "social": "messenger:"}.get(outbound.channel, "")
    params = {
        "AccountSid": account.account_sid,
        "ApiVersion": "2010-04-01",
        "From": prefix + outbound.line.removeprefix(prefix),
        "MessageSid": sent.external_id,
        "MessageStatus": status,
        "SmsSid": sent.external_id,
        "SmsStatus": status,
        "To": prefix + outbound.to.removeprefix(prefix),
    }
    if code and status == "undelivered":
        params["ErrorCode"] = code
    url = callback_url(outbound)
    signature = twilio.sign(url, params.items(), account.tokens[0])
    return Planned(after, url, params, signature)


def _ending(number: str) -> str:
    return "".join(character for character in number if character.isdigit())[-4:]
