"""Nothing changes that is not journaled; the journal and the access log hold, and the schema is what the tables say."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from inbox import (
    assignment,
    closure,
    escalation,
    identity,
    next_step,
    note,
    priority,
    reading,
    snooze,
    watch,
    worker,
)
from inbox.store import access, contacts, journal
from inbox.store import tables as t
from inbox.store.database import Transaction
from tests.support.house import DAY, HOUR, MARIA, SECOND, Clinic, call_fields

Act = Callable[[Clinic, int], object]


def practice(clinic: Clinic) -> Any:
    return clinic.house.configuration.practice()


def wait(clinic: Clinic, delay: Any) -> None:
    """Time passes and the timers fire what is due."""
    clinic.move(delay)
    while watch.tick(clinic.house):
        pass


def take(clinic: Clinic, one: int) -> None:
    clinic.act(assignment.take, actor=clinic.agent, conversation_id=one)


def plan(clinic: Clinic, one: int) -> None:
    step = {"what": "Ask the pharmacy", "due_at": clinic.now + DAY}
    clinic.act(next_step.plan, clinic.house, actor=clinic.agent, conversation_id=one, **step)


def raise_hand(clinic: Clinic, one: int) -> int:
    return clinic.act(escalation.raise_hand, practice(clinic), actor=clinic.agent, conversation_id=one)


def acknowledge(clinic: Clinic, one: int) -> None:
    hand = raise_hand(clinic, one)
    clinic.act(escalation.acknowledge, actor=clinic.rival, conversation_id=one, escalation_id=hand)


def hide(clinic: Clinic, one: int) -> None:
    take(clinic, one)
    clinic.act(snooze.snooze, actor=clinic.agent, conversation_id=one, until=clinic.now + HOUR)


def show(clinic: Clinic, one: int) -> None:
    hide(clinic, one)
    clinic.act(snooze.wake, actor=clinic.agent, conversation_id=one)


def confirm(clinic: Clinic, one: int) -> None:
    (patient,) = clinic.all(select(t.patients.c.id))
    clinic.act(identity.confirm, actor=clinic.agent, conversation_id=one, patient_id=patient.id)


def unset(clinic: Clinic, one: int) -> None:
    clinic.act(identity.confirm, actor=clinic.agent, conversation_id=one, patient_id=None)


def set_priority(clinic: Clinic, one: int) -> None:
    wanted = {"priority": 2, "why": "asked"}
    clinic.act(priority.set_priority, practice(clinic), actor=clinic.agent, conversation_id=one, **wanted)


def reopen(clinic: Clinic, one: int) -> None:
    clinic.close_it(one)
    clinic.act(closure.reopen, clinic.house, actor=clinic.agent, conversation_id=one)


def reply(clinic: Clinic, one: int) -> None:
    clinic.answer(one)


def deliver(clinic: Clinic, one: int) -> None:
    clinic.answer(one)
    clinic.send_out()
    clinic.move(2 * SECOND)
    worker.work_off(clinic.house)


def fail(clinic: Clinic, one: int) -> None:
    """The carrier says that this address is blocked."""
    message = clinic.answer(one)
    clinic.send_out()
    external: Any = clinic.message(message).external_id
    clinic.land(clinic.receipt(external, "undelivered", ErrorCode="21610"))


def call(clinic: Clinic, _: int) -> None:
    for step, fields in call_fields("CA" + "7" * 32).items():
        clinic.land(clinic.call(step, fields))


def heed(word: str) -> Act:
    return lambda clinic, _: clinic.landed(word)


def write_note(clinic: Clinic, one: int) -> None:
    clinic.act(note.write, actor=clinic.agent, conversation_id=one, text="She prefers mornings")


def look(clinic: Clinic, one: int) -> None:
    clinic.act(reading.read, practice(clinic), actor=clinic.agent, conversation_id=one)


QUEUED = ["reply.queued", "conversation.assigned"]
#: Each act and the verbs it writes, in any order.
ACTS: dict[str, tuple[Act, list[str]]] = {
    "arrive": (heed("Please cancel the appointment"), ["message.received"]),
    "stop": (heed("STOP"), ["consent.revoked", "message.received"]),
    "start": (heed("START"), ["consent.granted"] * 2 + ["message.received"]),
    "wrong number": (heed("You have the wrong number"), ["consent.revoked", "contact.reassigned", "message.received"]),
    "call": (
        call,
        ["conversation.opened", "message.received", "call.voicemail", "call.ended", "conversation.reclassified"]
        + ["message.received"] * 2,
    ),
    "take": (take, ["conversation.assigned"]),
    "plan": (plan, ["next_step.planned"]),
    "raise a hand": (raise_hand, ["escalation.raised"]),
    "acknowledge": (acknowledge, ["escalation.raised", "escalation.acknowledged", "conversation.assigned"]),
    "hide": (hide, ["conversation.assigned", "conversation.snoozed"]),
    "show": (show, ["conversation.assigned", "conversation.snoozed", "snooze.ended"]),
    "confirm": (confirm, ["subject.confirmed"]),
    "unset": (unset, ["subject.unset"]),
    "set the priority": (set_priority, ["note.written", "priority.raised"]),
    "note": (write_note, ["note.written"]),
    "look": (look, ["conversation.read"]),
    "close": (lambda clinic, one: clinic.close_it(one), ["conversation.closed"]),
    "reopen": (reopen, ["conversation.closed", "conversation.reopened"]),
    "reply": (reply, QUEUED),
    "deliver": (deliver, [*QUEUED, "delivery.accepted", "delivery.sent", "delivery.delivered"]),
    "fail": (fail, [*QUEUED, "delivery.accepted", "consent.revoked", "delivery.failed"]),
    "wait": (lambda clinic, _: wait(clinic, DAY + SECOND), ["clock.breached"] * 2 + ["escalation.raised"]),
}


@pytest.mark.parametrize("act", ACTS)
def test_every_act_is_journaled(clinic: Clinic, act: str) -> None:
    clinic.add_patient("Maria", ("phone", MARIA))
    conversation = clinic.landed()
    before, head = clinic.content(), clinic.head()
    do, verbs = ACTS[act]
    do(clinic, conversation)
    assert clinic.content() != before
    assert sorted(clinic.verbs(head)) == sorted(verbs)
    assert {line.at.tzinfo is not None for line in clinic.lines(head)} == {True}


def test_the_journal_holds_no_words_and_no_addresses(clinic: Clinic) -> None:
    clinic.add_patient("Maria", ("phone", MARIA))
    conversation = clinic.landed("I have crushing chest pain")
    clinic.act(note.write, actor=clinic.nurse, conversation_id=conversation, text="crushing chest pain")
    clinic.answer(conversation, "Dear Maria Alvarez, call 911", actor=clinic.nurse)
    clinic.send_out()
    clinic.close_it(conversation, actor=clinic.nurse, disposition="Sent Maria to the ER")
    said = " ".join(str(line.details) for line in clinic.lines()).casefold()
    assert [word for word in ("maria", "alvarez", "chest", "911", MARIA, " er'") if word in said] == []


def test_a_refused_act_leaves_no_trace(clinic: Clinic) -> None:
    before, head = clinic.content(), clinic.head()

    def fail_late(unit: Transaction) -> float:
        contacts.find_or_add(unit, "phone", MARIA)
        unit.record("contact.added", actor_id=None)
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        clinic.act(fail_late)
    assert (clinic.content(), clinic.head()) == (before, head)


# the chain


def test_the_chain_verifies_and_shows_the_first_broken_link(clinic: Clinic) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: clinic.act(lambda unit: unit.record("x.y", actor_id=n)), range(60)))
    clinic.answer(clinic.landed())
    with clinic.house.database.snapshot() as snapshot:
        assert journal.first_broken(snapshot.connection) == (clinic.head(), None)
    assert [line.seq for line in clinic.lines()] == list(range(1, clinic.head() + 1))
    _unguard(clinic)
    with clinic.house.database.transaction() as unit:
        unit.execute(text("UPDATE journal SET actor_id = 4711 WHERE seq = 7"))
    with clinic.house.database.snapshot() as snapshot:
        assert journal.first_broken(snapshot.connection) == (6, 7)


def test_a_missing_row_shows(clinic: Clinic) -> None:
    clinic.landed()
    _unguard(clinic)
    with clinic.house.database.transaction() as unit:
        unit.execute(text("DELETE FROM journal WHERE seq = 3"))
    with clinic.house.database.snapshot() as snapshot:
        assert journal.first_broken(snapshot.connection) == (2, 4)


def _unguard(clinic: Clinic) -> None:
    """What only somebody with the keys of the database itself can do."""
    with clinic.house.database.transaction() as unit:
        if clinic.house.database.is_sqlite:
            unit.execute(text("DROP TRIGGER journal_no_update"))
            unit.execute(text("DROP TRIGGER journal_no_delete"))
        else:
            unit.execute(text("ALTER TABLE journal DISABLE TRIGGER journal_append_only"))


@pytest.mark.parametrize("table", ["journal", "access"])
@pytest.mark.parametrize("act", ["UPDATE {} SET actor_id = 1", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_records_are_append_only(clinic: Clinic, table: str, act: str) -> None:
    if act.startswith("TRUNCATE") and clinic.house.database.is_sqlite:
        act = "DELETE FROM {} WHERE 1"
    with clinic.house.database.transaction() as unit:
        access.add(unit, actor_id=1, role="agent", object="conversation", how="opened")
        unit.record("x.y", actor_id=1)
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), clinic.house.database.transaction() as unit:
        unit.execute(text(act.format(table)))


# the schema


def test_every_column_bears_its_class() -> None:
    untagged = [
        str(column)
        for table in t.metadata.sorted_tables
        for column in table.columns
        if column.info.get("class") not in {"operational", "phi", "clinical"}
    ]
    assert untagged == []


def test_what_staff_type_about_an_agreement_counts_as_a_patients_words() -> None:
    assert t.consents.c.evidence.info["class"] == "clinical"


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_the_migrations_make_exactly_the_tables(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    with engine.connect() as connection:
        # the engines report our own column types as the plain ones that carry them
        # and the search index is no table of ours: the engines keep it (migrations 0003 and 0013)
        kept = ("_words", "_terms")
        ours = {
            "compare_type": False,
            "include_name": lambda name, kind, _: kind != "table" or not any(part in name for part in kept),
        }
        context = MigrationContext.configure(connection, opts=ours)
        found = compare_metadata(context, t.metadata)
    engine.dispose()
    assert found == []
