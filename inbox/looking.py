"""A viewer before one conversation: what they may see of it, whom it is about for them, and what they may try."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from inbox.actors import Actor, Permission, Sight, Vis, can_see, may
from inbox.conversation_shape import Patient
from patients.record import PersonName, shown_name


class Looking(msgspec.Struct, frozen=True):
    """A viewer before one conversation: what they may see of it and of its clinical texts."""

    actor: Actor
    vis: Vis
    sight: Sight
    clinical: Sight

    def reads(self, class_: str) -> bool:
        """Whether a text of this class may be shown: it may be stricter than its conversation."""
        return (self.clinical if class_ == "clinical" else self.sight).texts


def look(actor: Actor, head: Any) -> Looking:
    """What this viewer may see of a conversation row."""
    return look_at(
        actor, Vis(head.team, head.owner_id, head.clinical, head.sensitive, head.subject_patient_id, head.id)
    )


def look_at(actor: Actor, vis: Vis) -> Looking:
    """What this viewer may see of a conversation by what its visibility depends on."""
    clinical = msgspec.structs.replace(vis, clinical=True)
    return Looking(actor, vis, can_see(actor, vis), can_see(actor, clinical))


def permissions(actor: Actor, vis: Vis, *, flagged: bool) -> dict[str, bool]:
    """The acts this person may try here. The use cases decide again."""
    asked = {
        "reply": Permission.REPLY_CLINICAL if vis.clinical else Permission.REPLY,
        "note": Permission.NOTE,
        "note_clinical": Permission.NOTE_CLINICAL,
        "close": Permission.CLOSE_CLINICAL if vis.clinical else Permission.CLOSE,
        "assign": Permission.ASSIGN_OTHERS,
        "work": Permission.WORK,
        "lower": Permission.LOWER_RED_FLAG if flagged else Permission.LOWER_PRIORITY,
        "identify": Permission.CONFIRM_IDENTITY,
        "move": Permission.MOVE,
        "edit": Permission.EDIT_PERSON,
        "consent": Permission.CONSENT,
    }
    return {act: may(actor, permission, vis) for act, permission in asked.items()}


def patient_of(head: Any) -> Patient | None:
    """Whom a conversation row with its patient's name is about."""
    if head.subject_patient_id is None:
        return None
    name = shown_name(name_of(head), head.subject_certainty)
    return Patient(head.subject_patient_id, name, head.subject_certainty)


def name_of(row: Any) -> PersonName:
    """The name in a row with the patient's name columns."""
    return PersonName(tuple(row.given.split()), row.family, row.suffix, row.preferred_name)


#: Details of a journal line that say whom it is about.
_OF_PERSONS = frozenset({"patient", "was", "contact"})


def details_within(details: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
    """A journal line's details without the ids of people and addresses that the viewer may not see."""
    return {name: value for name, value in details.items() if sight.person or name not in _OF_PERSONS}
