"""The doorstep: what reaches a door is stored raw and committed before anyone tries to understand it.

What is waiting is committed together (group commit): one sync to disk serves many senders, and nobody is told 2xx
before it. A repeat changes nothing; the same key with other bytes is quarantined as a conflict.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections.abc import Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from channels import mail as channel_mail
from channels import twilio_message, voice
from channels.envelope import DoorRequest
from inbox.house import House
from inbox.store import arrivals, jobs
from inbox.store.database import Transaction

#: Bodies above this go to the file store.
INLINE_BYTES = 65_536
BATCH = 64
REFUSED_KEPT = 1_000
#: More arrivals a second than this make a crowd, which has passed when none was seen for so long.
CROWD, CROWDED_SECONDS = 400.0, 0.03


class Arrived(msgspec.Struct, frozen=True):
    """One request that reached a door. `external_id` makes it the same arrival again; `digest` says whether its bytes
    are the same too. With a `blob` the body, `size` bytes, lies in the file store already."""

    door: str
    channel: str
    account: str
    external_id: str
    request: DoorRequest
    digest: str = ""
    blob: str = ""
    size: int = 0


class Accepted(msgspec.Struct, frozen=True):
    """The durable arrival; `repeat` when it had come before."""

    arrival_id: int
    repeat: bool


_Waiting = tuple[Arrived, asyncio.Future[Accepted]]


class Pace:
    """How many come a second, as felt over the last moments. The size of a group would not tell: the faster groups are
    stored the smaller they are."""

    FELT_SECONDS = 0.05

    def __init__(self) -> None:
        self._felt, self._last = 0.0, 0.0

    def after(self, count: int, now: float) -> float:
        """Arrivals a second now that `count` more came; `now` in monotonic seconds."""
        self._felt = self._felt * math.exp((self._last - now) / self.FELT_SECONDS) + count
        self._last = now
        return self._felt / self.FELT_SECONDS


class Doorstep:
    """Gathers arrivals and commits them in groups, in a thread of its own."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._pace = Pace()
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="doorstep", daemon=True)

    def start(self) -> None:
        """Begins to commit."""
        self._thread.start()

    def stop(self) -> None:
        """Commits what is waiting and ends."""
        self._waiting.put(None)
        self._thread.join()

    async def accept(self, arrived: Arrived) -> Accepted:
        """Returns once the arrival is durable; raises what the store raised, and then nothing was promised."""
        future: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        self._waiting.put((arrived, future))
        return await future

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            last = False
            while len(group) < BATCH and not self._waiting.empty():
                item = self._waiting.get()
                if item is None:
                    last = True
                    break
                group.append(item)
            if self._pace.after(len(group), time.monotonic()) > CROWD:
                self._house.crowded_until = time.monotonic() + CROWDED_SECONDS
            self._commit(group)
            if last:
                return

    def _commit(self, group: list[_Waiting]) -> None:
        try:
            accepted = store(self._house, [arrived for arrived, _ in group])
        except BaseException as error:  # noqa: BLE001 - each waiting sender is told; the thread goes on
            if len(group) == 1:
                _tell(group, [error])
            for one in group if len(group) > 1 else []:
                self._commit([one])  # one of them cannot be stored: alone each of the others can
        else:
            _tell(group, accepted)


def message(house: House, request: DoorRequest) -> Arrived:
    """A message hook of Twilio as an arrival: SMS, MMS, WhatsApp, Messenger."""
    return _twilio(house, request, "twilio.messages", twilio_message.kind(request), twilio_message.arrival_key(request))


def receipt(house: House, request: DoorRequest) -> Arrived:
    """A status callback as an arrival."""
    return _twilio(house, request, "twilio.status", "receipt", twilio_message.receipt_key(request))


def call(house: House, request: DoorRequest, step: str) -> Arrived:
    """One hook of a phone call as an arrival."""
    return _twilio(house, request, f"twilio.voice:{step}", "voice", voice.dedupe_key(request, step))


def mail(house: House, raw: bytes, url: str = "", headers: dict[str, str] | None = None) -> Arrived:
    """A raw mail as an arrival, the same by whichever road it came."""
    key = channel_mail.external_id(raw)
    request = DoorRequest(url, headers or {}, raw)
    return Arrived("mail", "mail", house.settings.mail_from, key, request, digest=key)


def stored_mail(house: House, blob: str, url: str, headers: dict[str, str]) -> Arrived:
    """The same for one that was streamed to the file store because it is large."""
    with house.files.view(blob) as raw:
        key, size = channel_mail.external_id(raw), len(raw)
    request = DoorRequest(url, headers, b"")
    return Arrived("mail", "mail", house.settings.mail_from, key, request, digest=key, blob=blob, size=size)


def _twilio(house: House, request: DoorRequest, door: str, channel: str, key: str) -> Arrived:
    # every byte is a Latin-1 character: read as bytes, `parse_qsl` refuses any value that is not ASCII
    fields = parse_qsl(request.body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    account = next((value for name, value in fields if name == "AccountSid"), "")
    digest = hashlib.sha256(repr(sorted(fields)).encode()).hexdigest()
    return Arrived(door, channel, account or house.twilio.account_sid, key, request, digest)


def store(house: House, group: list[Arrived]) -> list[Accepted]:
    """Commits a group of arrivals with the jobs that will understand them."""
    blobs = [_blob(house, arrived) for arrived in group]
    with house.database.transaction() as unit:
        rows = [_row(unit, arrived, blob) for arrived, blob in zip(group, blobs, strict=True)]
        fresh = arrivals.add(unit, rows)
        if fresh:
            jobs.add_many(unit, [_job(unit, row["id"]) for row in rows if row["id"] in fresh])
        if len(fresh) == len(rows):
            return [Accepted(row["id"], False) for row in rows]
        return [
            Accepted(row["id"], False) if row["id"] in fresh else _repeat(unit, arrived, row)
            for arrived, row in zip(group, rows, strict=True)
        ]


def refuse(house: House, arrived: Arrived, why: str) -> int:
    """Keeps a request whose signature did not hold, in a ring bounded in number and, by the first 64 KiB of each, in
    bytes: anybody may fill it. Never parsed, never shown as a message."""
    with house.database.transaction() as unit:
        start = arrived.request.body[:INLINE_BYTES]
        row = _row(unit, arrived, None) | {"state": "refused", "reason": why, "body": start}
        arrivals.add(unit, [row])
        arrivals.trim_refused(unit, REFUSED_KEPT)
        unit.record("arrival.refused", actor_id=None, details={"arrival": row["id"], "door": arrived.door})
        return int(row["id"])


def _blob(house: House, arrived: Arrived) -> str | None:
    body = arrived.request.body
    return arrived.blob or (house.files.keep(body) if len(body) > INLINE_BYTES else None)


def _row(unit: Transaction, arrived: Arrived, blob: str | None) -> dict[str, Any]:
    request = arrived.request
    return {
        "id": unit.new_id(),
        "door": arrived.door,
        "channel": arrived.channel,
        "account": _key_part(arrived.account),
        "external_id": _key_part(arrived.external_id),
        "url": request.url,
        "headers": request.headers,
        "body": None if blob else request.body,
        "blob": blob,
        "sha256": arrived.digest or hashlib.sha256(request.body).hexdigest(),
        "size": arrived.size or len(request.body),
        "received_at": unit.now,
        "state": "accepted",
        "reason": "",
        "parser_version": 1,
    }


def _key_part(text: str) -> str:
    """What a column takes: no NUL, no lone surrogate, not without end."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:300]


def _job(unit: Transaction, arrival_id: int) -> dict[str, Any]:
    return {"id": unit.new_id(), "kind": "arrival", "ref": arrival_id, "queue": "inbound", "due_at": unit.now}


def _repeat(unit: Transaction, arrived: Arrived, row: dict[str, Any]) -> Accepted:
    key = (row["channel"], row["account"], row["external_id"])
    earlier = arrivals.known(unit, [key])[0]
    if earlier.sha256 == row["sha256"]:
        return Accepted(earlier.id, True)
    conflict = row | {
        "external_id": f"{row['external_id']}#{str(row['sha256'])[:16]}",
        "reason": "conflict: the same id came before with other bytes",
    }
    if not arrivals.add(unit, [conflict]):
        return Accepted(arrivals.known(unit, [(*key[:2], str(conflict["external_id"]))])[0].id, True)
    jobs.add_many(unit, [_job(unit, row["id"])])
    return Accepted(row["id"], False)


def _tell(group: list[_Waiting], outcomes: Sequence[Accepted | BaseException]) -> None:
    def resolve(pairs: list[tuple[asyncio.Future[Accepted], Accepted | BaseException]]) -> None:
        for future, outcome in pairs:
            if future.done():
                continue
            if isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Accepted], Accepted | BaseException]]] = {}
    for (_, future), outcome in zip(group, outcomes, strict=True):
        by_loop.setdefault(future.get_loop(), []).append((future, outcome))
    for loop, pairs in by_loop.items():
        loop.call_soon_threadsafe(resolve, pairs)
