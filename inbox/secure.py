"""Words that their channel must not carry: the message holds a harmless notice with a link, the letter waits behind it.

Whoever holds the link proves who they are: the birth date of a confirmed patient, else a code sent to the same address.
A wrong, expired, locked or unknown link answers the same None.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Literal

import msgspec
from sqlalchemy import Row

from inbox import automatic, private_link
from inbox.house import House
from inbox.keys import is_signed, sign
from inbox.private_link import hashed
from inbox.store import access, arrivals, contacts, threads
from inbox.store import secure as store
from inbox.store.database import Reading, Transaction

LIFE = timedelta(days=7)
TRIES = 5
#: How long an opened letter may be answered and stays on screen.
OPEN_FOR = timedelta(minutes=10)
#: Channel and account of an answer's arrival.
ANSWER_DOOR = ("webform", "secure")
CODE_LIFE, CODE_PAUSE, CODES = timedelta(minutes=10), timedelta(minutes=1), 5
_NOTICE = {
    "en": "{clinic}: we sent you a private message. Read it here: {url}",
    "es": "{clinic}: le enviamos un mensaje privado. Puede leerlo en: {url}",
}
#: GSM-7 on purpose, so that a code is one segment.
_CODE = {
    "en": "{code} is your code for {clinic}. It works for 10 minutes. Nobody here will ask you for it.",
    "es": "{code} es su clave para {clinic}. Vale 10 minutos. Nadie de nuestro equipo se la va a pedir.",
}


class Sealed(msgspec.Struct, frozen=True):
    """`body` is what goes out in the open; `store(message_id)` keeps the letter, once the message has its id."""

    body: str
    store: Callable[[int], None]


class Letter(msgspec.Struct, frozen=True):
    """What may be said before anybody proved who they are. `ending` is the end of the address; `left` tries."""

    asks: Literal["birth", "code"]
    kind: str
    ending: str
    expires_at: datetime
    language: str
    left: int
    code_sent: bool


class Opened(msgspec.Struct, frozen=True):
    """The words, for whom proved it. `ticket` answers the letter once, within OPEN_FOR."""

    text: str
    author: str
    at: datetime
    language: str
    ticket: str


class Answer(msgspec.Struct, frozen=True):
    """What somebody wrote back: the letter, the key of the arrival, and the digest of its words."""

    letter_id: int
    key: str
    digest: str


def seal(unit: Transaction, house: House, *, row: Row[Any], text: str) -> Sealed:
    """A notice in the conversation's language for `row` (a conversation), and the way to keep `text` behind its link.
    The notice holds a masked address until it leaves."""
    url = private_link.masked(house, "s")
    notice = _NOTICE[_language(row.language)].format(clinic=house.configuration.practice().name, url=url)
    return Sealed(notice, partial(_keep, unit, house, row, text))


def look(reading: Reading, token: str) -> Letter | None:
    """What the page asks for; None when nothing can be opened here (any more)."""
    row = store.find(reading, hashed(token))
    return _letter(reading, row) if row is not None and _is_live(row, reading.now) else None


def open_letter(
    unit: Transaction, house: House, token: str, *, birth_on: date | None = None, code: str = "", address: str = ""
) -> Opened | Letter | None:
    """One try: the opened letter, the letter that still asks, or None when this try was the last. The access row of the
    patient's look stands in the same transaction."""
    row = store.hold(unit, hashed(token))
    if row is None or not _is_live(row, unit.now):
        return None
    is_right = birth_on == row.birth_on if row.birth_on is not None else _is_code(unit, house, row, code)
    if not is_right:
        return _miss(unit, row)
    _note_access(unit, row, address)
    if row.opened_at is None:
        store.change(unit, row.id, opened_at=unit.now)
        _journal(unit, row, "secure.opened")
    said = f"{secrets.token_urlsafe(9)}.{int((unit.now + OPEN_FOR).timestamp())}"
    ticket = f"{said}.{sign(house.keys.secure, row.token_hash, said)}"
    return Opened(row.body, row.author_name, row.at, _spoken(row), ticket)


def send_code(unit: Transaction, house: House, token: str) -> Letter | None:
    """Six digits to the address the link went to: at most one a minute and five a letter. None as for `look`."""
    row = store.hold(unit, hashed(token))
    if row is None or not _is_live(row, unit.now):
        return None
    sent = store.codes_sent(unit, row.conversation_id, _template(row))
    contact = contacts.get(unit, row.contact_id)
    may = row.birth_on is None and sent.n < CODES and (sent.n == 0 or sent.last_at <= unit.now - CODE_PAUSE)
    if may and contact is not None:
        words = _CODE[_language(_spoken(row))]
        text = words.format(code=_code(house, row, sent.n + 1), clinic=house.configuration.practice().name)
        automatic.send(
            unit,
            conversation_id=threads.get(unit, row.conversation_id).id,
            contact=contact,
            channel=row.channel,
            account=row.account,
            line=row.line,
            text=text,
            template=_template(row),
            exempt="reply",
        )
    return _letter(unit, row)


def answers(reading: Reading, house: House, token: str, ticket: str, text: str) -> Answer | None:
    """The one answer that this ticket gives; None when it ran out or gave another already. The same words again are
    the same answer."""
    row = store.find(reading, hashed(token))
    said, _, mac = ticket.rpartition(".")
    if row is None or not is_signed(mac, house.keys.secure, row.token_hash, said):
        return None
    nonce, _, until = said.partition(".")
    answer = Answer(int(row.id), f"letter:{row.id}:{nonce}", hashed(text))
    given = arrivals.known(reading, [(*ANSWER_DOOR, answer.key)])
    is_other = any(one.sha256 != answer.digest for one in given)
    return answer if int(until) >= reading.now.timestamp() and not is_other else None


def take_back(unit: Transaction, message_id: int) -> str | None:
    """Ends the letter of a message that never left and answers its words; None when it had none."""
    row = store.of_message(unit, message_id)
    if row is None:
        return None
    store.change(unit, row.id, ended_at=unit.now, end_cause="undone")
    return str(row.body)


def _keep(unit: Transaction, house: House, row: Row[Any], text: str, message_id: int) -> None:
    secure_id = store.add(
        unit,
        message_id=message_id,
        conversation_id=row.id,
        body=text,
        token_hash=hashed(private_link.token(house, "s", message_id)),
        expires_at=unit.now + LIFE,
    )
    unit.record(
        "secure.sent",
        actor_id=None,
        conversation_id=row.id,
        patient_id=row.subject_patient_id,
        details={"message": message_id, "secure": secure_id},
    )


def _miss(unit: Transaction, row: Row[Any]) -> Letter | None:
    """A wrong answer counts; the fifth locks the letter for good, and staff see it."""
    tries = row.tries + 1
    if tries < TRIES:
        store.change(unit, row.id, tries=tries)
        _journal(unit, row, "secure.failed", tries=tries)
        return _letter(unit, row, tries=tries)
    store.change(unit, row.id, tries=tries, ended_at=unit.now, end_cause="locked")
    _journal(unit, row, "secure.locked")
    return None


def _letter(reading: Reading, row: Row[Any], *, tries: int | None = None) -> Letter:
    sent = store.codes_sent(reading, row.conversation_id, _template(row))
    fresh = sent.n > 0 and sent.last_at > reading.now - CODE_LIFE
    asks: Literal["birth", "code"] = "birth" if row.birth_on is not None else "code"
    ending = row.value[-2:] if row.kind == "phone" else ""
    left = TRIES - (row.tries if tries is None else tries)
    return Letter(asks, row.kind, ending, row.expires_at, _spoken(row), left, fresh)


def _is_live(row: Row[Any], now: datetime) -> bool:
    return row.ended_at is None and row.expires_at > now


def _is_code(unit: Transaction, house: House, row: Row[Any], code: str) -> bool:
    """Only the newest code counts, for ten minutes."""
    sent = store.codes_sent(unit, row.conversation_id, _template(row))
    if sent.n == 0 or sent.last_at <= unit.now - CODE_LIFE:
        return False
    return hmac.compare_digest(code.encode("utf-8", "replace"), _code(house, row, sent.n).encode())


def _code(house: House, row: Row[Any], n: int) -> str:
    """Derived, so that it stands in no table of ours but the message that carries it."""
    mac = hmac.new(house.keys.secure, f"code\0{row.id}\0{n}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(mac[:8], 'big') % 1_000_000:06}"


def _template(row: Row[Any]) -> str:
    return f"secure.code.{row.id}"


def _note_access(unit: Transaction, row: Row[Any], address: str) -> None:
    access.add(
        unit,
        actor_id=None,
        role="patient",
        object="secure",
        object_id=row.id,
        patient_id=row.patient_id,
        conversation_id=row.conversation_id,
        how="opened",
        address=address,
    )


def _journal(unit: Transaction, row: Row[Any], verb: str, **details: Any) -> None:
    """The conversation's version rises with it, so that every screen shows what became of the letter."""
    conversation = threads.lock(unit, row.conversation_id)
    threads.change(unit, conversation, {})
    unit.record(
        verb,
        actor_id=None,
        conversation_id=conversation.id,
        patient_id=conversation.subject_patient_id,
        details={"message": row.message_id, "secure": row.id, **details},
    )


def _spoken(row: Row[Any]) -> str:
    return str(row.language or row.patient_language or "en")


def _language(tag: str) -> str:
    return "es" if tag[:2].lower() == "es" else "en"
