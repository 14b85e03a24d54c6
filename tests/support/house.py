"""A clinic whose clock the test moves: the real house on one database, its people, and patients who write through the
real doors. The pretend carrier of the demo is the only wire.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from sqlalchemy import Row, Table, func, insert, select

from channels.envelope import DoorRequest
from fixtures import captured
from inbox import accounts, closure, intake, reply, worker
from inbox.actors import Actor
from inbox.errors import WarmlineError
from inbox.house import House
from inbox.intake import Arrived
from inbox.settings import DEMO_ACCOUNT_SID, Settings
from inbox.store import accounts as people
from inbox.store import contacts, journal, promises, threads
from inbox.store import tables as t
from inbox.store.database import Transaction

T = TypeVar("T")

#: A Wednesday morning in Los Angeles; the clinic of these tests is always open.
NOW = datetime(2026, 3, 11, 17, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LINE = "+14155550100"
MARIA = "+14155550142"
CAST = (
    ("nurse", "nurse", ("nursing", "contact_center", "front_desk", "billing")),
    ("agent", "agent", ("contact_center", "front_desk", "billing")),
    ("rival", "agent", ("contact_center", "front_desk", "billing")),
    ("supervisor", "supervisor", ("contact_center",)),
    ("outsider", "agent", ()),
)
#: What the worker and the doors keep for themselves; everything else may only change with a journal entry.
MACHINERY = {
    "journal",
    "access",
    "access_seals",
    "access_leaves",
    "jobs",
    "id_blocks",
    "watermarks",
    "meta",
    "receipts",
    "firings",
    "attempts",
}


class Clinic:
    """One house with `agent`, `rival`, `nurse`, `supervisor` and an `outsider` of no team."""

    agent: Actor
    rival: Actor
    nurse: Actor
    supervisor: Actor
    outsider: Actor

    def __init__(self, url: str, folder: Path) -> None:
        self.now = NOW
        settings = Settings(
            data_dir=folder,
            database_url=url,
            twilio_account_sid=DEMO_ACCOUNT_SID,
            twilio_auth_token="demo-token",
            mail_from="clinic@warmline.example",
        )
        self.house = House(settings, clock=lambda: self.now)
        self._last = 0
        with self.house.database.transaction() as unit:
            for name, role, teams in CAST:
                setattr(self, name, _hire(unit, name, role, teams))

    def close(self) -> None:
        self.house.close()

    def move(self, by: timedelta) -> None:
        """Time passes; nothing else happens."""
        self.now += by

    def act(self, use_case: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """One use case in a transaction of its own: `unit` is put first."""
        with self.house.database.transaction() as unit:
            return use_case(unit, *arguments, **named)

    def meanwhile(self, first: Callable[[Transaction], object], second: Callable[[Transaction], object]) -> object:
        """`second` begins while the transaction of `first` is open and may end before it does where nothing holds it
        back; answers what it returned or raised."""
        came: list[object] = []

        def rival() -> None:
            try:
                came.append(self.act(second))
            except WarmlineError as error:
                came.append(error)

        other = threading.Thread(target=rival)
        with self.house.database.transaction() as unit:
            first(unit)
            other.start()
            other.join(0.5)
        other.join()
        return came[0]

    # what patients do

    def new_id(self, prefix: str) -> str:
        """An id as the carrier makes them, new for each call."""
        self._last += 1
        return f"{prefix}{self._last:032x}"

    def sms(self, text: str, from_: str = MARIA, sid: str = "", **fields: str) -> Arrived:
        """A text message at the carrier's door; a WhatsApp one with `from_="whatsapp:+1…"`."""
        said = {"MessageSid": sid or self.new_id("SM"), "From": from_, "To": LINE, "Body": text, **fields}
        return intake.message(self.house, self.request("/in/twilio/messages", said))

    def call(self, step: str, fields: dict[str, str], query: str = "") -> Arrived:
        """One hook of a phone call."""
        return intake.call(self.house, self.request(f"/in/twilio/voice/{step}{query}", fields), step)

    def mail(self, sender: str, subject: str, text: str, **headers: str) -> Arrived:
        """A letter; `headers` like In_Reply_To="<…>"."""
        said = {"From": sender, "To": "clinic@warmline.example", "Subject": subject, "Message-ID": ""}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        said["Message-ID"] = said["Message-ID"] or f"<{self.new_id('m')}@home.example>"
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        raw = f"{head}Date: Wed, 11 Mar 2026 16:59:00 +0000\r\nMIME-Version: 1.0\r\n"
        body = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        return intake.mail(self.house, (raw + body).encode())

    def receipt(self, external_id: str, status: str, attempt: int | str = "", **fields: str) -> Arrived:
        """The carrier's word on a message of ours."""
        url = "/in/twilio/status" + (f"?a={attempt}" if attempt else "")
        said = {"MessageSid": external_id, "MessageStatus": status, "From": LINE, "To": MARIA, **fields}
        return intake.receipt(self.house, self.request(url, said))

    def request(self, path: str, fields: dict[str, str]) -> DoorRequest:
        body = urlencode({"AccountSid": DEMO_ACCOUNT_SID, **fields}).encode()
        return DoorRequest(self.house.settings.public_url + path, {}, body)

    def land(self, *arrived: Arrived) -> list[Row[Any]]:
        """Through the door and understood; answers the arrivals' rows in the order given."""
        accepted = intake.store(self.house, arrived)
        worker.work_off(self.house, "inbound")
        rows = {row.id: row for row in self.all(select(t.arrivals))}
        return [rows[one.arrival_id] for one in accepted]

    def landed(self, text: str = "I need to reschedule my appointment", from_: str = MARIA, **fields: str) -> int:
        """A text message that landed; answers its conversation."""
        (row,) = self.land(self.sms(text, from_, **fields))
        assert row.state == "received"
        return int(row.conversation_id)

    # what staff do

    def answer(
        self, conversation_id: int, text: str = "We will call you.", actor: Actor | None = None, **draft: Any
    ) -> int:
        """A queued reply; answers the message's id. `hold` in seconds, as screens have it."""
        hold = draft.pop("hold", 0)
        given = reply.Draft(client_id=draft.pop("client_id", "") or self.new_id("c"), text=text, **draft)
        act = {"actor": actor or self.agent, "conversation_id": conversation_id, "draft": given, "hold": hold}
        return self.act(reply.send, self.house, **act)

    def close_it(self, conversation_id: int, actor: Actor | None = None, **ending: Any) -> int:
        """Closes as resolved with a waiver unless told otherwise; answers the closure's id."""
        wanted = {"client_id": self.new_id("e"), "outcome": "resolved", "waiver": "told_on_phone", **ending}
        act = {"actor": actor or self.agent, "conversation_id": conversation_id, "ending": closure.Ending(**wanted)}
        return self.act(closure.close, self.house, **act)

    def send_out(self) -> None:
        """Everything that may leave now leaves."""
        worker.work_off(self.house, "outbound")

    def add_patient(self, given: str, *addresses: tuple[str, str], relationship: str = "self") -> int:
        """A patient with addresses that nobody has verified."""
        with self.house.database.transaction() as unit:
            patient = unit.new_id()
            named = {"given": given, "family": "Alvarez", "search_name": f"{given} alvarez".lower()}
            unit.execute(insert(t.patients).values(id=patient, created_at=unit.now, **named))
            for kind, value in addresses:
                point = contacts.find_or_add(unit, kind, value)
                contacts.link(unit, contact_id=point.id, patient_id=patient, relationship=relationship, verified=False)
        return patient

    # what stands there afterwards

    def all(self, statement: Any) -> Sequence[Row[Any]]:
        with self.house.database.snapshot() as reading:
            return reading.all(statement)

    def conversation(self, conversation_id: int) -> Row[Any]:
        with self.house.database.snapshot() as reading:
            return threads.get(reading, conversation_id)

    def messages(self, conversation_id: int) -> list[Row[Any]]:
        """In the order in which they were said."""
        mine = t.messages.c.conversation_id == conversation_id
        return list(self.all(select(t.messages).where(mine).order_by(t.messages.c.sequence, t.messages.c.id)))

    def message(self, message_id: int) -> Row[Any]:
        (row,) = self.all(select(t.messages).where(t.messages.c.id == message_id))
        return row

    def clocks(self, conversation_id: int) -> dict[str, Row[Any]]:
        """The newest clock of each metric."""
        with self.house.database.snapshot() as reading:
            return {row.metric: row for row in promises.of_conversation(reading, conversation_id)}

    def states(self, conversation_id: int) -> dict[str, str]:
        """The state of the newest clock of each metric."""
        return {metric: row.state for metric, row in self.clocks(conversation_id).items()}

    def count(self, table: Table) -> int:
        return int(self.all(select(func.count()).select_from(table))[0][0])

    def head(self) -> int:
        with self.house.database.snapshot() as reading:
            return journal.head(reading.connection)

    def lines(self, since: int = 0) -> list[journal.Line]:
        """The journal above `since`."""
        with self.house.database.snapshot() as reading:
            return journal.after(reading.connection, since, 10_000)

    def verbs(self, since: int = 0) -> list[str]:
        return [line.verb for line in self.lines(since)]

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table that is not the machinery's own."""
        with self.house.database.snapshot() as reading:
            return {
                table.name: [tuple(row) for row in reading.all(select(table).order_by(*table.primary_key))]
                for table in t.metadata.sorted_tables
                if table.name not in MACHINERY
            }


def _hire(unit: Transaction, name: str, role: str, teams: Sequence[str]) -> Actor:
    who = {"email": f"{name}@clinic.example", "name": name.title(), "role": role}
    hired = people.actor(unit, accounts.add(unit, **who, teams=list(teams), password=None, by=None))
    assert hired is not None
    return hired


def call_fields(sid: str, caller: str = MARIA) -> dict[str, dict[str, str]]:
    """What the carrier posts over one missed call, by the step of the door it comes to."""
    url = f"https://api.twilio.com/2010-04-01/Accounts/{DEMO_ACCOUNT_SID}/Recordings/RE{sid[2:]}"
    base = {"RecordingSid": f"RE{sid[2:]}", "RecordingUrl": url}
    heard = captured.transcription(DEMO_ACCOUNT_SID, sid, caller, "Please call me back about my bill.")
    return {
        "": captured.call(DEMO_ACCOUNT_SID, sid, caller),
        "recording": captured.recording(DEMO_ACCOUNT_SID, sid, url, 48) | base,
        "transcription": heard | base | {"TranscriptionSid": f"TR{sid[2:]}"},
        "status": captured.call(DEMO_ACCOUNT_SID, sid, caller)
        | {"CallStatus": "completed", "CallDuration": "62", "SequenceNumber": "3"},
    }
