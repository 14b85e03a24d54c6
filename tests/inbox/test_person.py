"""What staff keep right about a patient, and one timeline over the years."""

from datetime import UTC, datetime
from typing import Any

import pytest

from inbox import access, history, person, record
from inbox.errors import Conflict, Invalid, NotFound
from inbox.history import Asked, History
from inbox.person import Address, Agreement, Changes
from inbox.record_shape import Record
from inbox.store import tables as t
from tests.support.cast import (
    AGENT,
    ANA,
    CLERK,
    FAMILY_PHONE,
    HOUR,
    LUIS,
    MANAGER,
    MARIA,
    MARIAS_MAIL,
    NOW,
    NURSE,
    OUTSIDER,
    RIVAL,
    Cast,
    Statements,
    ids,
)


def do(cast: Cast, use_case: Any, *, actor: Any = AGENT, **named: Any) -> Any:
    with cast.database.transaction() as unit:
        return use_case(unit, actor=actor, patient_id=MARIA, **named)


def shown(cast: Cast) -> Record:
    with cast.database.snapshot() as reading:
        return record.record(reading, actor=AGENT, patient_id=MARIA, now=NOW)


@pytest.fixture(autouse=True)
def _known(cast: Cast) -> None:
    cast.add_conversation()


def last(cast: Cast) -> tuple[str, Any]:
    with cast.database.snapshot() as reading:
        line = reading.all(t.journal.select().order_by(t.journal.c.seq.desc()).limit(1))[0]
    return line.verb, line.details


def test_a_change_is_kept_and_the_journal_names_fields_alone(cast: Cast) -> None:
    wanted = Changes(1, language="en", needs=("interpreter",), preferences={"times": "afternoons"})
    assert do(cast, person.edit, changes=wanted) == 2
    now = shown(cast)
    assert (now.language, now.needs, now.preferences) == ("en", ("interpreter",), {"times": "afternoons"})
    assert last(cast) == ("patient.changed", {"fields": ["language", "needs", "preferences"]})


def test_a_stale_look_changes_nothing_and_is_told_the_version_of_now(cast: Cast) -> None:
    do(cast, person.edit, changes=Changes(1, preferred_name="Mari"))
    with pytest.raises(Conflict) as refused:
        do(cast, person.edit, actor=RIVAL, changes=Changes(1, preferred_name="Lena"))
    assert (refused.value.extra["version"], shown(cast).preferred_name) == (2, "Mari")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"language": "english"}, "language"),
        ({"needs": ("pony",)}, "needs"),
        ({"preferences": {"secret": "x"}}, "preferences.secret"),
    ],
)
def test_nonsense_is_named(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        do(cast, person.edit, changes=Changes(1, **wrong))
    assert list(refused.value.fields) == [field]


def test_who_may_not_see_or_edit_is_refused(cast: Cast) -> None:
    for actor in (OUTSIDER, MANAGER):
        with pytest.raises(NotFound):
            do(cast, person.edit, actor=actor, changes=Changes(1, language="en"))
    with pytest.raises(NotFound):
        do(cast, person.agree, actor=OUTSIDER, agreement=Agreement(1, "sms", "care", "grant", "said so"))


def test_addresses_come_and_end_and_never_vanish(cast: Cast) -> None:
    with pytest.raises(Invalid):
        do(cast, person.add_address, address=Address("12"))
    point = do(cast, person.add_address, address=Address("(415) 555-0177", confidential=True))
    assert [(one.value, one.confidential) for one in shown(cast).contact_points if one.id == point] == [
        ("+14155550177", True)
    ]
    do(cast, person.end_address, contact_id=point)
    assert point not in ids(shown(cast).contact_points)
    assert last(cast) == ("contact.ended", {"contact": point})
    with pytest.raises(NotFound):
        do(cast, person.end_address, contact_id=point)


def test_consent_is_recorded_and_revoked_with_evidence(cast: Cast) -> None:
    given = Agreement(MARIAS_MAIL, "mail", "care", "grant", "paper form of March 11")
    do(cast, person.agree, agreement=given)
    do(cast, person.agree, agreement=Agreement(FAMILY_PHONE, "sms", "reminders", "revoke", "said it on the phone"))
    assert {(one.channel, one.purpose, one.allowed) for one in shown(cast).consents} == {
        ("mail", "care", True),
        ("sms", "reminders", False),
    }
    for wrong in (
        Agreement(MARIAS_MAIL, "sms", "care", "grant", "paper form"),
        Agreement(999, "sms", "care", "grant", "paper form"),
        Agreement(FAMILY_PHONE, "sms", "care", "grant", ""),
    ):
        with pytest.raises(Invalid):
            do(cast, person.agree, agreement=wrong)


def told(cast: Cast, actor: Any = NURSE, **asked: Any) -> History:
    with cast.database.snapshot() as reading:
        return history.history(reading, actor=actor, patient_id=MARIA, **asked)


@pytest.fixture
def years(cast: Cast) -> list[int]:
    """A text of 2024, a letter of 2025, a clinical note and a text of now, another's, and one beyond nursing."""
    old = cast.add_conversation(team="nursing", reason="billing", opened_at=datetime(2024, 5, 1, tzinfo=UTC))
    now = cast.add_conversation(team="nursing", reason="refill", clinical=True)
    first = cast.add_message(old, "old", at=datetime(2024, 5, 1, tzinfo=UTC))
    letter = cast.add_message(old, "letter", channel="mail", at=datetime(2025, 5, 1, tzinfo=UTC))
    note = cast.add_note(now, "ECG", at=NOW - 2 * HOUR, **{"class": "clinical"})
    new = cast.add_message(now, "new", at=NOW - HOUR)
    cast.add_message(cast.add_conversation(subject_patient_id=LUIS, team="nursing"), "another's")
    cast.add_message(cast.add_conversation(team="billing"), "beyond")
    return [new, note, letter, first]


def test_every_allowed_item_and_no_other(cast: Cast, years: list[int]) -> None:
    new, note, letter, first = years
    assert ids(told(cast).items) == years
    assert ids(told(cast, asked=Asked(channel="mail")).items) == [letter]
    assert ids(told(cast, asked=Asked(reason="billing")).items) == [letter, first]
    assert ids(told(cast, asked=Asked(year=2024)).items) == [first]
    assert (told(cast).channels, told(cast).years) == (("sms", "mail"), (2026, 2025, 2024))
    assert {one.text for one in told(cast, CLERK).items if one.id in (new, note)} == {""}
    for actor in (MANAGER, OUTSIDER):
        with pytest.raises(NotFound):
            told(cast, actor)
    with pytest.raises(Invalid):
        told(cast, asked=Asked(channel="smoke"))


def test_pages_go_on_without_a_gap(cast: Cast, years: list[int]) -> None:
    part = told(cast, limit=3)
    assert ids(part.items) == years[:3]
    assert ids(told(cast, limit=3, after=part.next).items) == years[3:]


def test_it_costs_the_same_with_one_item_and_with_three(cast: Cast, years: list[int]) -> None:
    costs = []
    for _ in range(2):
        with Statements(cast) as statements:
            told(cast)
        costs.append(statements.count)
        cast.add_message(cast.add_conversation(team="nursing"), "more")
    assert costs[0] == costs[1] <= 6


def test_a_list_of_patients_is_logged_a_row_each_in_one_transaction(cast: Cast) -> None:
    asked: dict[str, Any] = {"actor": AGENT, "patient_ids": [MARIA, LUIS], "how": "listed"}
    assert access.record_patients(cast.database, **asked) == 2
    asked["patient_ids"] = [MARIA, LUIS, ANA]
    assert access.record_patients(cast.database, **asked) == 1
    with cast.database.snapshot() as reading:
        rows = reading.all(t.access.select().order_by(t.access.c.id))
    assert [(row.actor_id, row.patient_id, row.how) for row in rows] == [
        (AGENT.id, MARIA, "listed"),
        (AGENT.id, LUIS, "listed"),
        (AGENT.id, ANA, "listed"),
    ]
