"""From raw bytes to what they mean: each door's arrivals parsed by their channel and handed to their use case.

The effect, the arrival's new state and the finished job are one transaction. What cannot be understood is quarantined
where people see it, with its clock running.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Row

import channels
from channels import chat, mail_child, twilio_message, voice, webform
from channels.envelope import Attachment, CallEvent, DoorRequest, Inbound, Receipt, Unparseable
from channels.form import CONTACT, Language
from inbox import calls, form, mailbox, receipt, reception, secure_answer, stand_in
from inbox.house import House
from inbox.landing import Landed
from inbox.store import arrivals, contacts, jobs, threads
from inbox.store.database import Transaction
from inbox.store.jobs import Job
from inbox.voicemenu import menu_of

PREVIEW_BYTES = 4_096
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

Meaning = Inbound | Receipt | CallEvent


def understand(house: House, job: Job) -> None:
    """The *arrival* job. Running it twice does nothing the second time."""
    with house.database.snapshot() as reading:
        arrival = arrivals.get(reading, job.ref)
    if arrival is None or arrival.state != "accepted":
        house.database.write(lambda unit: jobs.finish(unit, job))
        return
    body = house.files.read(arrival.blob) if arrival.blob else arrival.body
    request = DoorRequest(arrival.url, arrival.headers, body)
    try:
        if arrival.reason.startswith("conflict"):
            raise Unparseable(arrival.reason)
        meaning = _storable(_parse(house, arrival, request))
    except Unparseable as error:
        house.database.write(_hold, house, job, arrival, body, str(error))
        return
    if isinstance(meaning, Inbound):
        meaning = _put_aside(house, meaning)
    house.database.write(_act, house, job, arrival, meaning)


def understand_together(house: House, together: Sequence[Job]) -> list[Job]:
    """Several *arrival* jobs in one transaction, which costs little more than one of them. Answers the jobs that need
    a run of their own: mail, which is parsed slowly, and whatever is no plain message."""
    with house.database.snapshot() as reading:
        found = arrivals.get_many(reading, [job.ref for job in together])
    plain = [read for job in together if (read := _plain(house, job, found.get(job.ref))) is not None]
    # the same senders in the same order everywhere, so that two groups do not wait for each other's rows
    plain.sort(key=lambda read: read[2].sender.value if read[2].sender else "")
    if plain:
        house.database.write(_act_together, house, plain)
    done = {job.id for job, _, _ in plain}
    return [job for job in together if job.id not in done]


def hold_failed(house: House, job: Job, why: str) -> None:
    """An arrival that could be parsed but not handled after all tries: shown to people like any other."""
    with house.database.snapshot() as reading:
        arrival = arrivals.get(reading, job.ref)
    if arrival is not None and arrival.state == "accepted":
        body = house.files.read(arrival.blob) if arrival.blob else arrival.body
        house.database.write(_hold, house, None, arrival, body, why)


_Plain = tuple[Job, Row[Any], Inbound]


def _plain(house: House, job: Job, arrival: Row[Any] | None) -> _Plain | None:
    """The message of an arrival that is nothing but one; None for all else."""
    if arrival is None or arrival.state != "accepted" or arrival.door not in _QUICK or arrival.blob or arrival.reason:
        return None
    try:
        meaning = _parse(house, arrival, DoorRequest(arrival.url, arrival.headers, arrival.body))
    except Unparseable:
        return None
    if not isinstance(meaning, Inbound) or any(file.content is not None for file in meaning.attachments):
        return None
    return job, arrival, _storable(meaning)


def _act_together(unit: Transaction, house: House, plain: Sequence[_Plain]) -> None:
    _foresee(unit, [inbound for _, _, inbound in plain])
    settled = []
    for _, arrival, inbound in plain:
        landed = reception.receive(unit, house, inbound, arrival_id=arrival.id, received_at=arrival.received_at)
        stand_in.give_way(unit, house, stand_in_id=arrival.conversation_id, to_id=landed.conversation_id)
        settled.append((arrival.id, landed.state, landed.reason, landed.conversation_id, landed.message_id))
    arrivals.settle_all(unit, settled)
    if not jobs.finish_all(unit, [job for job, _, _ in plain]):
        raise jobs.TakenOver


def _foresee(unit: Transaction, group: Sequence[Inbound]) -> None:
    """What each of them would ask is asked for all at once: on a database server every question is a journey."""
    threads.foresee_messages(unit, [(one.channel, one.external_id) for one in group])
    contacts.foresee(unit, [(one.sender.kind, one.sender.value) for one in group if one.sender])


def _act(unit: Transaction, house: House, job: Job, arrival: Row[Any], meaning: Meaning) -> None:
    if isinstance(meaning, Receipt):
        landed = Landed("received", reason=receipt.settle(unit, house, meaning))
    elif isinstance(meaning, CallEvent):
        landed = calls.follow(unit, house, meaning, arrival_id=arrival.id, received_at=arrival.received_at)
    elif arrival.door == "secure":
        landed = secure_answer.receive(unit, house, meaning, arrival_id=arrival.id, received_at=arrival.received_at)
    else:
        landed = reception.receive(unit, house, meaning, arrival_id=arrival.id, received_at=arrival.received_at)
    stand_in.give_way(unit, house, stand_in_id=arrival.conversation_id, to_id=landed.conversation_id)
    arrivals.settle(
        unit,
        arrival.id,
        state=landed.state,
        reason=landed.reason,
        conversation_id=landed.conversation_id,
        message_id=landed.message_id,
    )
    if not jobs.finish(unit, job):
        raise jobs.TakenOver


def _hold(unit: Transaction, house: House, job: Job | None, arrival: Row[Any], body: bytes, why: str) -> None:
    """Quarantine: a conversation stub with its clock, a safe preview as its only words, and the reason."""
    stub = Inbound(
        channel=_channel_of(arrival),
        external_id=f"arrival:{arrival.id}",
        sender=None,
        line="",
        account=arrival.account,
        text=preview(body),
        subject="A message that could not be read",
    )
    landed = reception.receive(unit, house, stub, arrival_id=arrival.id, received_at=arrival.received_at)
    assert landed.conversation_id is not None
    row = threads.get(unit, landed.conversation_id)
    threads.change(unit, row, {"marks": sorted({*row.marks, "quarantined"})})
    unit.record("arrival.quarantined", actor_id=None, conversation_id=row.id, details={"arrival": arrival.id})
    arrivals.settle(
        unit,
        arrival.id,
        state="quarantined",
        reason=why,
        conversation_id=landed.conversation_id,
        message_id=landed.message_id,
    )
    if job is not None and not jobs.finish(unit, job):
        raise jobs.TakenOver


def preview(body: bytes) -> str:
    """The first 4 KiB as harmless text: controls removed, undecodable bytes replaced."""
    return _CONTROLS.sub(" ", body[:PREVIEW_BYTES].decode("utf-8", "replace"))


def _parse(house: House, arrival: Row[Any], request: DoorRequest) -> Meaning:
    door, _, step = arrival.door.partition(":")
    return _PARSERS[door](house, request, step, arrival.received_at)


def _message(house: House, request: DoorRequest, step: str, at: datetime) -> Meaning:
    parsed: Inbound = channels.module(twilio_message.kind(request)).parse(request)
    return parsed


def _status(house: House, request: DoorRequest, step: str, at: datetime) -> Meaning:
    return twilio_message.parse_receipt(request)


def _voice(house: House, request: DoorRequest, step: str, at: datetime) -> Meaning:
    return voice.parse(request, step, menu_of(house.configuration.practice()))


def _mail(house: House, request: DoorRequest, step: str, at: datetime) -> Meaning:
    fetched = request.headers if request.url == mailbox.URL else {}
    if size := fetched.get(mailbox.TOO_LARGE):
        raise Unparseable(f"mail of {int(size) // 2**20} MiB: read it where it arrived")
    read = mail_child.parse_limited(request.body, house.settings.mail_from, authserv_id=house.settings.authserv_id)
    reached = fetched.get(mailbox.RECEIVED_AT)
    # never the mail's own Date: it says what its writer's clock, or its writer, wants (reliability.md, P15)
    return msgspec.structs.replace(read, at=datetime.fromisoformat(reached) if reached else None)


def _form(house: House, request: DoorRequest, step: str, at: datetime) -> Meaning:
    slug = urlsplit(request.url).path.rpartition("/")[2]
    with house.database.snapshot() as reading:
        definition = form.as_of(reading, slug, at) or CONTACT
    # the door asked those whom it could ask: what is stored is read as far as it goes
    language: Language = "es" if "lang=es" in request.url else "en"
    return webform.parse(request, definition, house.keys.form, at, language, asks_name=False)


def _chat(house: House, request: DoorRequest, step: str, at: datetime) -> Meaning:
    session = request.headers.get(chat.SESSION_HEADER, "")
    if b'"answers"' not in request.body:
        return chat.parse(request, session)
    with house.database.snapshot() as reading:
        return chat.parse(request, session, form=form.as_of(reading, chat.QUESTIONS, at))


def _answer(house: House, request: DoorRequest, step: str, at: datetime) -> Meaning:
    return webform.parse_answer(request)


def _chat_file(house: House, request: DoorRequest, step: str, at: datetime) -> Meaning:
    return chat.parse_file(request, request.headers.get(chat.SESSION_HEADER, ""))


_PARSERS: dict[str, Callable[[House, DoorRequest, str, datetime], Meaning]] = {
    "twilio.messages": _message,
    "twilio.status": _status,
    "twilio.voice": _voice,
    "mail": _mail,
    "webform": _form,
    "chat": _chat,
    "chat.file": _chat_file,
    "secure": _answer,
}


#: Doors whose messages are parsed in well under a millisecond.
_QUICK = frozenset({"twilio.messages", "webform", "chat"})


def _channel_of(arrival: Row[Any]) -> Any:
    return arrival.channel if arrival.channel in channels.KINDS else "sms"


def _storable(value: Any) -> Any:
    """The same without what a database refuses: NULs and lone surrogates. The raw arrival keeps them."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", "")
    if isinstance(value, tuple):
        return tuple(map(_storable, value))
    if isinstance(value, dict):
        return {_storable(key): _storable(held) for key, held in value.items()}
    if isinstance(value, msgspec.Struct):
        fixed = {name: _storable(getattr(value, name)) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **fixed)
    return value


def _put_aside(house: House, inbound: Inbound) -> Inbound:
    """Files that came with the message go to the file store before the transaction begins."""
    if not any(file.content is not None for file in inbound.attachments):
        return inbound
    return msgspec.structs.replace(inbound, attachments=tuple(_kept(house, file) for file in inbound.attachments))


def _kept(house: House, file: Attachment) -> Attachment:
    if file.content is None:
        return file
    return msgspec.structs.replace(
        file,
        content=None,
        url=f"file:{house.files.keep(file.content)}",
        size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
    )
