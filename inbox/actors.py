"""Who works here and who may do what: the roles, their matrix in one place, and `can_see`, which pages, API, search,
export and socket all ask (privacy.md §3). Default deny. Plain values; the SQL twin is `inbox/store/sight`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Literal

import msgspec

Role = Literal["front_desk", "agent", "nurse", "supervisor", "manager", "compliance", "admin", "service"]
ROLES: tuple[Role, ...] = (
    "front_desk",
    "agent",
    "nurse",
    "supervisor",
    "manager",
    "compliance",
    "admin",
    "service",
)
TEAMS = (
    "marketing",
    "contact_center",
    "front_desk",
    "billing",
    "authorizations",
    "nursing",
    "patient_experience",
    "quality",
)

#: How far a permission reaches: N no, T own teams, A all, R with a typed reason, B break-glass, P propose, O own.
Reach = Literal["N", "T", "A", "R", "B", "P", "O"]


class Permission(StrEnum):
    """The rows of the matrix that this version enforces."""

    SEE_OPERATIONAL = "see operational"
    SEE_PERSON = "see phi: person"
    SEE_TEXTS = "see phi: texts, recordings"
    SEE_CLINICAL = "see clinical: patient's texts, voicemail"
    SEE_CLINICAL_NOTES = "see clinical: notes"
    SEE_SENSITIVE = "see sensitive"
    QUARANTINE_READ = "quarantined arrivals: read"
    QUARANTINE_REPLAY = "quarantined arrivals: replay"
    REPLY = "reply: administrative"
    REPLY_CLINICAL = "reply: clinical"
    NOTE = "write note"
    NOTE_CLINICAL = "write clinical note"
    WORK = "take, escalate, snooze, next step"
    ASSIGN_OTHERS = "assign others, override lease"
    CLOSE = "close administrative"
    CLOSE_CLINICAL = "close clinical"
    LOWER_PRIORITY = "lower priority"
    LOWER_RED_FLAG = "lower red-flagged"
    CONFIRM_IDENTITY = "confirm identity, verify caller"
    EDIT_PERSON = "edit person, contact points, proxies"
    MERGE_PATIENTS = "merge, unmerge patients"
    MOVE = "merge, split, move conversation"
    CONSENT = "record / revoke consent"
    METRICS = "metrics"
    METRIC_ROWS = "rows behind a number"
    REMARK = "remark on a chart"
    AUDIT = "who-saw report, disclosures"
    SEE_RULES = "see rules, policies"
    REHEARSE_RULES = "rehearse rules, policies"
    PUBLISH_RULES = "publish rules, policies"
    APPROVE_TEMPLATES = "write, approve templates"
    BREAK_GLASS = "look with a reason"
    JUDGE_GLASS = "judge looks with a reason"
    VERIFY_CHAIN = "verify the chain"
    SEE_STAFF = "see users, roles, channels"
    CONFIGURE = "users, roles, channels, vendors, keys"


_ORDER: tuple[Role, ...] = ROLES
#: One letter per role in the order of ROLES.
_MATRIX: dict[Permission, str] = {
    Permission.SEE_OPERATIONAL: "TTTAAANT",
    Permission.SEE_PERSON: "TTTANRNT",
    Permission.SEE_TEXTS: "TTTANRNT",
    Permission.SEE_CLINICAL: "BTTANRNN",
    Permission.SEE_CLINICAL_NOTES: "BBTBNRNN",
    Permission.SEE_SENSITIVE: "BBBBNRNN",
    Permission.QUARANTINE_READ: "NTTANRNN",
    Permission.QUARANTINE_REPLAY: "NTTANNAN",
    Permission.REPLY: "TTTANNNT",
    Permission.REPLY_CLINICAL: "NNTNNNNN",
    Permission.NOTE: "TTTANNNN",
    Permission.NOTE_CLINICAL: "NNTNNNNN",
    Permission.WORK: "TTTANNNN",
    Permission.ASSIGN_OTHERS: "NNNANNNN",
    Permission.CLOSE: "TTTANNNN",
    Permission.CLOSE_CLINICAL: "NNTNNNNN",
    Permission.LOWER_PRIORITY: "NTTANNNN",
    Permission.LOWER_RED_FLAG: "NNTNNNNN",
    Permission.CONFIRM_IDENTITY: "TTTANNNN",
    Permission.EDIT_PERSON: "TTTANNNT",
    Permission.MERGE_PATIENTS: "PPPANNNN",
    Permission.MOVE: "PTTANNNN",
    Permission.CONSENT: "TTTANNNN",
    Permission.METRICS: "OOOAAANT",
    # a manager's rows have no names: see phi is N
    Permission.METRIC_ROWS: "OOOAARNN",
    Permission.REMARK: "NNNAANNN",
    Permission.AUDIT: "OOOONANN",
    Permission.SEE_RULES: "NNNAAAAN",
    Permission.REHEARSE_RULES: "NNNAANAN",
    Permission.PUBLISH_RULES: "NNNNANNN",
    Permission.APPROVE_TEMPLATES: "NNNAANNN",
    Permission.BREAK_GLASS: "TTTANANN",
    Permission.JUDGE_GLASS: "NNNTNANN",
    Permission.VERIFY_CHAIN: "NNNNNAAN",
    Permission.SEE_STAFF: "NNNNNAAN",
    Permission.CONFIGURE: "NNNNNNAN",
}

MATRIX: dict[Permission, dict[Role, Reach]] = {
    permission: dict(zip(_ORDER, letters, strict=True))  # type: ignore[arg-type]  # the letters are the Reach literals
    for permission, letters in _MATRIX.items()
}


class Glass(msgspec.Struct, frozen=True):
    """A look with a reason that holds until then: beyond the role, at one subject, the id of a patient or, while nobody
    confirmed who it is, of a conversation."""

    id: int
    subject_id: int
    until: datetime


class Actor(msgspec.Struct, frozen=True):
    """A person or a service account, as it stands now."""

    id: int
    email: str
    name: str
    role: Role
    teams: frozenset[str] = frozenset()
    version: int = 1
    #: Came in by a one-time password and has chosen none yet: until then nothing else is done in their name.
    must_change: bool = False
    #: Those that hold now. Only what asks and answers at once has them: a screen that stays open is told nothing more.
    glasses: tuple[Glass, ...] = ()

    def glass_on(self, *ids: int | None) -> Glass | None:
        """The glass on one of these subjects."""
        return next((one for one in self.glasses if one.subject_id in ids), None)


class Vis(msgspec.Struct, frozen=True):
    """What visibility depends on: the conversation's team, owner, class and sensitivity; with a glass also whom it is
    about. What leaves out the two ids shows nothing through a glass."""

    team: str
    owner_id: int | None = None
    clinical: bool = False
    sensitive: bool = False
    patient_id: int | None = None
    conversation_id: int | None = None


class Sight(msgspec.Struct, frozen=True):
    """What one viewer may see of one conversation. Each implies the one before."""

    operational: bool
    person: bool
    texts: bool
    notes: bool


BLIND = Sight(False, False, False, False)


def can_see(actor: Actor, vis: Vis) -> Sight:
    """The one decision: what `actor` may see of a conversation with this visibility. Default deny."""
    through = bool(actor.glasses) and actor.glass_on(vis.patient_id, vis.conversation_id) is not None
    return _sight(actor.role, _is_own(actor, vis), through, vis.clinical, vis.sensitive)


@cache
def _sight(role: Role, own: bool, through: bool, clinical: bool, sensitive: bool) -> Sight:
    """Decided once for each of the few cases there are: every change is shown to hundreds of screens."""

    def reaches(permission: Permission) -> bool:
        return _reach_holds(MATRIX[permission][role], own, through)

    if not reaches(Permission.SEE_OPERATIONAL):
        return BLIND
    if sensitive and not reaches(Permission.SEE_SENSITIVE):
        return Sight(True, False, False, False)
    person = reaches(Permission.SEE_PERSON)
    texts = person and reaches(Permission.SEE_CLINICAL if clinical else Permission.SEE_TEXTS)
    return Sight(True, person, texts, person and reaches(Permission.SEE_CLINICAL_NOTES))


def may(actor: Actor, permission: Permission, vis: Vis | None = None) -> bool:
    """Whether `actor` holds `permission` for this conversation (or at all, without one)."""
    if vis is None:
        return MATRIX[permission][actor.role] in ("A", "T", "O")
    return _reaches(actor, Permission.SEE_OPERATIONAL, vis) and _reaches(actor, permission, vis)


def _reaches(actor: Actor, permission: Permission, vis: Vis) -> bool:
    through = actor.glass_on(vis.patient_id, vis.conversation_id) is not None
    return _reach_holds(MATRIX[permission][actor.role], _is_own(actor, vis), through)


def _is_own(actor: Actor, vis: Vis) -> bool:
    return vis.team in actor.teams or (vis.owner_id is not None and vis.owner_id == actor.id)


def _reach_holds(reach: Reach, own: bool, through: bool) -> bool:
    """B and R: only with a reason, given before, which is the glass one looks through."""
    return reach == "A" or (reach == "T" and own) or (reach in ("B", "R") and through)
