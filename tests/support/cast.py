"""A small practice for tests of the reads: a named cast, a family that shares a phone, and rows put straight into the
tables, because a read is tested against what stands there and not against the use case that writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, event, insert, update

from inbox.actors import Actor
from inbox.store import tables as t
from inbox.store.database import Database

#: A Wednesday morning in Los Angeles.
NOW = datetime(2026, 3, 11, 17, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

AGENT = Actor(101, "jess@clinic.example", "Jess Moreno", "agent", frozenset({"contact_center"}))
RIVAL = Actor(102, "dana@clinic.example", "Dana Kim", "agent", frozenset({"contact_center", "billing"}))
CLERK = Actor(103, "theo@clinic.example", "Theo Banks", "front_desk", frozenset({"front_desk", "nursing"}))
NURSE = Actor(104, "rosa@clinic.example", "Rosa Núñez", "nurse", frozenset({"nursing"}))
SUPERVISOR = Actor(105, "amir@clinic.example", "Amir Levi", "supervisor", frozenset({"contact_center"}))
MANAGER = Actor(106, "cora@clinic.example", "Cora Wu", "manager")
COMPLIANCE = Actor(107, "hana@clinic.example", "Hana Mori", "compliance")
ADMIN = Actor(108, "ada@clinic.example", "Ada Root", "admin")
OUTSIDER = Actor(109, "olaf@clinic.example", "Olaf Stray", "agent")
EVERYONE = (AGENT, RIVAL, CLERK, NURSE, SUPERVISOR, MANAGER, COMPLIANCE, ADMIN, OUTSIDER)

#: The family phone: a mother, her son and his sister.
MARIA, LUIS, ANA = 201, 202, 203
FAMILY_PHONE, MARIAS_MAIL = 301, 302


class Cast:
    """The cast in one database. Every `add_*` answers the new row's id."""

    def __init__(self, url: str) -> None:
        self.database = Database(url, clock=lambda: NOW)
        self._last = 1000
        self._add_people()
        self._add_family()

    def close(self) -> None:
        self.database.close()

    def add(self, table: Table, **values: Any) -> int:
        """One row as it is."""
        self._last += 1
        if "id" in table.c:
            values = {"id": self._last, **values}
        with self.database.transaction() as unit:
            unit.execute(insert(table), values)
        return int(values.get("id", 0))

    def change(self, table: Table, row: int, **values: Any) -> None:
        with self.database.transaction() as unit:
            unit.execute(update(table).where(table.c.id == row).values(**values))

    def journal(self, verb: str, **values: Any) -> None:
        with self.database.transaction() as unit:
            unit.record(verb, **{"actor_id": None, **values})

    def add_conversation(self, **values: Any) -> int:
        """An open SMS conversation of the contact centre about Maria, opened an hour ago, nothing due."""
        defaults: dict[str, Any] = {
            "subject_patient_id": MARIA,
            "subject_certainty": "confirmed",
            "sender_contact_id": FAMILY_PHONE,
            "account": "main",
            "channel": "sms",
            "line": "+14155550100",
            "state": "open",
            "reason": "appointment_change",
            "reasons": ["appointment_change"],
            "priority": 3,
            "clinical": False,
            "team": "contact_center",
            "opened_at": NOW - HOUR,
            "last_at": NOW - HOUR,
            "next_step_id": 1,
        }
        if values.get("state") == "closed":
            defaults["closed_at"] = NOW
        return self.add(t.conversations, **{**defaults, **values})

    def add_message(self, conversation_id: int, body: str, **values: Any) -> int:
        """An inbound SMS, which becomes the conversation's last message."""
        incoming = values.get("direction", "in") == "in"
        defaults: dict[str, Any] = {
            "conversation_id": conversation_id,
            "sequence": 1,
            "direction": "in",
            "channel": "sms",
            "account": "main",
            "line": "+14155550100",
            "author_kind": "patient" if incoming else "staff",
            "body": body,
            "class": "phi",
            "status": "received" if incoming else "delivered",
            "at": NOW - HOUR,
            "received_at": NOW - HOUR,
            "exempt_reason": None if incoming else "reply",
            "sha256": "0" * 64,
        }
        message = self.add(t.messages, **{**defaults, **values})
        self.change(t.conversations, conversation_id, last_message_id=message)
        return message

    def add_clock(self, conversation_id: int, **values: Any) -> int:
        """A first-response clock that runs out in an hour."""
        defaults: dict[str, Any] = {
            "conversation_id": conversation_id,
            "metric": "first_response",
            "policy": "routine/1",
            "target": {"metric": "first_response", "seconds": 7200},
            "calendar": "always",
            "priority": 3,
            "started_at": NOW - HOUR,
            "due_at": NOW + HOUR,
            "state": "running",
        }
        return self.add(t.clocks, **{**defaults, **values})

    def add_arrival(self, **values: Any) -> int:
        """A quarantined mail of ten minutes ago."""
        defaults: dict[str, Any] = {
            "door": "/in/mail",
            "channel": "mail",
            "account": "main",
            "external_id": f"external-{self._last}",
            "url": "/in/mail",
            "headers": {},
            "body": b"From: nobody",
            "sha256": "0" * 64,
            "size": 12,
            "received_at": NOW - 10 * MINUTE,
            "state": "quarantined",
            "reason": "no date",
        }
        return self.add(t.arrivals, **{**defaults, **values})

    def add_note(self, conversation_id: int, body: str, **values: Any) -> int:
        """Dana's administrative note of now."""
        defaults: dict[str, Any] = {"author_id": RIVAL.id, "at": NOW, "class": "phi"}
        return self.add(t.notes, conversation_id=conversation_id, body=body, **{**defaults, **values})

    def add_due(self, due_at: datetime, **values: Any) -> int:
        """A conversation whose first response is due then, with its clock."""
        conversation = self.add_conversation(due_at=due_at, due_metric="first_response", **values)
        self.add_clock(conversation, due_at=due_at, started_at=min(NOW, due_at) - HOUR)
        return conversation

    def _add_people(self) -> None:
        for actor in EVERYONE:
            self.add(
                t.actors,
                id=actor.id,
                email=actor.email,
                name=actor.name,
                role=actor.role,
                availability="available" if actor in (AGENT, NURSE) else "off",
                availability_at=NOW - HOUR,
                created_at=NOW - 100 * DAY,
            )
            for team in sorted(actor.teams):
                self.add(t.actor_teams, actor_id=actor.id, team=team)

    def _add_family(self) -> None:
        people = (
            (MARIA, "Maria Elena", "Alvarez", date(1984, 5, 2)),
            (LUIS, "Luis", "Alvarez", date(2015, 9, 30)),
            (ANA, "Ana", "Alvarez", date(2018, 1, 12)),
        )
        for patient, given, family, born in people:
            named = f"{given} {family}".lower()
            values = {"given": given, "family": family, "search_name": named, "birth_on": born, "language": "es"}
            self.add(t.patients, id=patient, created_at=NOW - 50 * DAY, **values)
        self.add(t.contact_points, id=FAMILY_PHONE, kind="phone", value="+14155550142", created_at=NOW - 50 * DAY)
        self.add(t.contact_points, id=MARIAS_MAIL, kind="email", value="maria@home.example", created_at=NOW - 50 * DAY)
        for contact, patient, how in (
            (FAMILY_PHONE, MARIA, "self"),
            (FAMILY_PHONE, LUIS, "shared"),
            (FAMILY_PHONE, ANA, "shared"),
            (MARIAS_MAIL, MARIA, "self"),
        ):
            tie = {"contact_id": contact, "patient_id": patient, "relationship": how, "valid_from": NOW - 50 * DAY}
            self.add(t.contact_links, **tie)


class Statements:
    """Counts the statements that reach the reading engine while it is entered."""

    def __init__(self, cast: Cast) -> None:
        self._engine = cast.database._reader
        self.texts: list[str] = []

    def __enter__(self) -> Statements:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.texts.append(statement)

    @property
    def count(self) -> int:
        return len(self.texts)


def ids(rows: Sequence[Any]) -> list[int]:
    """The ids of rows in their order."""
    return [row.id for row in rows]
