"""Patients: who finds whom, what a record and the panel hold, and what stays masked."""

from typing import Any

import pytest

from inbox import panel as panels
from inbox import patient_list, record
from inbox.errors import Invalid, NotFound
from inbox.panel import Panel
from inbox.patient_list import Patients
from inbox.record_shape import Record, Timeline
from inbox.store import tables as t
from tests.support.cast import (
    AGENT,
    ANA,
    CLERK,
    COMPLIANCE,
    DAY,
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
    SUPERVISOR,
    Cast,
    Statements,
    ids,
)


def patients(cast: Cast, actor: Any = SUPERVISOR, **asked: Any) -> Patients:
    with cast.database.snapshot() as reading:
        return patient_list.page(reading, actor=actor, **asked)


def one(cast: Cast, patient_id: int = MARIA, actor: Any = AGENT) -> Record:
    with cast.database.snapshot() as reading:
        return record.record(reading, actor=actor, patient_id=patient_id, now=NOW)


def panel(cast: Cast, conversation_id: int, actor: Any = AGENT) -> Panel:
    with cast.database.snapshot() as reading:
        return panels.beside(reading, actor=actor, conversation_id=conversation_id, now=NOW)


def timeline(cast: Cast, actor: Any = NURSE, **asked: Any) -> Timeline:
    with cast.database.snapshot() as reading:
        return record.timeline(reading, actor=actor, patient_id=MARIA, **asked)


def test_people_find_patients_of_their_teams_and_of_nobody(cast: Cast) -> None:
    cast.add_conversation(subject_patient_id=MARIA)
    cast.add_conversation(subject_patient_id=LUIS, team="nursing", state="closed")
    cast.add_conversation(subject_patient_id=ANA, team="contact_center", sensitive=True)
    assert ids(patients(cast, SUPERVISOR).items) == [LUIS, MARIA]
    assert ids(patients(cast, AGENT).items) == [MARIA]
    assert ids(patients(cast, NURSE).items) == [LUIS]
    for actor in (MANAGER, COMPLIANCE, OUTSIDER):
        assert patients(cast, actor).items == ()
    assert [(row.name, row.age, row.open) for row in patients(cast, AGENT).items] == [("Maria Elena Alvarez", 41, 1)]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("alva", [ANA, LUIS, MARIA]),
        ("Álvarez, LUIS", [LUIS]),
        ("(415) 555-0142", [ANA, LUIS, MARIA]),
        ("maria@HOME.example", [MARIA]),
        ("mrn-7", [ANA]),
        ("2015-09-30", [LUIS]),
        ("nobody", []),
        ("100%", []),
    ],
)
def test_search_by_name_number_address_and_birth_date(cast: Cast, q: str, found: list[int]) -> None:
    cast.add(t.patient_identifiers, patient_id=ANA, system="MR", value="mrn-7")
    assert ids(patients(cast, q=q).items) == found


def test_pages_go_on_by_name_without_a_name_in_the_cursor(cast: Cast) -> None:
    first = patients(cast, limit=2)
    assert (ids(first.items), first.next) == ([ANA, LUIS], str(LUIS))
    assert ids(patients(cast, limit=2, after=first.next).items) == [MARIA]
    with pytest.raises(Invalid):
        patients(cast, after="alvarez")


def test_a_record_holds_addresses_proxies_consent_and_work(cast: Cast) -> None:
    cast.add(t.patient_identifiers, patient_id=MARIA, system="MR", value="7")
    acting = {"name": "Rosa", "role": "MTH", "scope": "scheduling,billing", "valid_from": NOW - DAY}
    cast.add(t.proxies, patient_id=MARIA, **acting)
    open_one, done = cast.add_conversation(), cast.add_conversation(state="closed")
    cast.add_conversation(team="nursing")
    said = cast.add_message(open_one, "hello", author_name="Maria")
    shown = one(cast)
    assert (shown.name, shown.initials, shown.age, shown.version) == ("Maria Elena Alvarez", "MA", 41, 1)
    assert [(point.id, point.relationship, point.shared_by) for point in shown.contact_points] == [
        (FAMILY_PHONE, "self", 3),
        (MARIAS_MAIL, "self", 1),
    ]
    assert [proxy.scope for proxy in shown.proxies] == [("scheduling", "billing")]
    assert (ids(shown.open), ids(shown.earlier), ids(shown.timeline)) == ([open_one], [done], [said])


def test_consent_is_what_the_ledger_says_last(cast: Cast) -> None:
    def entry(contact: int, channel: str, kind: str, purpose: str, ago: int, **more: Any) -> None:
        values = {"channel": channel, "kind": kind, "purpose": purpose, "method": "text", "source": "patient", **more}
        cast.add(t.consents, contact_id=contact, at=NOW - ago * HOUR, **values)

    entry(FAMILY_PHONE, "sms", "grant", "care", 9)
    entry(FAMILY_PHONE, "sms", "revoke_all", "", 8)
    entry(FAMILY_PHONE, "voice", "grant", "care", 7)
    entry(FAMILY_PHONE, "voice", "revoke", "care", 6)
    entry(MARIAS_MAIL, "mail", "grant", "care", 5)
    entry(MARIAS_MAIL, "mail", "grant", "marketing", 5, expires_at=NOW - HOUR)
    entry(MARIAS_MAIL, "mail", "grant", "care", 5, patient_id=LUIS)
    assert [(line.channel, line.purpose, line.allowed) for line in one(cast).consents] == [
        ("sms", "*", False),
        ("voice", "care", False),
        ("mail", "care", True),
        ("mail", "marketing", False),
    ]


def test_a_patient_out_of_scope_is_not_found(cast: Cast) -> None:
    cast.add_conversation(team="nursing")
    for actor in (AGENT, MANAGER, COMPLIANCE, OUTSIDER):
        with pytest.raises(NotFound):
            one(cast, MARIA, actor)
    with pytest.raises(NotFound):
        one(cast, 999_999, SUPERVISOR)


def test_the_panel_is_masked_until_somebody_confirmed_who_it_is(cast: Cast) -> None:
    sure = cast.add_conversation()
    earlier = cast.add_conversation(state="closed")
    maybe = cast.add_conversation(subject_certainty="probable")
    nobody = cast.add_conversation(subject_patient_id=None, subject_certainty="unknown")
    shown = panel(cast, sure)
    assert (shown.masked, shown.birth_on is not None, ids(shown.open), ids(shown.earlier)) == (
        False,
        True,
        [maybe],
        [earlier],
    )
    masked = [(panel(cast, which).masked_why, panel(cast, which).name) for which in (maybe, nobody)]
    assert masked == [("unconfirmed", "Probably Maria Elena Alvarez"), ("unidentified", "Unidentified")]
    hidden = panel(cast, sure, COMPLIANCE)
    assert (hidden.masked_why, hidden.name, hidden.patient_id, hidden.contact_points) == ("role", "", None, ())
    with pytest.raises(NotFound):
        panel(cast, sure, OUTSIDER)


def test_the_timeline_is_newest_first_and_blank_above_ones_sight(cast: Cast) -> None:
    clinical = cast.add_conversation(team="nursing", clinical=True)
    first = cast.add_message(clinical, "It hurts", at=NOW - 3 * HOUR, author_name="Maria")
    note = cast.add_note(clinical, "ECG", at=NOW - 2 * HOUR, **{"class": "clinical"})
    last = cast.add_message(clinical, "Better", at=NOW - HOUR)
    cast.add_message(cast.add_conversation(subject_patient_id=LUIS, team="nursing"), "another's")
    cast.add_message(cast.add_conversation(team="billing"), "beyond")
    shown = timeline(cast)
    assert [(item.id, item.text) for item in shown.items] == [(last, "Better"), (note, "ECG"), (first, "It hurts")]
    assert {item.text for item in timeline(cast, CLERK).items} == {""}
    part = timeline(cast, limit=2)
    assert ids(part.items) == [last, note]
    assert ids(timeline(cast, limit=2, after=part.next).items) == [first]


def test_a_record_costs_the_same_with_one_conversation_and_with_three(cast: Cast) -> None:
    costs = []
    for _ in range(2):
        cast.add_message(cast.add_conversation(), "hello")
        with Statements(cast) as statements:
            one(cast)
        costs.append(statements.count)
        cast.add_message(cast.add_conversation(owner_id=RIVAL.id), "hello")
    assert costs[0] == costs[1] <= 14
