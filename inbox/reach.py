"""Whether words of a conversation may reach an address at all: whose it is, what its user may hear, whether the request
is kept from those who act for the patient. Asked when a way is offered, when a reply is queued and when it leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Row

from channels import disclosure
from inbox.store import proxies
from inbox.store.database import Reading
from patients.proxies import Scope, Tie, barrier, scopes_of

#: What a person puts on a request of a minor, or of whoever wants nobody else told.
KEPT = "kept_private"
_SCHEDULING = frozenset(
    {"appointment_new", "appointment_change", "appointment_confirm", "on_the_way"}
    | {"general_info", "technical", "feedback", "complaint"}
)
_BILLING = frozenset({"billing", "authorization"})


def barriers(reading: Reading, row: Row[Any], text: str = "") -> Callable[[int], str]:
    """Answers for a contact point why nothing may go there, "" when it may. Before somebody confirmed whom it is about
    nothing of a patient is said anyhow, and the writer may be asked who they are."""
    if row.subject_patient_id is None or row.subject_certainty != "confirmed":
        return lambda contact_id: ""
    ties: dict[int, list[Tie]] = {}
    for found in proxies.ties(reading, row.subject_patient_id):
        ties.setdefault(found.contact_id, []).append(_tie(found))
    matters, kept = matters_of(row, text), is_kept(row, ties)

    def why(contact_id: int) -> str:
        mine = ties.get(contact_id, [])
        return _confidential(row, ties, contact_id) or barrier(mine, matters=matters, kept=kept, now=reading.now)

    return why


def matters_of(row: Row[Any], text: str = "") -> frozenset[Scope]:
    """What somebody must act in to be told of it. What nobody understood counts as clinical, and so do words of ours
    that name a result or a treatment, whatever the request began with."""
    if row.clinical or row.flagged or disclosure.check(text, language=row.language or "en").level == "secure":
        return frozenset({"clinical"})
    return frozenset(_scope(code.partition(".")[0]) for code in (row.reason, *row.reasons))


def is_kept(row: Row[Any], ties: Mapping[int, list[Tie]]) -> bool:
    """Kept from everybody who acts for the patient: sensitive, marked so, or written from a confidential address."""
    sender = ties.get(row.sender_contact_id or 0, [])
    return bool(row.sensitive) or KEPT in row.marks or any(tie.confidential and not tie.ended for tie in sender)


def _confidential(row: Row[Any], ties: Mapping[int, list[Tie]], contact_id: int) -> str:
    """A confidential address is used alone, never as a fallback from or to another (domain.md §4)."""
    if contact_id == row.sender_contact_id:
        return ""
    if any(tie.confidential and not tie.ended for tie in ties.get(row.sender_contact_id or 0, [])):
        return "the patient wrote from a confidential address, and is answered there alone"
    is_own = any(tie.confidential and not tie.ended for tie in ties.get(contact_id, []))
    return "a confidential address is used only for what comes from it" if is_own else ""


def _scope(reason: str) -> Scope:
    if reason in _BILLING:
        return "billing"
    return "scheduling" if reason in _SCHEDULING else "clinical"


def _tie(row: Row[Any]) -> Tie:
    return Tie(
        ended=row.valid_to is not None,
        confidential=bool(row.confidential),
        shared=row.relationship == "shared" or bool(row.elsewhere),
        role=row.role or ("unknown" if row.relationship == "proxy" else ""),
        scopes=scopes_of(row.scope or ""),
        since=row.valid_from,
        until=row.until,
    )
