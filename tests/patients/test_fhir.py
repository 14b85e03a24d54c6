"""FHIR R4: what others wrote is read or refused with a reason, and the checker of what we write finds what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from patients.fhir_read import patient, resources
from patients.roster import Incoming, Unreadable, understood
from tests.support.corpora import CASES, ROOT
from tests.support.r4 import DEFINITIONS, faults, rules

PETER: dict[str, Any] = {
    "resourceType": "Patient",
    "identifier": [
        {"system": "urn:oid:1.2", "value": "12345"},
        {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "123-45-6789"},
        {"type": {"coding": [{"code": "DL"}]}, "system": "urn:oid:1.3", "value": "D1"},
    ],
    "name": [
        {"use": "maiden", "family": "Windsor"},
        {"use": "official", "family": "Chalmers", "given": ["Peter", "J"]},
    ],
    "telecom": [
        {"system": "phone", "value": "650-253-0001", "rank": 2},
        {"system": "phone", "value": "650-253-0000", "rank": 1},
        {"system": "phone", "value": "650-253-0002", "use": "old"},
    ],
    "gender": "male",
    "birthDate": "1974-12-25",
    "communication": [{"language": {"coding": [{"code": "es-MX"}]}}],
}


def test_a_patient_is_read_with_the_best_name_the_numbers_in_use_and_no_social_security_number() -> None:
    read = understood(patient(json.dumps(PETER).encode()))
    assert (read.given, read.middle, read.family, read.language) == ("Peter", "J", "Chalmers", "es")
    assert (read.numbers, read.phones) == ((("urn:oid:1.2", "12345"),), ("+16502530000", "+16502530001"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"birthDate": 5}, "birthDate"),
        ({"name": "Peter"}, "name"),
        ({"name": [{"given": [1]}]}, "name[0].given[0]"),
        ({"identifier": []}, "number"),
        ({"name": []}, "name"),
    ],
)
def test_what_is_no_r4_is_refused_by_element(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Unreadable) as refused:
        understood(patient(json.dumps(PETER | change).encode()))
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"5", b'{"resourceType": 5}', b"\xff", b"[" * 5000, b'{"a": 1}'])
def test_what_is_no_resource_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        list(resources(raw))


@pytest.mark.corpus
def test_every_example_of_hl7_is_read_or_refused_with_a_reason(record_property: pytest.RecordProperty) -> None:
    files = sorted((ROOT / "02_fhir").glob("*_examples/*.json"))
    read, refused = 0, 0
    for file in files:
        for kind, raw in resources(file.read_bytes()):
            outcome = _outcome(raw) if kind == "Patient" else None
            read, refused = read + isinstance(outcome, Incoming), refused + isinstance(outcome, Unreadable)
            assert not isinstance(outcome, Unreadable) or all(outcome.fields.values())
    assert read >= 20
    record_property(CASES, len(files))


def _outcome(raw: bytes) -> Incoming | Unreadable:
    try:
        return understood(patient(raw))
    except Unreadable as refusal:
        return refusal


@pytest.mark.skipif(not DEFINITIONS.exists(), reason="no FHIR definitions here")
@pytest.mark.contract
@pytest.mark.parametrize(
    ("resource", "why"),
    [
        ({"resourceType": "Task", "status": "bogus", "intent": "order"}, "Task.status: no code of R4"),
        ({"resourceType": "Task", "status": "requested"}, "Task.intent: missing"),
        (
            {"resourceType": "Communication", "status": "completed", "priority": "high"},
            "Communication.priority: no code of R4",
        ),
        (
            {"resourceType": "Communication", "status": "completed", "subject": {"reference": "Observation/1"}},
            "Communication.subject: may not refer to Observation",
        ),
        ({"resourceType": "Patient", "nick": "x"}, "Patient.nick: unknown"),
        ({"resourceType": "Patient", "name": {"family": "x"}}, "Patient.name: a list is needed"),
        ({"resourceType": "Patient", "telecom": [{"system": "whatsapp"}]}, "ContactPoint.system: no code of R4"),
        ({"resourceType": "Patient", "link": [{"type": "refer"}]}, "Patient.link.other: missing"),
    ],
)
def test_the_checker_finds_what_is_wrong(resource: dict[str, Any], why: str) -> None:
    assert faults(rules(), resource) == [why]


@pytest.mark.skipif(not DEFINITIONS.exists(), reason="no FHIR definitions here")
@pytest.mark.contract
def test_the_checker_takes_what_is_right() -> None:
    assert faults(rules(), PETER) == []
