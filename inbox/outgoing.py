"""A message as its channel takes it: words, files, the mail it answers and where answers to it go."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row, select

from channels import mail
from channels.envelope import Attachment, Outbound
from inbox import upload
from inbox.house import House
from inbox.keys import sign
from inbox.private_link import revealed
from inbox.store import attachments
from inbox.store.database import Transaction
from inbox.store.tables import messages


def compose(unit: Transaction, house: House, message: Row[Any], to: str, attempt_id: int) -> Outbound:
    """The message for this address, under the number of its attempt."""
    files = [_file(house, message, row) for row in attachments.of_message(unit, message.id) if row.blob]
    answered = _last_mail(unit, message) if message.channel == "mail" else None
    mailbox = message.line if "@" in message.line else house.settings.mail_from
    return Outbound(
        channel=message.channel,
        to=to,
        line=message.line,
        text=revealed(house, message.id, message.body),
        attempt=str(attempt_id),
        subject=_subject(message, answered),
        message_id=mail_id(house, message.id) if message.channel == "mail" else "",
        in_reply_to=(answered.mail_id or "") if answered else "",
        references=(answered.mail_id,) if answered and answered.mail_id else (),
        reply_to=reply_to(house, message, mailbox) if message.channel == "mail" else "",
        attachments=tuple(files),
        template=message.template if message.template.startswith("HX") else "",
        template_variables=message.variables,
        status_callback=f"{house.settings.public_url}/in/twilio/status",
        automatic=message.author_kind == "automatic",
    )


def _file(house: House, message: Row[Any], row: Row[Any]) -> Attachment:
    """Its bytes for a mail; for a carrier the address where it fetches them."""
    named = Attachment(row.filename, row.content_type, row.size, row.sha256)
    if message.channel == "mail":
        return msgspec.structs.replace(named, content=house.files.read(row.blob))
    return msgspec.structs.replace(named, url=upload.address(house, row.id))


def mail_id(house: House, message_id: int) -> str:
    """Our Message-ID: a keyed hash that says nothing; the same for every try, so a repeat is seen as one mail."""
    host = house.settings.mail_from.rpartition("@")[2] or "warmline.invalid"
    return f"{sign(house.keys.mail_id, str(message_id)).lower()}@{host}"


def reply_to(house: House, message: Row[Any], mailbox: str) -> str:
    """Where answers to it go: the mailbox, with a token of the conversation."""
    token = mail.thread_token(house.keys.thread, str(message.conversation_id), str(message.contact_id))
    return mail.plus_address(mailbox, token)


def _last_mail(unit: Transaction, message: Row[Any]) -> Row[Any] | None:
    wanted = select(messages.c.mail_id, messages.c.subject).where(
        messages.c.conversation_id == message.conversation_id,
        messages.c.direction == "in",
        messages.c.channel == "mail",
    )
    return unit.one(wanted.order_by(messages.c.at.desc()).limit(1))


def _subject(message: Row[Any], answered: Row[Any] | None) -> str:
    if message.channel != "mail":
        return ""
    subject = (answered.subject if answered else message.subject) or "Your message to us"
    return subject if subject.lower().startswith("re:") or answered is None else f"Re: {subject}"
