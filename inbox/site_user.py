"""A user whom the clinic's own site signed in, matched to a record by the number the site knows them by. Confirms only
where nothing said or known contradicts; each match is journaled with its evidence.
"""

from __future__ import annotations

from typing import Any

import msgspec

from channels.envelope import Inbound
from inbox import practice
from inbox.store import patients
from inbox.store.database import Reading, Transaction
from patients.identity import Candidate, Claims, Verdict, identify
from patients.record import PersonName

#: What a verdict says that rests on the site's word, and what it says where that word and others disagree.
VOUCHED, DIFFERS = "site_identifier", "site_contradicted"
MARKS = {VOUCHED: "site_matched", DIFFERS: "site_differs"}


class Person(msgspec.Struct, frozen=True):
    """The verdict, and what the record says of language and place."""

    verdict: Verdict
    language: str = ""
    location: str | None = None


def match(reading: Reading, inbound: Inbound, claims: Claims, known: Verdict) -> Person | None:
    """Whom the site's signed user is by our numbers; None where nobody signed in, the clinic names no numbers of its
    site, or no record bears this one. `known` is what the address alone says."""
    user = inbound.details.get("site", "")
    system = practice.read(reading).site_numbers if user else ""
    row = patients.of_number(reading, system, user) if system else None
    if row is None:
        return None
    name = PersonName(given=(row.given,), family=row.family)
    alone = Candidate(row.id, "self", confirmed_before=True, name=name, birth_on=row.birth_on)
    said = identify([alone], msgspec.structs.replace(claims, address_typed=False))
    others = tuple(one for one in known.candidates if one != row.id)
    # a person once confirmed somebody else at this very session: two words stand against each other
    if said.certainty != "confirmed" or (known.certainty == "confirmed" and known.patient_id != row.id):
        verdict = Verdict("ambiguous", "unknown", None, (row.id, *others), (*said.evidence, DIFFERS))
        return Person(verdict)
    return Person(Verdict("certain", "confirmed", row.id, (row.id, *others), (VOUCHED,)), row.language, row.location)


def note(unit: Transaction, verdict: Verdict, conversation_id: int, *, was: int | None = None) -> None:
    """The journal's line of a match, where this verdict is one."""
    if VOUCHED not in verdict.evidence:
        return
    details: dict[str, Any] = {"patient": verdict.patient_id, "was": was, "evidence": list(verdict.evidence)}
    unit.record(
        "subject.vouched",
        actor_id=None,
        conversation_id=conversation_id,
        patient_id=verdict.patient_id,
        details=details,
    )


def marks(found: list[str], verdict: Verdict, about: int | None) -> list[str]:
    """The marks of a message in a conversation that is about somebody already: no match where that is another."""
    same = VOUCHED not in verdict.evidence or about in (None, verdict.patient_id)
    return found if same else [MARKS[DIFFERS] if one == MARKS[VOUCHED] else one for one in found]


def confirms(verdict: Verdict, patient_id: int | None, certainty: str) -> bool:
    """Whether the site's word makes sure of what was only probable."""
    return VOUCHED in verdict.evidence and certainty == "probable" and patient_id == verdict.patient_id
