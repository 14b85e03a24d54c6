"""Who may be behind an address: certain, ambiguous or unknown, with the evidence (domain §4).

Refuses to guess: what a sender claims narrows the candidates, never confirms one, and a writer never makes a subject.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from patients.record import Certainty, PersonName, fold

Relationship = Literal["self", "proxy", "shared", "unknown"]
Outcome = Literal["certain", "ambiguous", "unknown"]


class Candidate(msgspec.Struct, frozen=True):
    """A patient linked to the address now. `confirmed_before`: a person once confirmed them in a conversation from it.
    `confidential`: the address is used alone, never as a fallback."""

    patient_id: int
    relationship: Relationship = "unknown"
    confirmed_before: bool = False
    confidential: bool = False
    name: PersonName = PersonName()
    birth_on: date | None = None


class Claims(msgspec.Struct, frozen=True):
    """What the sender or the circumstances say. `address_typed`: the address stood in a form, nobody proved it.
    `sender_doubtful`: the mail failed DMARC. `reminded_patient_id`: whom we reminded at this address in the last 72 h.
    """

    name: PersonName | None = None
    birth_on: date | None = None
    address_typed: bool = False
    sender_doubtful: bool = False
    reminded_patient_id: int | None = None


class Verdict(msgspec.Struct, frozen=True):
    """`patient_id` is set unless `certainty` is unknown; `candidates` are all patients linked to the address, the
    likeliest first; several and no patient_id means the message is marked "about whom?". `evidence` holds codes."""

    outcome: Outcome
    certainty: Certainty
    patient_id: int | None
    candidates: tuple[int, ...]
    evidence: tuple[str, ...]


def identify(candidates: Sequence[Candidate], claims: Claims | None = None) -> Verdict:
    """The evidence table of domain §4 for one address; several links of one patient count as one candidate."""
    claims = claims or Claims()
    people = _distinct(candidates)
    fitting = [person for person in people if not _contradicts(person, claims)]
    order = tuple(p.patient_id for p in [*fitting, *(p for p in people if p not in fitting)])
    evidence = _circumstances(people, fitting, claims)
    if claims.sender_doubtful or not fitting:
        return Verdict("ambiguous" if people else "unknown", "unknown", None, order, evidence)
    if len(people) == 1 and _may_be_certain(people[0], claims):
        return Verdict("certain", "confirmed", order[0], order, (*evidence, "confirmed_before"))
    chosen, how = _narrowed(people, fitting, claims)
    return Verdict("ambiguous", "probable" if chosen else "unknown", chosen, order, (*evidence, how))


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """One candidate per patient: the strongest link counts, and a confidential one marks the address."""
    best: dict[int, Candidate] = {}
    for candidate in candidates:
        held = best.get(candidate.patient_id)
        if held is None or _strength(candidate) > _strength(held):
            best[candidate.patient_id] = candidate
    return list(best.values())


def _strength(candidate: Candidate) -> tuple[bool, bool]:
    return candidate.relationship in ("self", "unknown"), candidate.confirmed_before


def _contradicts(person: Candidate, claims: Claims) -> bool:
    if claims.birth_on and person.birth_on and claims.birth_on != person.birth_on:
        return True
    return claims.name is not None and not _names_fit(person.name, claims.name)


def _names_fit(known: PersonName, claimed: PersonName) -> bool:
    """No word of the claimed name is needed twice and the first names share one; an empty side contradicts nothing."""
    firsts = _words((*known.given, known.preferred))
    given = _words(claimed.given)
    families = _words((known.family,))
    family = _words((claimed.family,))
    return (not firsts or not given or bool(firsts & given)) and (not families or not family or bool(families & family))


def _words(parts: Sequence[str]) -> frozenset[str]:
    return frozenset(fold(" ".join(parts)).split())


def _circumstances(people: Sequence[Candidate], fitting: Sequence[Candidate], claims: Claims) -> tuple[str, ...]:
    facts = {
        "no_candidate": not people,
        "one_candidate": len(people) == 1,
        "several_candidates": len(people) > 1,
        "confidential_address": any(person.confidential for person in people),
        "proxy_address": any(person.relationship == "proxy" for person in people),
        "shared_address": any(person.relationship == "shared" for person in people),
        "claims_contradict": len(fitting) < len(people) and not fitting,
        "address_only_typed": claims.address_typed,
        "sender_doubtful": claims.sender_doubtful,
    }
    return tuple(code for code, holds in facts.items() if holds)


def _may_be_certain(person: Candidate, claims: Claims) -> bool:
    """A proxy's or shared address shows who may write, not whom it is about."""
    return person.confirmed_before and person.relationship in ("self", "unknown") and not claims.address_typed


def _narrowed(people: Sequence[Candidate], fitting: Sequence[Candidate], claims: Claims) -> tuple[int | None, str]:
    if len(people) == 1:
        return people[0].patient_id, "never_confirmed"
    if len(fitting) == 1:
        return fitting[0].patient_id, "claims_narrow"
    if any(person.patient_id == claims.reminded_patient_id for person in fitting):
        return claims.reminded_patient_id, "reminded_lately"
    return None, "about_whom"
