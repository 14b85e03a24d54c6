"""A mail as it was read: plain frozen values that travel from the parsing process to the one that asked.

Decides nothing; `channels.mail` turns a letter into the envelope.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from channels.envelope import Bounce, Machine

Encoding = Literal["", "base64", "quoted-printable"]


class Person(msgspec.Struct, frozen=True):
    """A name and an address as a header gives them; the domain is lower-case, `address` empty when it is none."""

    name: str = ""
    address: str = ""


class Piece(msgspec.Struct, frozen=True):
    """An attachment: its bytes, or where its encoded bytes lie in the raw mail (`start`, `end`, `encoding`)."""

    filename: str
    content_type: str
    inline: bool = False
    content_id: str = ""
    content: bytes = b""
    start: int = 0
    end: int = 0
    encoding: Encoding = ""


class Forward(msgspec.Struct, frozen=True):
    """A message somebody passed on inside this one."""

    sender: Person
    text: str


class Letter(msgspec.Struct, frozen=True):
    """All that a mail says. Message-IDs come without angle brackets; `html` is sanitised; every text is clean of NUL,
    control characters and lone surrogates. `recipients` are all addresses it was delivered to, by any header."""

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    at: datetime | None = None
    sender: Person = Person()
    reply_to: tuple[Person, ...] = ()
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    recipients: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    reply_text: str = ""
    signature: str = ""
    machine: Machine | None = None
    is_auto_reply: bool = False
    is_feedback_report: bool = False
    is_mailing_list: bool = False
    is_spam: bool | None = None
    bounce: Bounce | None = None
    dmarc: str = ""
    forward: Forward | None = None
    pieces: tuple[Piece, ...] = ()
    remote_images: int = 0
    defects: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """What the parsing process says: a letter, or why it refused the mail."""

    letter: Letter | None = None
    refused: str = ""
