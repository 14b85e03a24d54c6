"""A clinic in real time for fault tests: one house, two agents, signed texts for its doors, and what stands there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from sqlalchemy import Row, select

from channels import twilio
from channels.envelope import DoorRequest
from fixtures import captured
from inbox import accounts, intake, practice, reply, watch, worker
from inbox.actors import Actor
from inbox.clock import utc_now
from inbox.house import House
from inbox.settings import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN, DEMO_MAIL_DOOR_TOKEN, Settings
from inbox.store import accounts as people
from inbox.store import tables as t
from tests.support.serving import free_port

LINE = "+14155550100"


class Clinic:
    """`port` is where a server of it listens, `folder` where its files and logs lie."""

    def __init__(self, url: str, folder: Path, **settings: Any) -> None:
        self.port, self.folder = free_port(), folder
        self.address = f"http://127.0.0.1:{self.port}"
        given = {
            "data_dir": folder / "data",
            "database_url": url,
            "public_url": self.address,
            "twilio_account_sid": DEMO_ACCOUNT_SID,
            "twilio_auth_token": DEMO_AUTH_TOKEN,
            "mail_door_token": DEMO_MAIL_DOOR_TOKEN,
            "mail_from": "clinic@warmline.example",
        }
        self.settings = Settings(**{**given, **settings})
        self.house = House(self.settings)
        with self.house.database.transaction() as unit:
            practice.publish(unit, practice.Practice(lines=(practice.Line(LINE),)), actor=None)
        self.agent, self.rival = self._hire("agent"), self._hire("rival")

    @contextmanager
    def shifted(self, by: timedelta) -> Iterator[House]:
        """A second house over the same data whose clock is elsewhere."""
        house = House(self.settings, clock=lambda: utc_now() + by)
        try:
            yield house
        finally:
            house.close()

    def text(self, number: int, words: str = "") -> tuple[dict[str, str], bytes]:
        """Headers and body of the carrier's request for a text of one of 50 patients; the same number, the same id."""
        said = words or f"Text {number}: can I move my cleaning on Friday?"
        sender = f"+1415200{number % 50:04}"
        ids = dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), f"SM{number:032x}")
        form = captured.sms(DEMO_ACCOUNT_SID, sender, said) | ids | {"To": LINE}
        signature = twilio.sign(f"{self.address}/in/twilio/messages", form.items(), DEMO_AUTH_TOKEN)
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        return headers, urlencode(form).encode()

    def post(self, client: httpx.Client, number: int) -> bool:
        """One try to deliver a text; whether the door promised to keep it."""
        headers, body = self.text(number)
        try:
            return client.post(f"{self.address}/in/twilio/messages", headers=headers, content=body).is_success
        except httpx.TransportError:
            return False

    def land(self, count: int, house: House | None = None) -> list[int]:
        """The texts of `count` patients through the door and understood; answers their conversations."""
        house = house or self.house
        requests = [DoorRequest(f"{self.address}/in/twilio/messages", *self.text(number)) for number in range(count)]
        intake.store(house, [intake.message(house, request) for request in requests])
        worker.work_off(house, "inbound")
        return [row.id for row in self.all(select(t.conversations.c.id).order_by(t.conversations.c.id))]

    def answer(self, conversation_id: int, words: str, actor: Actor | None = None, **draft: Any) -> int:
        """A queued reply; answers the message's id."""
        given = reply.Draft(client_id=words, text=words, **draft)
        act = {"actor": actor or self.agent, "conversation_id": conversation_id, "draft": given}
        return self.house.database.write(reply.send, self.house, **act)

    def receipts(self, message: Row[Any], *statuses: str) -> list[intake.Arrived]:
        """The carrier's words about a message it took."""
        return [intake.receipt(self.house, self.status(message.external_id, status)) for status in statuses]

    def status(self, sid: str, status: str, attempt: str = "") -> DoorRequest:
        """One status callback, with the attempt in its address if that is known."""
        form = {"AccountSid": DEMO_ACCOUNT_SID, "MessageSid": sid, "MessageStatus": status, "From": LINE}
        url = f"{self.address}/in/twilio/status" + (f"?a={attempt}" if attempt else "")
        return DoorRequest(url, {}, urlencode(form | {"To": "+14155550142"}).encode())

    def statuses(self) -> dict[str, str]:
        """What became of each reply, by its words."""
        return {message.body: message.status for message in self.messages("out")}

    def waiting(self, queue: str) -> Sequence[Row[Any]]:
        """Jobs that are not over."""
        over = t.jobs.c.state.in_(("done", "dead", "cancelled"))
        return self.all(select(t.jobs).where(t.jobs.c.queue == queue, ~over, t.jobs.c.due_at <= utc_now()))

    def sweep(self) -> None:
        """What a killed process held is given back, as a minute after its death."""
        with self.shifted(timedelta(seconds=61)) as later:
            watch.sweep(later)

    def all(self, statement: Any) -> Sequence[Row[Any]]:
        with self.house.database.snapshot() as reading:
            return reading.all(statement)

    def messages(self, direction: str) -> Sequence[Row[Any]]:
        """In the order of their ids."""
        return self.all(select(t.messages).where(t.messages.c.direction == direction).order_by(t.messages.c.id))

    def token(self, actor: Actor) -> str:
        """A fresh bearer token."""
        return self.house.database.write(accounts.issue_token, email=actor.email, label="faults")

    def _hire(self, name: str) -> Actor:
        email, teams = f"{name}@clinic.example", ["contact_center", "front_desk", "billing"]
        named = {"email": email, "name": name.title(), "role": "agent", "teams": teams}
        with self.house.database.transaction() as unit:
            actor = people.actor(unit, accounts.add(unit, **named, password=None, by=None))
        assert actor is not None
        return actor


@contextmanager
def opened(url: str, folder: Path, **settings: Any) -> Iterator[Clinic]:
    """A clinic with settings of its own."""
    made = Clinic(url, folder, **settings)
    try:
        yield made
    finally:
        made.house.close()


def together(count: int, act: Callable[[int], Any]) -> list[Any]:
    """`act(0)` … `act(count - 1)` in threads of their own; their answers in order."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(act, range(count)))


def answers(clinic: Clinic) -> bool:
    """Whether the server is up."""
    try:
        return httpx.get(f"{clinic.address}/health/live", timeout=2).is_success
    except httpx.TransportError:
        return False


def now() -> float:
    return time.monotonic()
