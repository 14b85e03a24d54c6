"""The taxonomy as data: eighteen reasons with sub-reasons, teams, priorities and names. Knows no texts."""

from __future__ import annotations

import msgspec

TEAMS = (
    "marketing", "contact_center", "front_desk", "billing", "authorizations", "nursing", "patient_experience",
    "quality",
)  # fmt: skip


class Reason(msgspec.Struct, frozen=True):
    """`priority` is what a machine gives, nothing else known: 2 same day, 3 next business day, 4 informational."""

    code: str
    team: str
    priority: int
    en: str
    es: str
    subs: tuple[str, ...] = ()
    clinical: bool = False


_TABLE = (
    Reason("appointment_new", "contact_center", 3, "New appointment", "Cita nueva"),
    Reason(
        "appointment_change", "contact_center", 3, "Change of appointment", "Cambio de cita", ("cancel", "reschedule")
    ),
    Reason("appointment_confirm", "contact_center", 4, "Appointment confirmed", "Cita confirmada"),
    Reason("on_the_way", "front_desk", 2, "On the way", "En camino", ("late", "directions")),
    Reason("refill", "nursing", 3, "Refill", "Resurtido de receta"),
    Reason("medication_question", "nursing", 2, "Question about a medicine", "Pregunta sobre medicina", clinical=True),
    Reason("symptom_new", "nursing", 2, "New symptom", "Síntoma nuevo", clinical=True),
    Reason("symptom_followup", "nursing", 2, "Symptom after a procedure", "Síntoma tras procedimiento", clinical=True),
    Reason("test_results", "nursing", 2, "Test results", "Resultados de estudios", clinical=True),
    Reason("referral", "authorizations", 3, "Referral", "Referencia a especialista"),
    Reason("authorization", "authorizations", 3, "Authorization", "Autorización", ("insurance", "coverage")),
    Reason("billing", "billing", 3, "Bill or payment", "Factura o pago"),
    Reason("records", "front_desk", 3, "Records or forms", "Expediente o formularios", ("forms",)),
    Reason("complaint", "patient_experience", 3, "Complaint", "Queja"),
    Reason("feedback", "patient_experience", 4, "Feedback", "Comentario"),
    Reason("technical", "contact_center", 3, "Technical help", "Ayuda técnica"),
    Reason("general_info", "contact_center", 3, "General information", "Información general"),
    Reason("admin_other", "contact_center", 3, "Other", "Otro asunto"),
)
REASONS = {reason.code: reason for reason in _TABLE}
CLINICAL = frozenset(reason.code for reason in _TABLE if reason.clinical)


def of(code: str) -> Reason:
    """The reason behind "code" or "code.sub". Raises KeyError for what is not in the taxonomy."""
    base, _, sub = code.partition(".")
    reason = REASONS[base]
    if sub and sub not in reason.subs:
        raise KeyError(code)
    return reason


def is_known(code: str) -> bool:
    """Whether a reason or dotted sub-reason is in the taxonomy."""
    base, _, sub = code.partition(".")
    return base in REASONS and (not sub or sub in REASONS[base].subs)


def is_clinical(code: str) -> bool:
    """A nurse answers these."""
    return code.partition(".")[0] in CLINICAL


def text_class(codes: tuple[str, ...], *, red_flags: bool, unclassified: bool = False) -> str:
    """Either "clinical" or "phi". Refill texts are clinical; what nobody understood is treated so."""
    if red_flags or unclassified or any(is_clinical(c) or c == "refill" for c in codes):
        return "clinical"
    return "phi"
