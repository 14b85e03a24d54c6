"""Stands before the carrier: each sender at its own pace, and an account that is away asked by one message at a time.
What waits stays queued, in its order, and leaves as soon as a probe is answered.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from channels import pacing
from channels.envelope import SendFailed
from channels.pacing import Breaker, Bucket
from inbox import carrier
from inbox.house import House
from inbox.practice import PER_SECOND, Line
from inbox.store import paces as store
from inbox.store.database import Reading, Transaction
from inbox.store.jobs import Job

State = TypeVar("State", Bucket, Breaker)

_BUCKET, _BREAKER = "pace:", "carrier:"
#: The carrier's word that it is well and we are too fast (HTTP 429; Twilio 20429).
_TOO_FAST = frozenset({"429", "20429"})


class Resting(msgspec.Struct, frozen=True):
    """An account that is away: since when, when it is asked again, how often it failed, how many messages wait."""

    account: str
    since: datetime
    until: datetime
    failures: int
    waiting: int


def hold(unit: Transaction, house: House, job: Job, message: Row[Any]) -> bool:
    """True where this message may not leave yet: it is put back, and those after it in its lane with it."""
    if not _is_carried(house, message):
        return False
    now = unit.now.timestamp()
    account, line = _BREAKER + message.account, _BUCKET + message.line
    breaker, wait = pacing.ask(_read(unit, account, Breaker()), now=now, message=message.id)
    if wait > 0:
        _put_back(unit, job, wait + random.uniform(0, 2), store.AWAY)  # noqa: S311  # jitter
        return True
    rate = next((one.per_second for one in _lines(house) if one.address == message.line), PER_SECOND)
    bucket, wait = pacing.take(_read(unit, line, Bucket()), now=now, per_second=rate)
    if wait > 0:
        behind = store.waiting(unit, message.account, store.PACED) / rate
        _put_back(unit, job, wait + random.uniform(0, behind), store.PACED)  # noqa: S311  # spread over what waits
        return True
    store.put(unit, line, msgspec.json.encode(bucket).decode())
    if breaker.is_open:
        store.put(unit, account, msgspec.json.encode(breaker).decode())
    return False


def answered(unit: Transaction, house: House, message: Row[Any]) -> None:
    """The carrier took one: the account is well, and what waited for it leaves."""
    name = _BREAKER + message.account
    if not _is_carried(house, message) or not store.is_known(unit, name):
        return
    before = _read(unit, name, Breaker())
    store.forget(unit, name)
    if before.is_open:
        released = store.release(unit, message.account)
        unit.record("carrier.resumed", actor_id=None, details={"account": message.account, "released": released})


def failed(unit: Transaction, house: House, message: Row[Any], failure: SendFailed) -> None:
    """A refusal is an answer like any other; only silence, resets and faults of the carrier's own count."""
    if failure.permanent:
        answered(unit, house, message)
    elif failure.code not in _TOO_FAST and _is_carried(house, message):
        _count(unit, message)


def _count(unit: Transaction, message: Row[Any]) -> None:
    name = _BREAKER + message.account
    before = _read(unit, name, Breaker())
    after = pacing.failed(before, now=unit.now.timestamp(), message=message.id)
    store.put(unit, name, msgspec.json.encode(after).decode())
    if after.is_open and not before.is_open:
        details = {"account": message.account, "failures": after.failures}
        unit.record("carrier.paused", actor_id=None, details=details)


def resting(reading: Reading) -> tuple[Resting, ...]:
    """The accounts that are away now."""
    found = []
    for name, value in store.named(reading, _BREAKER):
        breaker, account = msgspec.json.decode(value, type=Breaker), name.removeprefix(_BREAKER)
        if breaker.is_open:
            waiting = store.waiting(reading, account, store.AWAY)
            found.append(Resting(account, _at(breaker.since), _at(breaker.until), breaker.failures, waiting))
    return tuple(found)


def away(house: House) -> dict[str, int]:
    """Account to how many messages wait for it; empty while every carrier answers or the database does not."""
    try:
        with house.database.snapshot() as reading:
            return {one.account: one.waiting for one in resting(reading)}
    except SQLAlchemyError:
        return {}


def _is_carried(house: House, message: Row[Any]) -> bool:
    """Chat is our own, and the demo's carrier is never away."""
    return message.channel != "chat" and not carrier.is_pretended(house.settings, message.channel)


def _read(unit: Transaction, name: str, fresh: State) -> State:
    held = store.held(unit, name)
    return msgspec.json.decode(held, type=type(fresh)) if held else fresh


def _put_back(unit: Transaction, job: Job, seconds: float, why: str) -> None:
    store.put_back(unit, job, due_at=unit.now + timedelta(seconds=seconds), why=why)


def _lines(house: House) -> tuple[Line, ...]:
    return house.configuration.practice().lines


def _at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)
