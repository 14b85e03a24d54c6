"""The evidence table: who may be behind an address, and what a claim can and cannot do."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.identity import Candidate, Claims, Verdict, identify
from patients.record import PersonName

ROSA = Candidate(1, "self", confirmed_before=True, name=PersonName(("Rosa",), "García"), birth_on=date(1984, 3, 9))
LUCIA = Candidate(2, "proxy", name=PersonName(("Lucía",), "García"), birth_on=date(2015, 6, 1))
TOMAS = Candidate(3, "proxy", name=PersonName(("Tomás",), "García"), birth_on=date(2018, 2, 2))
NEW = Candidate(4, "unknown", name=PersonName(("Ann",), "Lee"), birth_on=date(1990, 1, 1))


def test_one_candidate_confirmed_before_is_certain() -> None:
    evidence = ("one_candidate", "confirmed_before")
    assert identify([ROSA]) == Verdict("certain", "confirmed", 1, (1,), evidence)


def test_one_candidate_never_confirmed_is_probable() -> None:
    assert identify([NEW]) == Verdict("ambiguous", "probable", 4, (4,), ("one_candidate", "never_confirmed"))


def test_several_candidates_are_about_whom() -> None:
    verdict = identify([ROSA, LUCIA, TOMAS])
    assert (verdict.outcome, verdict.certainty, verdict.patient_id) == ("ambiguous", "unknown", None)
    assert verdict.candidates == (1, 2, 3)
    assert verdict.evidence == ("several_candidates", "proxy_address", "about_whom")


def test_nobody_is_unknown() -> None:
    assert identify([]) == Verdict("unknown", "unknown", None, (), ("no_candidate",))


def test_a_claim_narrows_but_never_confirms() -> None:
    verdict = identify([ROSA, LUCIA, TOMAS], Claims(PersonName(("lucia",), "GARCIA"), date(2015, 6, 1)))
    assert (verdict.certainty, verdict.patient_id, verdict.candidates) == ("probable", 2, (2, 1, 3))
    assert identify([NEW], Claims(NEW.name, NEW.birth_on)).certainty == "probable"
    assert identify([ROSA], Claims(ROSA.name, ROSA.birth_on, address_typed=True)).certainty == "probable"


def test_a_claim_against_the_only_candidate_leaves_nobody() -> None:
    verdict = identify([ROSA], Claims(birth_on=date(1999, 9, 9)))
    assert (verdict.outcome, verdict.certainty, verdict.patient_id) == ("ambiguous", "unknown", None)
    assert verdict.evidence == ("one_candidate", "claims_contradict")


def test_a_reminder_narrows_to_probable() -> None:
    verdict = identify([LUCIA, TOMAS], Claims(reminded_patient_id=3))
    assert (verdict.certainty, verdict.patient_id) == ("probable", 3)
    assert identify([LUCIA, TOMAS], Claims(reminded_patient_id=77)).patient_id is None


def test_a_doubtful_sender_is_nobody() -> None:
    assert identify([ROSA], Claims(sender_doubtful=True)).certainty == "unknown"


@pytest.mark.parametrize("relationship", ["proxy", "shared"])
def test_anothers_address_never_makes_the_subject_certain(relationship: str) -> None:
    only = Candidate(2, relationship, confirmed_before=True)  # type: ignore[arg-type]  # parametrised literal
    assert identify([only]).certainty == "probable"


def test_two_links_of_one_patient_are_one_candidate() -> None:
    assert identify([ROSA, Candidate(1, "proxy")]).certainty == "confirmed"


people = st.lists(
    st.builds(
        Candidate,
        st.integers(1, 4),
        st.sampled_from(["self", "proxy", "shared", "unknown"]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=5,
)


@given(people, st.builds(Claims, address_typed=st.booleans(), sender_doubtful=st.booleans()))
def test_nobody_is_confirmed_among_several(candidates: list[Candidate], claims: Claims) -> None:
    verdict = identify(candidates, claims)
    assert set(verdict.candidates) == {candidate.patient_id for candidate in candidates}
    assert (verdict.patient_id is None) == (verdict.certainty == "unknown")
    if len(verdict.candidates) != 1 or claims.address_typed or claims.sender_doubtful:
        assert verdict.certainty != "confirmed"
