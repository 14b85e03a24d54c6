"""Mail as a channel: raw RFC 5322 bytes to the envelope, and the envelope to the clinic's relay.

Refuses (`Unparseable`) what breaks a limit; the doors parse in a limited process (`channels.mail_child`), because what
reaches a mailbox is hostile.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, NoReturn

from channels.envelope import Address, BadSignature, DoorRequest, Inbound, Unparseable
from channels.mail_cut import attachment
from channels.mail_letter import Letter
from channels.mail_limits import Raw, header_block
from channels.mail_token import plus_address, thread_token, token_in, verify_thread_token

if TYPE_CHECKING:
    import ssl

    from channels.envelope import Outbound, Sent
    from channels.mail_send import SmtpRelay

__all__ = [
    "external_id",
    "inbound",
    "parse",
    "parse_receipt",
    "plus_address",
    "send",
    "thread_token",
    "token_in",
    "verify",
    "verify_thread_token",
]

_KEY_FIELDS = (b"message-id", b"from", b"date")
_STEP = 1024 * 1024


def verify(request: DoorRequest, *, token: str) -> None:
    """Checks the bearer token of the mail door. Raises `BadSignature`; an empty configured token lets nobody in."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if not token or scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise BadSignature("mail door token missing or wrong")


def parse(raw: bytes, *, mailbox: str, authserv_id: str = "") -> Inbound:
    """The message in raw bytes, read in this process; see `mail_child.parse_limited` for mail from outside.

    `mailbox` is the address of ours it came to; `authserv_id` the host whose Authentication-Results count (RFC 8601).
    Raises `Unparseable` for a broken limit."""
    from channels.mail_read import read

    return inbound(read(raw, authserv_id), raw, mailbox=mailbox)


def inbound(letter: Letter, raw: bytes, *, mailbox: str) -> Inbound:
    """The envelope of a letter; `raw` gives the bytes of attachments that were cut out of it. Raises `Unparseable` for
    bytes without any header field: nobody wrote them, so nobody can be answered."""
    if not header_block(raw)[0]:
        raise Unparseable("no header field, so no mail (RFC 5322)")
    return Inbound(
        channel="mail",
        external_id=external_id(raw),
        sender=Address("email", letter.sender.address) if letter.sender.address else None,
        line=mailbox,
        sender_name=letter.sender.name,
        at=letter.at,
        text=letter.text,
        reply_text=letter.reply_text if letter.reply_text != letter.text else "",
        subject=letter.subject,
        html=letter.html,
        attachments=tuple(attachment(piece, raw) for piece in letter.pieces),
        message_id=letter.message_id,
        in_reply_to=letter.in_reply_to,
        references=letter.references,
        thread_token=token_in(letter.recipients, mailbox),
        machine="loop" if _is_own(letter, mailbox) else letter.machine,
        bounce=letter.bounce,
        cc=tuple(person.address for person in letter.cc if person.address),
        defects=letter.defects,
        dmarc=letter.dmarc,
    )


def _is_own(letter: Letter, mailbox: str) -> bool:
    """Whether our own mailbox is the sender: what we sent came back to us, or somebody pretends."""
    local, _, domain = letter.sender.address.lower().rpartition("@")
    return bool(local) and f"{local.partition('+')[0]}@{domain}" == mailbox.lower()


def external_id(raw: Raw) -> str:
    """SHA-256 in hex over Message-ID, From, Date and the body: `Received` differs by road, and a Message-ID alone would
    let a stranger pre-empt someone's mail. Line ends and the last empty lines do not count. A mapped file is read a
    piece at a time."""
    try:
        fields, body = header_block(raw)
    except Unparseable:
        fields, body = [], 0
    found = {field.name: field.value for field in reversed(fields)}
    digest = hashlib.sha256()
    for name in _KEY_FIELDS:
        value = re.sub(rb"\s+", b" ", found.get(name, b"")).strip()
        digest.update(b"%d:%b" % (len(value), value))
    held = b""
    for start in range(body, len(raw), _STEP):
        piece = (held + raw[start : start + _STEP]).replace(b"\r\n", b"\n")
        kept = piece.rstrip(b"\r\n")
        digest.update(kept)
        held = piece[len(kept) :]
    digest.update(held.rstrip(b"\n"))
    return digest.hexdigest()


def parse_receipt(request: DoorRequest) -> NoReturn:
    """Mail has no receipts of its own: what became of a mail comes back as a mail, in `Inbound.bounce`."""
    raise Unparseable("mail has no receipts")


async def send(outbound: Outbound, smtp: SmtpRelay, *, tls: ssl.SSLContext | None = None) -> Sent:
    """Sends through the clinic's relay with TLS forced; see `mail_send.send` for what it raises."""
    from channels import mail_send

    return await mail_send.send(outbound, smtp, tls=tls)
