"""`/fhir` as another system asks it: all of it is R4, what is out of sight is not there, each look leaves a row."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from inbox.store import tables as t
from tests.support.cast import ADMIN, AGENT, FAMILY_PHONE, MARIA, NOW, OUTSIDER, SUPERVISOR
from tests.support.programs import Desk, desk
from tests.support.r4 import DEFINITIONS, faults, rules

KINDS = ("RelatedPerson", "Communication", "Task", "EpisodeOfCare", "Consent", "AuditEvent", "Provenance")


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        _furnish(opened)
        yield opened


def _furnish(office: Desk) -> None:
    """One of everything about Maria."""
    add = office.cast.add
    conversation = office.cast.add_conversation(priority=1, due_at=NOW)
    office.cast.add_message(conversation, "Is my visit tomorrow?")
    office.cast.add_message(conversation, "It is", direction="out", external_id="SM1", author_name="Jess Moreno")
    nursing = office.cast.add_conversation(team="nursing", clinical=True, reason="symptom_new", reasons=["symptom_new"])
    office.cast.add_message(nursing, "It hurts", **{"class": "clinical"})
    add(t.patient_identifiers, patient_id=MARIA, system="MRN", value="77")
    office.cast.change(t.patients, MARIA, address={"line": "12 Oak St", "city": "Salinas", "postal": "93901"})
    add(t.proxies, patient_id=MARIA, name="Omar", role="spouse", scope="scheduling", valid_from=NOW)
    add(t.episodes, patient_id=MARIA, kind="treatment", status="active", opened_at=NOW)
    ledger = {"channel": "sms", "purpose": "care", "method": "paper", "source": "patient", "at": NOW}
    add(t.consents, contact_id=FAMILY_PHONE, patient_id=MARIA, kind="grant", **ledger)
    lost = {"given": "Maria", "family": "Alvares", "search_name": "maria alvares", "survivor_id": MARIA}
    other = add(t.patients, **lost, created_at=NOW)
    add(t.moves, kind="patient", from_id=other, to_id=MARIA, reason="the same", by_id=SUPERVISOR.id, at=NOW)
    office.cast.journal("patient.changed", patient_id=MARIA, actor_id=AGENT.id)


async def _bundle(office: Desk, path: str, actor: Any = SUPERVISOR, **query: str) -> list[dict[str, Any]]:
    found = await office.get(actor, f"/fhir/{path}", **query)
    assert found["resourceType"] == "Bundle"
    return [entry["resource"] for entry in found.get("entry", [])]


@pytest.mark.skipif(not DEFINITIONS.exists(), reason="no FHIR definitions here")
@pytest.mark.contract
async def test_everything_answered_is_r4_and_can_be_read_by_itself(office: Desk) -> None:
    known = rules()
    for kind in KINDS:
        found = await _bundle(office, kind, AGENT if kind == "AuditEvent" else SUPERVISOR, patient=str(MARIA))
        assert found, kind
        for one in found:
            assert (one["resourceType"], faults(known, one)) == (kind, [])
        if kind != "AuditEvent":
            assert await office.get(SUPERVISOR, f"/fhir/{kind}/{found[0]['id']}") == found[0]
    (maria,) = await _bundle(office, "Patient", _id=str(MARIA))
    assert faults(known, maria) == []
    assert (maria["active"], [one["type"] for one in maria["link"]]) == (True, ["replaces"])
    merged = await office.get(SUPERVISOR, f"/fhir/{maria['link'][0]['other']['reference']}")
    assert (merged["active"], merged["link"][0]["type"], faults(known, merged)) == (False, "replaced-by", [])
    whole = await office.get(SUPERVISOR, "/fhir/Patient", name="maria")
    assert faults(known, whole) == []


async def test_a_patient_is_found_by_number_name_phone_and_birth_date(office: Desk) -> None:
    with office.house.database.snapshot() as reading:
        row = reading.one(select(t.patients).where(t.patients.c.id == MARIA))
        phone = reading.scalar(select(t.contact_points.c.value).where(t.contact_points.c.id == FAMILY_PHONE))
    assert row is not None
    questions = [
        {"identifier": "77"},
        {"identifier": "urn:warmline:mrn|77"},
        {"name": row.given.lower()[:3], "_id": str(MARIA)},
        {"phone": phone, "name": row.given},
        {"birthdate": row.birth_on.isoformat()},
    ]
    for question in questions:
        assert MARIA in [int(one["id"]) for one in await _bundle(office, "Patient", **question)], question
    hidden = await office.call(SUPERVISOR, "POST", "/fhir/Patient/_search", data={"identifier": "77"})
    assert [one["resource"]["id"] for one in hidden.json()["entry"]] == [str(MARIA)]
    for nobody in ({"identifier": "http://other|77"}, {"phone": "+16502530000"}, {"birthdate": "1801-01-01"}):
        assert await _bundle(office, "Patient", **nobody) == []


async def test_pages_hold_everybody_once(office: Desk) -> None:
    everybody = [one["id"] for one in await _bundle(office, "Patient")]
    page = await office.get(SUPERVISOR, "/fhir/Patient", _count="2")
    seen = [entry["resource"]["id"] for entry in page["entry"]]
    while following := [one["url"] for one in page["link"] if one["relation"] == "next"]:
        page = (await office.call(SUPERVISOR, "GET", following[0])).json()
        seen += [entry["resource"]["id"] for entry in page["entry"]]
    assert seen == everybody


async def test_refusals_are_operation_outcomes(office: Desk) -> None:
    asked = [
        (SUPERVISOR, "Patient?colour=red", 422, "invalid"),
        (SUPERVISOR, "Patient?birthdate=gt2000", 422, "invalid"),
        (SUPERVISOR, "Task", 422, "invalid"),
        (SUPERVISOR, "Observation?patient=1", 404, "not-found"),
        (SUPERVISOR, "Patient/999999", 404, "not-found"),
        (SUPERVISOR, "Task/abc", 404, "not-found"),
        (OUTSIDER, f"Patient/{MARIA}", 404, "not-found"),
        (OUTSIDER, f"Communication?patient={MARIA}", 404, "not-found"),
        (ADMIN, f"Patient/{MARIA}", 404, "not-found"),
    ]
    for actor, path, status, code in asked:
        answer = await office.call(actor, "GET", f"/fhir/{path}")
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (status, code), path
        assert answer.headers["content-type"].startswith("application/fhir+json")
    stranger = await office.client.get("/fhir/Patient")
    assert (stranger.status_code, stranger.json()["issue"][0]["code"]) == (401, "login")


async def test_a_viewer_reads_only_the_words_they_may_read(office: Desk) -> None:
    """An agent of the contact centre does not know of nursing's request."""
    told = [one["payload"][0]["contentString"] for one in await _bundle(office, "Communication", SUPERVISOR,
            patient=str(MARIA)) if "payload" in one]  # fmt: skip
    assert sorted(told) == ["Is my visit tomorrow?", "It hurts", "It is"]
    agents = [one["payload"][0]["contentString"] for one in await _bundle(office, "Communication", AGENT,
              patient=str(MARIA)) if "payload" in one]  # fmt: skip
    assert sorted(agents) == ["Is my visit tomorrow?", "It is"]


async def test_each_look_leaves_a_row(office: Desk) -> None:
    def rows() -> int:
        with office.house.database.snapshot() as reading:
            return int(reading.scalar(select(func.count()).where(t.access.c.patient_id == MARIA)))

    assert rows() == 0
    await _bundle(office, "Task", patient=str(MARIA))
    await office.get(AGENT, f"/fhir/Patient/{MARIA}")
    await _bundle(office, "Patient", AGENT, identifier="77")
    assert rows() == 3


async def test_match_grades_and_never_says_certain_with_doubt(office: Desk) -> None:
    maria = await office.get(SUPERVISOR, f"/fhir/Patient/{MARIA}")
    known = {name: maria[name] for name in ("name", "birthDate", "gender", "telecom", "address") if name in maria}
    certain = await _matched(office, {**known, "resourceType": "Patient"})
    assert certain[0] == (str(MARIA), "certain")
    name = [{"family": maria["name"][0]["family"], "given": ["Maria"]}]
    bare = {"resourceType": "Patient", "name": name, "birthDate": maria["birthDate"]}
    doubtful = await _matched(office, bare)
    assert doubtful[0][0] == str(MARIA)
    assert doubtful[0][1] in ("probable", "possible")
    assert await _matched(office, bare, {"name": "onlyCertainMatches", "valueBoolean": True}) == []
    assert await _matched(office, {**bare, "birthDate": "2001-01-01", "name": [{"family": "Nobody"}]}) == []
    for body in (b"{", b'{"resourceType": "Parameters"}', b'{"resourceType": "Patient"}'):
        answer = await office.call(SUPERVISOR, "POST", "/fhir/Patient/$match", content=body)
        assert (answer.status_code, answer.json()["resourceType"]) == (422, "OperationOutcome")


async def _matched(office: Desk, described: dict[str, Any], *more: dict[str, Any]) -> list[tuple[str, str]]:
    asked = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": described}, *more]}
    answer = await office.post(SUPERVISOR, "/fhir/Patient/$match", asked)
    assert answer.status_code == 200, answer.text
    return [
        (one["resource"]["id"], one["search"]["extension"][0]["valueCode"]) for one in answer.json().get("entry", [])
    ]


async def test_it_says_what_it_can_do(office: Desk) -> None:
    said = await office.get(AGENT, "/fhir/metadata")
    assert (said["resourceType"], said["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    assert {one["type"] for one in said["rest"][0]["resource"]} == {"Patient", *KINDS}
