"""The columns of a row of a list: the conversation, its patient, its sender, its owner, its last words, its clock."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, func, select

from inbox.store.list_order import CLOSED_ORDER, DUE_ORDER
from inbox.store.tables import actors, arrivals, clocks, contact_points, messages, patients
from inbox.store.tables import conversations as c
from inbox.store.wanted import FIRST_OWED, IN_QUARANTINE, IS_LIVE

_quarantined = select(arrivals.c.id).where(arrivals.c.conversation_id == c.c.id, IN_QUARANTINE).exists()
_owners = actors.alias("owners")
#: The one live clock that the conversation's deadline comes from.
_is_its_clock = and_(clocks.c.conversation_id == c.c.id, clocks.c.metric == c.c.due_metric, IS_LIVE)


def rows() -> Select[Any]:
    """The rows of every conversation, in no order."""
    shown = (
        "id version channel reason reasons state priority flagged clinical sensitive subject subject_certainty"
        " sender_name team owner_id due_at due_metric last_at needs_reply unread snoozed_until closed_at marks"
        " subject_patient_id location language opened_at"
    )
    wanted = select(
        *(c.c[name] for name in shown.split()),
        DUE_ORDER.label("rank"),
        CLOSED_ORDER.label("closed_rank"),
        patients.c.given,
        patients.c.family,
        patients.c.suffix,
        patients.c.preferred_name,
        contact_points.c.value.label("address"),
        contact_points.c.kind.label("address_kind"),
        _owners.c.name.label("owner_name"),
        messages.c["class"].label("last_class"),
        func.coalesce(messages.c.reply_text, messages.c.body).label("last_text"),
        clocks.c.started_at.label("clock_started_at"),
        clocks.c.state.label("clock_state"),
        _quarantined.label("quarantined"),
        FIRST_OWED.label("first_owed"),
    )
    return wanted.select_from(
        c.outerjoin(patients, patients.c.id == c.c.subject_patient_id)
        .outerjoin(contact_points, contact_points.c.id == c.c.sender_contact_id)
        .outerjoin(_owners, _owners.c.id == c.c.owner_id)
        .outerjoin(messages, messages.c.id == c.c.last_message_id)
        .outerjoin(clocks, _is_its_clock)
    )
