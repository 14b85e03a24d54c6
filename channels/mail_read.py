"""Reads one raw mail into a letter: limits first, then structure, words, machine marks and quotes.

Runs inside the limited child process; refuses (`Unparseable`) only what breaks a limit.
"""

from __future__ import annotations

import hashlib
from email import message_from_bytes
from email.policy import compat32

from channels import mail_html, quoting
from channels.envelope import Machine
from channels.mail_body import Body, Part, Walk, content_type, header
from channels.mail_bounce import read_bounce
from channels.mail_cut import cut
from channels.mail_headers import bare_ids, clean, ids, moment, parameters, people, words
from channels.mail_letter import Forward, Letter, Person
from channels.mail_limits import outline
from channels.mail_machine import Headers, Marks, marks

_RECIPIENT_FIELDS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to", "bcc")


def read(raw: bytes, authserv_id: str = "") -> Letter:
    """The letter in a raw RFC 5322 message of at most 60 MiB. Raises `Unparseable` for a broken limit."""
    skeleton = cut(raw, outline(raw))
    message: Part = message_from_bytes(skeleton.raw, policy=compat32)
    headers = Headers([(name, str(value)) for name, value in message.raw_items()])
    walk = Walk(skeleton)
    text = walk.text(message).strip("\n")
    kind, report = content_type(message), parameters(header(message, "content-type"))[1].get("report-type", "").lower()
    subject = words(headers.first("subject"))
    found = marks(headers, subject, kind=kind, report=report, authserv_id=authserv_id)
    return _letter(raw, message, headers, walk.body, text, found, is_report=report == "feedback-report")


def _letter(
    raw: bytes, message: Part, headers: Headers, body: Body, text: str, found: Marks, *, is_report: bool
) -> Letter:
    html = mail_html.sanitise("\n".join(body.html)) if body.html else mail_html.SafeHtml("", 0)
    reply = quoting.split_mail(text, "" if body.plain else "\n".join(body.html))
    sender = next(iter(people(headers.all("from"))), None) or next(iter(people(headers.all("sender"))), Person())
    subject = words(headers.first("subject"))
    is_report = is_report or any(piece.content_type == "message/feedback-report" for piece in body.pieces)
    bounce = None if is_report else read_bounce(message, headers, sender, subject, text)
    return Letter(
        message_id=next(iter(bare_ids(headers.all("message-id"))), "") or artificial_id(raw),
        in_reply_to=ids(headers.all("in-reply-to")) or bare_ids(headers.all("in-reply-to")),
        references=ids(headers.all("references")),
        at=moment(headers.first("date")) or moment(headers.first("received").rpartition(";")[2]),
        sender=sender,
        reply_to=people(headers.all("reply-to")),
        to=people(headers.all("to")),
        cc=people(headers.all("cc")),
        recipients=_recipients(headers),
        subject=subject,
        text=clean(text),
        html=clean(html.html),
        reply_text=reply.text,
        signature=reply.signature,
        machine=_machine(found, bounced=bounce is not None, is_report=is_report),
        is_auto_reply=found.auto_reply and bounce is None and not is_report,
        is_feedback_report=is_report,
        is_mailing_list=found.mailing_list,
        is_spam=found.spam,
        bounce=bounce,
        dmarc=found.dmarc,
        forward=_forward(body, reply),
        pieces=tuple(body.pieces),
        remote_images=html.remote_images,
        defects=_defects(message, headers, body),
    )


def artificial_id(raw: bytes) -> str:
    """A Message-ID for a mail without one, from its bytes: the same mail gets the same id."""
    return f"{hashlib.sha256(raw).hexdigest()[:40]}@missing.invalid"


def _recipients(headers: Headers) -> tuple[str, ...]:
    listed = people(value for name in _RECIPIENT_FIELDS for value in headers.all(name))
    return tuple(dict.fromkeys(person.address for person in listed if person.address))


def _machine(found: Marks, *, bounced: bool, is_report: bool) -> Machine | None:
    order: list[tuple[bool, Machine]] = [
        (found.loop, "loop"),
        (bounced, "bounce"),
        (is_report, "feedback_report"),
        (found.mailing_list and not found.auto_reply, "mailing_list"),
        (found.auto_reply, "auto_reply"),
        (bool(found.spam), "spam"),
    ]
    return next((name for holds, name in order if holds), None)


def _forward(body: Body, reply: quoting.Reply) -> Forward | None:
    if not reply.forwarded:
        return body.forward
    return Forward(next(iter(people([reply.forwarded_from])), Person()), reply.forwarded)


def _defects(message: Part, headers: Headers, body: Body) -> tuple[str, ...]:
    structural = {type(defect).__name__ for part in message.walk() for defect in part.defects}
    missing = {f"no {name}" for name in ("message-id", "date", "from") if not headers.first(name)}
    return (*sorted(missing), *sorted(structural), *body.defects)
