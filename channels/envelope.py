"""The one shape every channel speaks: what a door received, what was said, what to send, what became of it.

Plain frozen values; no database, no clock, no network. Times are aware UTC. Refuses nothing: a channel module decides
what it cannot understand and raises `Unparseable`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

ChannelKind = Literal["sms", "whatsapp", "voice", "mail", "webform", "chat", "social"]
AddressKind = Literal["phone", "email", "chat", "social"]
#: Why a message needs no answer from us though it is kept and shown (RFC 3834, RFC 3464, RFC 5965, List-* headers).
Machine = Literal["auto_reply", "bounce", "feedback_report", "mailing_list", "loop", "spam"]


class BadSignature(Exception):
    """The request is not from whom it says; the text says which check failed and never holds a secret."""


class Unparseable(Exception):
    """The body cannot be understood; the text is a short reason fit for a person and never holds the body."""


class SendFailed(Exception):
    """A send did not happen, or nobody can say whether it did.

    `permanent`: refused for good (a 4xx but 429). `ambiguous`: the request left and no answer came (5xx, timeout,
    reset), so it may not be repeated blindly. Neither: provably not sent, try again after `retry_after` seconds.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: str = "",
        permanent: bool = False,
        ambiguous: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason, self.code = reason, code
        self.permanent, self.ambiguous, self.retry_after = permanent, ambiguous, retry_after


class DoorRequest(msgspec.Struct, frozen=True):
    """One request as it reached a door. `url` is the configured public address + path + query, never the Host header;
    `headers` have lower-case names; `body` is the raw bytes."""

    url: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"


class Address(msgspec.Struct, frozen=True):
    """One address whoever uses it: E.164, a mail address (domain lower-case), a chat session or a social id."""

    kind: AddressKind
    value: str


class Attachment(msgspec.Struct, frozen=True):
    """A file of a message: its bytes in `content`, or `url` where the provider still holds them."""

    filename: str
    content_type: str
    size: int = 0
    sha256: str = ""
    inline: bool = False
    content: bytes | None = None
    content_id: str = ""
    url: str = ""


class Claims(msgspec.Struct, frozen=True):
    """What a writer typed about themselves: evidence for a match, never a proof. `phone` is E.164 when valid."""

    name: str = ""
    birth_on: date | None = None
    phone: str = ""
    email: str = ""


class Bounce(msgspec.Struct, frozen=True):
    """A delivery report about one of our mails (RFC 3464). `hard`: this address can never work."""

    recipient: str = ""
    action: str = ""
    status: str = ""
    diagnostic: str = ""
    reason: str = ""
    hard: bool = False
    original_message_id: str = ""


class Inbound(msgspec.Struct, frozen=True):
    """Words (or a call) that reached us. `line` is our number, mailbox, form or widget; `account` the provider account.

    `at` is the provider's time if it gives one. `text` is all the words; `reply_text` only the author's own where they
    differ. `sender` is None for an anonymous caller. `opt_out` is the provider's own verdict (Twilio OptOutType).
    `details` holds what only one channel knows (button, list choice, place, spam signs), by our own names.
    """

    channel: ChannelKind
    external_id: str
    sender: Address | None
    line: str
    account: str = ""
    sender_name: str = ""
    at: datetime | None = None
    text: str = ""
    reply_text: str = ""
    subject: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    thread_token: str = ""
    claims: Claims | None = None
    chosen_reason: str = ""
    language: str = ""
    machine: Machine | None = None
    opt_out: Literal["stop", "start", "help"] | None = None
    bounce: Bounce | None = None
    cc: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    dmarc: str = ""
    details: dict[str, str] = {}


class Receipt(msgspec.Struct, frozen=True):
    """What a provider says became of a message we sent. `status` is the provider's word; `attempt` our own id if the
    callback address carried it."""

    channel: ChannelKind
    external_id: str
    status: str
    code: str = ""
    attempt: str = ""
    at: datetime | None = None
    message: str = ""


class CallEvent(msgspec.Struct, frozen=True):
    """One step of a phone call. `kind` says which: the call came, a digit was pressed, somebody joined or parted, a
    recording or a transcript is ready, the call ended; *noted* changes nothing. `seconds` is the length so far;
    `recording_url` is the provider's. `sender` is the other party also where we called; `caller_verified` is the
    carrier's word on the number (STIR/SHAKEN). `call_id` is our own number of the call, 0 where the hook knows it by
    its `call_sid` only; `take` says whose leg it is, 0 the patient's."""

    call_sid: str
    kind: Literal[
        "ringing",
        "menu",
        "queued",
        "left",
        "voicemail",
        "recording",
        "transcription",
        "ended",
        "joined",
        "parted",
        "recorded",
        "noted",
    ]
    sender: Address | None
    line: str
    account: str = ""
    at: datetime | None = None
    digits: str = ""
    status: str = ""
    seconds: int | None = None
    recording_url: str = ""
    recording_sid: str = ""
    transcript: str = ""
    transcript_ok: bool = True
    language: str = ""
    chosen_reason: str = ""
    recording_refused: bool = False
    direction: Literal["inbound", "outbound"] = "inbound"
    caller_verified: bool | None = None
    call_id: int = 0
    take: int = 0
    conference: str = ""


class Outbound(msgspec.Struct, frozen=True):
    """Words to send. `to` and `line` are addresses as the channel writes them; `attempt` is our id, carried in the
    callback address so that an ambiguous send can be settled; `message_id` is the Message-ID of a mail (RFC 5322)."""

    channel: ChannelKind
    to: str
    line: str
    text: str
    attempt: str
    subject: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""
    attachments: tuple[Attachment, ...] = ()
    template: str = ""
    template_variables: dict[str, str] = {}
    status_callback: str = ""
    automatic: bool = False


class Sent(msgspec.Struct, frozen=True):
    """A provider took the message: its id there and its first status."""

    external_id: str
    status: str = "accepted"
