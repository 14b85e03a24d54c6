"""Sends one mail through the clinic's relay, always over TLS; plain text only to this machine.

Refuses header injection, addresses that are none, and relays without a certificate we trust.
"""

from __future__ import annotations

import ipaddress
import mimetypes
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib
import msgspec

from channels.envelope import Outbound, SendFailed, Sent
from channels.mail_headers import address
from channels.mail_machine import LOOP_HEADER

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\u2028\u2029]")
_MESSAGE_ID = re.compile(r"<?([!-;=?-~]{1,250}@[!-;=?-~]{1,250})>?")
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_SECONDS = 30.0
#: Seven bits, so that no relay on the way has to know 8BITMIME.
_POLICY = SMTP.clone(cte_type="7bit")


class SmtpRelay(msgspec.Struct, frozen=True):
    """The clinic's relay: `smtp+starttls://user:password@host:587`, `smtps://…`, or `smtp://` on loopback only."""

    url: str
    from_address: str
    from_name: str = ""


async def send(outbound: Outbound, smtp: SmtpRelay, *, tls: ssl.SSLContext | None = None) -> Sent:
    """Hands one mail to the relay; the external id is its Message-ID without brackets.

    Raises SendFailed: permanent for 5xx and for what we refuse ourselves; a retry for 4xx and no connection;
    ambiguous when the connection ends between the message and its answer."""
    message = compose(outbound, smtp)
    recipient = _address(outbound.to, "recipient")
    content = message.as_bytes(policy=_POLICY)
    async with _relay(smtp, tls) as client:
        await _envelope(client, _address(smtp.from_address, "sender"), recipient)
        await _data(client, content)
    return Sent(external_id=message["Message-ID"].strip("<>"))


def compose(outbound: Outbound, smtp: SmtpRelay) -> EmailMessage:
    """The message as it will leave. Raises SendFailed (permanent) for control characters or addresses that are none."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = _mailbox(smtp.from_address, smtp.from_name, "sender")
    message["To"] = _mailbox(outbound.to, "", "recipient")
    if outbound.reply_to:
        message["Reply-To"] = _mailbox(outbound.reply_to, "", "reply address")
    message["Subject"] = _plain(outbound.subject, "subject")
    message["Date"] = localtime()
    message["Message-ID"] = _id(outbound.message_id or f"{outbound.attempt}@{smtp.from_address.rpartition('@')[2]}")
    if outbound.in_reply_to:
        message["In-Reply-To"] = _id(outbound.in_reply_to)
    if outbound.references:
        message["References"] = " ".join(_id(one) for one in outbound.references[-20:])
    if outbound.automatic:
        message["Auto-Submitted"] = "auto-replied" if outbound.in_reply_to else "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message[LOOP_HEADER] = "1"
    message.set_content(outbound.text)
    _attach(message, outbound)
    return message


def _attach(message: EmailMessage, outbound: Outbound) -> None:
    for file in outbound.attachments:
        if file.content is None:
            raise SendFailed("an attachment has no content", code="attachment", permanent=True)
        kind = file.content_type if re.fullmatch(r"[\w.+-]+/[\w.+-]+", file.content_type) else ""
        main, _, sub = (kind or mimetypes.guess_type(file.filename)[0] or "application/octet-stream").partition("/")
        if main in ("text", "message", "multipart"):
            main, sub = "application", "octet-stream"
        name = _plain(file.filename, "file name")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=name, cid=None)


def _plain(text: str, what: str) -> str:
    if _CONTROL.search(text):
        raise SendFailed(f"the {what} holds control characters", code="header", permanent=True)
    return text


def _address(written: str, what: str) -> str:
    found = address(written) if not _CONTROL.search(written) else ""
    if not found or not found.isascii():
        raise SendFailed(f"the {what} is not a mail address we can write to", code="address", permanent=True)
    return found


def _mailbox(written: str, name: str, what: str) -> MailAddress:
    local, _, domain = _address(written, what).rpartition("@")
    return MailAddress(display_name=_plain(name, "name"), username=local, domain=domain)


def _id(written: str) -> str:
    found = _MESSAGE_ID.fullmatch(written)
    if not found:
        raise SendFailed("not a Message-ID", code="message-id", permanent=True)
    return f"<{found[1]}>"


@asynccontextmanager
async def _relay(smtp: SmtpRelay, tls: ssl.SSLContext | None) -> AsyncIterator[aiosmtplib.SMTP]:
    """A connection that is encrypted, checked and signed in, or SendFailed for a later try."""
    parts = urlsplit(smtp.url)
    client = _client(parts, tls)
    try:
        try:
            await client.connect()
            if parts.username:
                await client.login(unquote(parts.username), unquote(parts.password or ""))
        except aiosmtplib.SMTPAuthenticationError as refused:
            raise SendFailed("the relay refused our sign-in", code=str(refused.code)) from None
        except (aiosmtplib.SMTPException, OSError) as broken:
            raise SendFailed(f"no connection to the relay ({type(broken).__name__})", code="connection") from None
        yield client
    finally:
        client.close()


def _client(parts: SplitResult, tls: ssl.SSLContext | None) -> aiosmtplib.SMTP:
    """aiosmtplib falls back to plain text unless `start_tls` says yes or no, so it always says."""
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or not host:
        raise SendFailed("the relay address is not smtp+starttls:// or smtps://", code="relay", permanent=True)
    if parts.scheme == "smtp" and not _is_loopback(host):
        raise SendFailed("plain SMTP is allowed to this machine only", code="relay", permanent=True)
    return aiosmtplib.SMTP(
        hostname=host,
        port=parts.port or _PORTS[parts.scheme],
        use_tls=parts.scheme == "smtps",
        start_tls=parts.scheme == "smtp+starttls",
        tls_context=None if parts.scheme == "smtp" else tls or ssl.create_default_context(),
        timeout=_SECONDS,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _envelope(client: aiosmtplib.SMTP, sender: str, recipient: str) -> None:
    try:
        await client.mail(sender)
        await client.rcpt(recipient)
    except aiosmtplib.SMTPResponseException as refused:
        raise _refusal(refused.code, refused.message) from None
    except (aiosmtplib.SMTPException, OSError) as broken:
        raise SendFailed(f"the relay hung up ({type(broken).__name__})", code="connection") from None


async def _data(client: aiosmtplib.SMTP, content: bytes) -> None:
    """Sends the message. A connection that ends from DATA on is ambiguous, though the relay may not have seen the last
    dot: the library does not say how far it came, and a mail may not be repeated on a guess."""
    try:
        await client.data(content)
    except aiosmtplib.SMTPResponseException as refused:
        raise _refusal(refused.code, refused.message) from None
    except (aiosmtplib.SMTPException, OSError) as broken:
        raise SendFailed(
            f"no answer after the message ({type(broken).__name__})", code="data", ambiguous=True
        ) from None


def _refusal(code: int, said: str) -> SendFailed:
    """The relay's refusal by its code alone: its words may name the patient's address."""
    status = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", said)
    named = f"{code} {status[0]}" if status else str(code)
    return SendFailed(f"the relay answered {named}", code=named, permanent=500 <= code < 600)
