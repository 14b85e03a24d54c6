"""Whom a message is about: asks the identity leaf with what the database knows of the address. Never guesses."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from channels.envelope import Inbound
from inbox import site_user
from inbox.store import contacts
from inbox.store.contacts import Contact
from inbox.store.database import Reading, Transaction
from patients.identity import Candidate, Claims, Verdict, identify
from patients.record import PersonName

#: Where people say of themselves who they are.
TYPED = frozenset({"webform", "chat"})
NOBODY = Verdict("unknown", "unknown", None, (), ("no_address",))


class Subject(msgspec.Struct, frozen=True):
    """The verdict and what the chosen patient's row says of language, place and who acts for them."""

    verdict: Verdict
    language: str = ""
    location: str | None = None
    #: Who writes for the patient, where the address is not the patient's own.
    proxy_id: int | None = None

    @property
    def marks(self) -> list[str]:
        """What people must see: several patients share the address and none was chosen."""
        several = len(self.verdict.candidates) > 1 and self.verdict.patient_id is None
        by_site = [mark for word, mark in site_user.MARKS.items() if word in self.verdict.evidence]
        return [*(["about_whom"] if several else []), *by_site]


def of_inbound(unit: Transaction, inbound: Inbound, contact: Contact | None) -> Subject:
    """The subject by the sender's address, for a form or a chat also by the addresses typed into it, and for whom the
    clinic's site has signed in by their number there."""
    points = [contact] if contact else []
    if inbound.claims and inbound.channel in TYPED:
        typed = [("phone", inbound.claims.phone), ("email", inbound.claims.email)]
        named = [contacts.find(unit, kind, value) for kind, value in typed if value]
        points += [point for point in named if point and point not in points]
    claims = _claims(inbound)
    found = _of_points(unit, points, claims)
    person = site_user.match(unit, inbound, claims, found.verdict)
    return Subject(person.verdict, person.language, person.location) if person else found


def _of_points(reading: Reading, points: list[Contact], claims: Claims) -> Subject:
    usable = [point.id for point in points if point.state != "reassigned" and not point.fresh]
    rows = contacts.candidates(reading, usable) if usable else []
    if not rows:
        return Subject(NOBODY)
    verdict = identify([_candidate(row) for row in rows], claims)
    chosen = next((row for row in rows if row.patient_id == verdict.patient_id), None)
    if chosen is None:
        return Subject(verdict)
    acting = [row.proxy_id for row in rows if row.patient_id == verdict.patient_id]
    return Subject(verdict, chosen.language, chosen.location, acting[0] if all(acting) else None)


def _candidate(row: Row[Any]) -> Candidate:
    return Candidate(
        patient_id=row.patient_id,
        relationship=row.relationship,
        confirmed_before=bool(row.confirmed_before),
        confidential=row.confidential,
        name=PersonName(given=(row.given,), family=row.family),
        birth_on=row.birth_on,
    )


def _claims(inbound: Inbound) -> Claims:
    typed = inbound.claims
    doubtful = inbound.dmarc == "fail"
    if typed is None:
        return Claims(sender_doubtful=doubtful)
    given, _, family = typed.name.strip().rpartition(" ")
    name = PersonName(given=(given or family,), family=family if given else "") if typed.name.strip() else None
    return Claims(
        name=name if inbound.channel in TYPED else None,
        birth_on=typed.birth_on,
        address_typed=inbound.channel in TYPED,
        sender_doubtful=doubtful,
    )
