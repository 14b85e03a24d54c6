"""Who acts for a patient, in what and until when, and what may therefore reach an address (privacy.md §9).

Refuses to infer: a right ends by its date whatever was said to a proxy before, and no scope implies another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, tzinfo
from typing import Literal

import msgspec

Scope = Literal["scheduling", "billing", "clinical"]
SCOPES: tuple[Scope, ...] = ("scheduling", "billing", "clinical")
#: HL7 v3 RoleCode of each role.
ROLES = {
    "mother": "MTH",
    "father": "FTH",
    "parent": "PRN",
    "guardian": "GUARD",
    "spouse": "SPS",
    "child": "CHILD",
    "health_care_agent": "HPOWATT",
    "caregiver": "CAREGIVER",
    "emergency_contact": "ECON",
    "next_of_kin": "NOK",
}
#: Their right ends at the latest with the patient's eighteenth birthday.
PARENTAL = frozenset({"mother", "father", "parent"})
#: Whom one calls in need; being named so gives no right to be told anything.
NAMED_ONLY = frozenset({"emergency_contact", "next_of_kin"})
ADULT = 18


class Tie(msgspec.Struct, frozen=True):
    """One link of an address to a patient. With a `role` its user acts for the patient in `scopes`, from `since` until
    `until`; without one it is the patient's own. `shared`: others are reached at the address, too."""

    ended: bool = False
    confidential: bool = False
    shared: bool = False
    role: str = ""
    scopes: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None


def barrier(ties: Sequence[Tie], *, matters: Collection[Scope], kept: bool, now: datetime) -> str:
    """Why words about these `matters` may not go to an address with these ties to the patient; "" when they may.
    `kept`: the request is kept from all who act for the patient. An address without a tie is judged elsewhere."""
    if not ties:
        return ""
    live = [tie for tie in ties if not tie.ended]
    if not live:
        return "the patient is not reached there any more"
    own, acting = [tie for tie in live if not tie.role], [tie for tie in live if tie.role]
    if kept and (acting or not _alone(own)):
        return "this request is kept from everybody but the patient, and others use this address"
    return "" if own else _acting_barrier(acting, matters, now)


def holds(tie: Tie, now: datetime) -> bool:
    """Whether somebody acts for the patient at this moment."""
    begun = tie.since is None or tie.since <= now
    return begun and (tie.until is None or now < tie.until)


def majority(birth_on: date, zone: tzinfo) -> datetime:
    """The beginning of the eighteenth birthday there; of 29 February a day early, so that no right lasts too long."""
    day = 28 if (birth_on.month, birth_on.day) == (2, 29) else birth_on.day
    return datetime.combine(date(birth_on.year + ADULT, birth_on.month, day), time(), zone)


def scopes_of(text: str) -> frozenset[str]:
    """Stored scopes, with commas or spaces."""
    return frozenset(text.replace(",", " ").split())


def spoken(scopes: Collection[str]) -> str:
    """The same in words, in the order of the house: "scheduling and billing"."""
    named = [one for one in SCOPES if one in scopes]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def _alone(own: Sequence[Tie]) -> bool:
    return any(tie.confidential or not tie.shared for tie in own)


def _acting_barrier(acting: Sequence[Tie], matters: Collection[Scope], now: datetime) -> str:
    now_acting = [tie for tie in acting if holds(tie, now)]
    if not now_acting:
        return f"the {acting[0].role.replace('_', ' ')} does not act for the patient at this time"
    told = [tie for tie in now_acting if tie.role not in NAMED_ONLY]
    if not told:
        return "whom to call in need is told nothing of a patient"
    if any(tie.scopes.issuperset(matters) for tie in told):
        return ""
    first = told[0]
    beyond = spoken(frozenset(matters) - first.scopes)
    return f"the {first.role.replace('_', ' ')} acts in {spoken(first.scopes)} only, and this may be {beyond}"
