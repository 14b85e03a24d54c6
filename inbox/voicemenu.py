"""What callers hear at this clinic: its name, the digits and their reasons."""

from __future__ import annotations

from channels.twiml import Choice, VoiceMenu
from inbox.practice import Practice

_CHOICES = (
    Choice("1", "appointment_new", "appointments", "citas"),
    Choice("3", "refill", "a refill", "una receta"),
    Choice("4", "billing", "billing", "facturas"),
    Choice("5", "symptom_new", "a health question", "una pregunta de salud"),
)


def menu_of(practice: Practice) -> VoiceMenu:
    """The menu of the voice door; without agents on the phone every call ends in the voicemail."""
    return VoiceMenu(
        clinic=practice.name,
        choices=_CHOICES,
        promise_en="within 30 minutes when we are open",
        promise_es="en menos de 30 minutos en horario de atención",
    )
