"""What the webhooks missed while we were down: each number's messages and calls are listed at the provider since the
last whole look, and come through the doorstep like any other arrival. What had come already changes nothing.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from urllib.parse import urlencode

from channels import twilio_list, twilio_message
from channels.envelope import DoorRequest
from channels.twilio import FORM_TYPE
from channels.twilio_list import Form, Listed, ProviderCall
from channels.twilio_rest import ProviderMessage
from inbox import approvals, carrier, intake
from inbox.dispatch import OURS, rises
from inbox.house import House
from inbox.intake import Arrived
from inbox.store import arrivals, calls, jobs, rounds, watermarks
from inbox.store.database import Reading, Transaction
from inbox.store.jobs import Job

EVERY = timedelta(minutes=2)
#: The lists are read anew from so long before the last look: they may lag behind, and a status changes late.
OVERLAP = timedelta(minutes=15)
#: A hook that is still on its way, or being tried again by the provider, is given so long to come by itself.
PATIENCE = timedelta(minutes=2)
MARK = "carrier.lists"
FINAL = frozenset({"delivered", "read", "failed", "undelivered"})


def plan(unit: Transaction, house: House) -> None:
    """Queues the next look when it is time; the first one begins at the time of the installation."""
    if not carrier.can_be_asked(house.settings) or watermarks.claim(unit, MARK, EVERY) is None:
        return
    if not rounds.is_waiting(unit, "backfill"):
        jobs.add(unit, kind="backfill", ref=0, queue="bulk")


def perform(house: House, job: Job) -> None:
    """The *backfill* job. The watermark moves only after the last page of the last number; SendFailed brings the job
    back later."""
    with house.database.snapshot() as reading:
        began, since = reading.now, _since(reading)
        numbers = [line.address for line in house.configuration.practice().lines if line.address.startswith("+")]
    for number in numbers:
        listed = asyncio.run(twilio_list.since(house.twilio, number, since))
        arrived = _missed(house, listed, began - PATIENCE)
        if arrived:
            intake.store(house, arrived)
        house.database.write(_hold, job)
    approvals.look(house)
    house.database.write(_move_mark, job, began)


def _since(reading: Reading) -> datetime:
    row = watermarks.one(reading, MARK)
    last = datetime.fromisoformat(row.value) if row is not None and row.value else reading.now
    return last - OVERLAP


def _missed(house: House, listed: Listed, before: datetime) -> list[Arrived]:
    """The hooks that nobody brought."""
    with house.database.snapshot() as reading:
        came = [one for one in listed.came if _is_older(one, before) and not _has(reading, house, one)]
        changed = [one for one in listed.went if one.status in FINAL and _has_changed(reading, one)]
        rung = [one for one in listed.calls if _is_over(one, before) and not _is_known(reading, one)]
    arrived = [_message(house, one) for one in came] + [_receipt(house, one) for one in changed]
    return arrived + [hook for call in rung for hook in _call(house, call)]


def _is_older(message: ProviderMessage, before: datetime) -> bool:
    return message.created_at is not None and message.created_at <= before


def _is_over(call: ProviderCall, before: datetime) -> bool:
    return call.ended_at is not None and call.ended_at <= before


def _has(reading: Reading, house: House, message: ProviderMessage) -> bool:
    channel, _ = twilio_message.split(message.sender)
    return bool(arrivals.known(reading, [(channel, house.twilio.account_sid, message.external_id)]))


def _has_changed(reading: Reading, message: ProviderMessage) -> bool:
    """It is ours, and the provider knows more of it than we do."""
    row = rounds.message(reading, carrier.TEXTED, message.external_id)
    return row is not None and rises(row.status, OURS[message.status])


def _is_known(reading: Reading, call: ProviderCall) -> bool:
    row = calls.by_sid(reading, call.sid)
    return row is not None and row.ended_at is not None


def _message(house: House, message: ProviderMessage) -> Arrived:
    files = asyncio.run(twilio_list.media(house.twilio, message.external_id)) if message.media else []
    return intake.message(house, _hook(house, "messages", twilio_list.message_hook(house.twilio, message, files)))


def _receipt(house: House, message: ProviderMessage) -> Arrived:
    return intake.receipt(house, _hook(house, "status", twilio_list.status_hook(house.twilio, message)))


def _call(house: House, call: ProviderCall) -> list[Arrived]:
    rang, ended = twilio_list.call_hooks(house.twilio, call)
    left = asyncio.run(twilio_list.voicemail(house.twilio, call.sid))
    said = [("", rang), *([("recording", left)] if left else []), ("status", ended)]
    return [intake.call(house, _hook(house, f"voice/{step}".rstrip("/"), form), step) for step, form in said]


def _hook(house: House, door: str, form: Form) -> DoorRequest:
    """Verified by whom we asked, so it bears no signature."""
    url = f"{house.settings.public_url}/in/twilio/{door}"
    return DoorRequest(url, {"content-type": FORM_TYPE, "x-backfilled": "1"}, urlencode(form).encode())


def _hold(unit: Transaction, job: Job) -> None:
    if not jobs.renew(unit, job):
        raise jobs.TakenOver


def _move_mark(unit: Transaction, job: Job, began: datetime) -> None:
    watermarks.put(unit, MARK, began.isoformat())
    if not jobs.finish(unit, job):
        raise jobs.TakenOver
