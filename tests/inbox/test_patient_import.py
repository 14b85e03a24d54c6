"""Taking patients in from files: once is enough, doubt goes to people, and a bad row takes no other with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from inbox import duplicates, patient_import, patient_merge, person
from inbox.errors import Invalid
from inbox.patient_import_batch import Line
from inbox.patient_import_file import PatientFile
from inbox.patient_merge import PatientMerge
from inbox.store import tables as t
from tests.support.cast import AGENT, FAMILY_PHONE, MARIA, SUPERVISOR, Cast
from tests.support.corpora import CASES, ROOT

HEAD = "number,given,middle,family,birth_date,sex,phone,email,street,city,state,postal\n"
ROSA = "7001,Rosa,Elena,García,1984-03-09,female,(650) 253-0000,rosa@home.example,12 Oak Street,Salinas,CA,93901\n"


@pytest.fixture
def office(cast: Cast, tmp_path: Path) -> Office:
    return Office(cast, tmp_path)


class Office:
    """The cast, and files that arrive there."""

    def __init__(self, cast: Cast, folder: Path) -> None:
        self.cast, self._file = cast, folder / "patients"

    def take(self, text: str | bytes, *, dry: bool = False) -> list[Line]:
        self._file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(patient_import.run(self.cast.database, PatientFile(self._file), dry=dry))

    def outcomes(self, text: str | bytes, *, dry: bool = False) -> list[str]:
        return [line.outcome for line in self.take(text, dry=dry)]

    def rows(self, wanted: Any) -> list[tuple[Any, ...]]:
        with self.cast.database.snapshot() as reading:
            return [tuple(row) for row in reading.all(wanted)]

    def count(self) -> dict[str, int]:
        counted = (t.patients, t.patient_identifiers, t.contact_points, t.contact_links, t.journal)
        return {table.name: self.rows(select(func.count()).select_from(table))[0][0] for table in counted}


def test_a_second_run_changes_nothing(office: Office) -> None:
    assert office.outcomes(HEAD + ROSA) == ["created"]
    once = office.count()
    assert office.outcomes(HEAD + ROSA) == ["unchanged"]
    assert office.count() == once
    (row,) = office.rows(
        select(t.patients.c.given, t.patients.c.middle, t.patients.c.search_name, t.patients.c.address).where(
            t.patients.c.family == "García"
        )
    )
    assert row[:3] == ("Rosa", "Elena", "rosa garcia")
    assert row[3] == {"line": "12 Oak Street", "city": "Salinas", "state": "CA", "postal": "93901"}


def test_a_correction_in_the_source_is_taken_over_and_journaled(office: Office) -> None:
    office.take(HEAD + ROSA)
    (line,) = office.take(HEAD + ROSA.replace("García", "García Soto").replace("rosa@home", "rosa@work"))
    assert line.outcome == "changed"
    wanted = select(t.journal.c.verb, t.journal.c.details).where(t.journal.c.patient_id == line.patient_id)
    told = [(verb, sorted(details)) for verb, details in office.rows(wanted.order_by(t.journal.c.seq))]
    assert told == [
        ("patient.registered", ["alike", "by"]),
        ("patient.changed", ["by", "fields"]),
        ("contact.linked", ["by", "contact", "kind"]),
    ]


def test_what_staff_changed_is_left_as_it_is(office: Office) -> None:
    (line,) = office.take(HEAD + ROSA)
    assert line.patient_id is not None
    ((contact,),) = office.rows(select(t.contact_points.c.id).where(t.contact_points.c.value == "+16502530000"))
    with office.cast.database.transaction() as unit:
        person.end_address(unit, actor=SUPERVISOR, patient_id=line.patient_id, contact_id=contact)
        changes = person.Changes(version=1, language="es", preferred_name="Rosie")
        person.edit(unit, actor=SUPERVISOR, patient_id=line.patient_id, changes=changes)
    before = office.count()
    assert office.outcomes(HEAD + ROSA) == ["unchanged"]
    assert office.count() == before


def test_a_number_that_another_human_has_is_refused_with_its_fields(office: Office) -> None:
    twin = ROSA.replace("Rosa", "Lucía").replace("rosa@", "lucia@")
    second, third = (
        office.take(HEAD + ROSA + twin)[1:],
        office.take(HEAD + ROSA.replace("1984", "1951").replace(",female", ",male")),
    )
    assert [(one.place, one.outcome, one.why) for one in (*second, *third)] == [
        ("line 3", "refused", ("number: belongs to a record with another first",)),
        ("line 2", "refused", ("number: belongs to a record with another birth_date, sex",)),
    ]


def test_another_systems_row_is_linked_where_the_scorer_has_no_doubt(office: Office) -> None:
    (first,) = office.take(HEAD + ROSA)
    other = {
        "resourceType": "Patient",
        "identifier": [{"system": "http://lab.example", "value": "L1"}],
        "name": [{"family": "Garcia", "given": ["Rosa", "Elena"]}],
        "birthDate": "1984-03-09",
        "gender": "female",
        "telecom": [{"system": "phone", "value": "650-253-0000"}],
    }
    (line,) = office.take(json.dumps(other))
    assert (line.outcome, line.patient_id) == ("linked", first.patient_id)
    assert office.outcomes(json.dumps(other)) == ["unchanged"]


def test_doubt_makes_a_record_of_its_own_and_waits_in_the_queue(office: Office) -> None:
    """The same name and birth date without anything else, and another number of the same system."""
    office.take(HEAD + ROSA)
    bare = "7002,Rosa,,García,1984-03-09,female,,,,,,\n"
    same = ROSA.replace("7001", "7003")
    assert office.outcomes(HEAD + bare + same) == ["in doubt", "in doubt"]
    assert office.outcomes(HEAD + bare + same) == ["unchanged", "unchanged"]
    with office.cast.database.snapshot() as reading:
        pairs = duplicates.queue(reading, actor=SUPERVISOR)
    assert len([pair for pair in pairs if "Rosa García" == pair.a_name == pair.b_name]) == 3


def test_merged_records_are_found_by_either_number_and_leave_the_queue(office: Office) -> None:
    (first,) = office.take(HEAD + ROSA)
    (second,) = office.take(HEAD + ROSA.replace("7001", "7003"))
    assert first.patient_id is not None
    assert second.patient_id is not None
    with office.cast.database.transaction() as unit:
        asked = PatientMerge(into=first.patient_id, reason="the same person twice")
        patient_merge.merge(unit, actor=AGENT, patient_id=second.patient_id, asked=asked)
        patient_merge.merge(unit, actor=SUPERVISOR, patient_id=second.patient_id, asked=asked)
    both = HEAD + ROSA + ROSA.replace("7001", "7003")
    assert [line.patient_id for line in office.take(both)] == [first.patient_id] * 2
    with office.cast.database.snapshot() as reading:
        pairs = duplicates.queue(reading, actor=SUPERVISOR)
    assert [pair for pair in pairs if first.patient_id in (pair.a_id, pair.b_id)] == []


def test_a_family_phone_ties_children_to_it_and_nobody_to_another(office: Office) -> None:
    phone = office.rows(select(t.contact_points.c.value).where(t.contact_points.c.id == FAMILY_PHONE))[0][0]
    child = f"7009,Teo,,Alvarez,2024-01-02,male,{phone},,,,,\n"
    (line,) = office.take(HEAD + child)
    linked = office.rows(select(t.contact_links.c.verified_at).where(t.contact_links.c.patient_id == line.patient_id))
    assert (line.outcome, line.patient_id != MARIA, linked) == ("created", True, [(None,)])


def test_two_rows_of_one_patient_are_taken_in_the_same_way_twice(office: Office) -> None:
    """The first row of a file decides, or a second run would change the record to and fro."""
    both = HEAD + ROSA + ROSA.replace("12 Oak Street", "9 Elm Road")
    first, second = office.take(both), office.take(both)
    assert [line.outcome for line in (*first, *second)] == ["created", "unchanged", "unchanged", "unchanged"]
    assert first[1].why == ("address: as an earlier row has it (left out)",)


def test_a_dry_run_says_the_same_and_writes_nothing(office: Office) -> None:
    text = HEAD + ROSA + "7002,Rosa,,García,1984-03-09,female,,,,,,\n" + ROSA + "7003,,,,,,,,,,,\n"
    before = office.count()
    said = office.outcomes(text, dry=True)
    assert office.count() == before
    assert said == office.outcomes(text) == ["created", "in doubt", "unchanged", "refused"]


def test_bad_rows_name_line_and_field_and_lose_no_other(office: Office) -> None:
    text = HEAD + (
        ",Ana,,Paz,2000-01-01,female,,,,,,\n"
        '8001,"Ana,,Paz,2000-01-01,female,,,,,,\n'
        "8002,Ana,,Paz\n"
        f"8003,{'A' * 300},,Paz,2000-01-01,female,,,,,,\n"
        "8004,Ana,,Paz,30.02.2000,woman,123,no-mail,,,,\n"
    )
    lines = office.take(
        text.encode() + b"8005,An\xe9,,Paz,2000-01-01,female,,,,,,\n8006,\x00,,Paz,,,,,,,,\n" + ROSA.encode()
    )
    assert [(line.place, line.outcome, line.why) for line in lines] == [
        ("line 2", "refused", ("number: is missing: the next import could not find this patient again",)),
        ("line 3", "refused", ("line: its quotes do not match",)),
        ("line 4", "refused", ("line: has 4 cells, the head line 12",)),
        ("line 5", "refused", ("given: is longer than 200 characters",)),
        ("line 6", "created", (
            "birth_date: not a day as YYYY-MM-DD (left out)",
            "sex: not one of male, female, other, unknown (left out)",
            "phone: not a valid number in its region (left out)",
            "email: no valid part before the @ (left out)",
        )),
        ("line 7", "refused", ("given: is not UTF-8 text",)),
        ("line 8", "refused", ("given: is not UTF-8 text",)),
        ("line 9", "created", ()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "name,phone\nRosa,1\n", '{\n "resourceType": "Bundle", "entry": 5\n', "\x00\x01\n"]
)
def test_a_file_that_is_none_of_ours_is_refused(office: Office, text: str) -> None:
    with pytest.raises(Invalid):
        office.take(text)


def test_a_row_that_the_database_refuses_takes_no_other_with_it(office: Office) -> None:
    """Somebody registers a number by hand after the import read who is there."""
    rows = iter(PatientFile(_written(office, HEAD + ROSA + ROSA.replace("7001", "7002").replace("Rosa", "Ina"))))
    taking = patient_import.run(
        office.cast.database,
        _then(rows, lambda: office.cast.add(t.patient_identifiers, patient_id=MARIA, system="MRN", value="7001")),
    )
    assert [(line.outcome, line.why) for line in taking] == [
        ("refused", ("number: belongs to a record with another first, last, birth_date",)),
        ("created", ()),
    ]


def _written(office: Office, text: str) -> Path:
    office._file.write_text(text)
    return office._file


def _then(rows: Any, act: Any) -> Any:
    yield next(rows)
    act()
    yield from rows


@pytest.mark.corpus
def test_the_corpora_come_in_once(office: Office, record_property: pytest.RecordProperty) -> None:
    file = (ROOT / "02_fhir/synthea_r4/Patient.ndjson").read_bytes()
    first, second = office.take(file), office.take(file)
    assert {line.outcome for line in first} == {"created"}
    assert {line.outcome for line in second} == {"unchanged"}
    kept = {system for (system,) in office.rows(select(t.patient_identifiers.c.system).distinct())}
    assert "http://hl7.org/fhir/sid/us-ssn" not in kept
    bundle = office.take((ROOT / "02_fhir/synthea_r4/bundle_0.json").read_bytes())
    assert {line.outcome for line in bundle} <= {"unchanged", "created", "passed over"}
    record_property(CASES, len(first) + len(bundle))
