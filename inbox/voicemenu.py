"""What callers hear at this clinic: its name, the digits and their reasons."""

from __future__ import annotations

from channels.twiml import Choice, VoiceMenu
from inbox.practice import Practice

#: The queue at the provider in which callers wait; whose turn it is, is ours to say.
QUEUE = "patients"
_CHOICES = (
    Choice("1", "appointment_new", "appointments", "citas"),
    Choice("3", "refill", "a refill", "una receta"),
    Choice("4", "billing", "billing", "facturas"),
    Choice("5", "symptom_new", "a health question", "una pregunta de salud"),
)


def menu_of(practice: Practice, *, staffed: bool = False) -> VoiceMenu:
    """The menu of the voice door; while nobody is there for the phone it ends in the voicemail."""
    return VoiceMenu(
        clinic=practice.name,
        choices=_CHOICES,
        promise_en="within 30 minutes when we are open",
        promise_es="en menos de 30 minutos en horario de atención",
        queue=QUEUE if staffed else "",
        records=practice.records_calls,
    )
