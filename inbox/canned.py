"""The canned replies that Warmline ships, in English and Spanish: a clinic's own version under the same code replaces
one. GSM-7 words only, so that each costs as few texts as it can."""

from __future__ import annotations

#: code → language → (title, words)
SHIPPED: dict[str, dict[str, tuple[str, str]]] = {
    "received": {
        "en": (
            "We have your message",
            "Hi {patient_name}, this is {agent_name} at {clinic_name}. We have your message and will answer by {due}.",
        ),
        "es": (
            "Tenemos su mensaje",
            "Hola {patient_name}, soy {agent_name} de {clinic_name}. Recibimos su mensaje y le respondemos el {due}.",
        ),
    },
    "offer_times": {
        "en": (
            "Offer times",
            "Hi {patient_name}, which days and hours suit you best? We will look for a time at {location}.",
        ),
        "es": ("Ofrecer horas", "Hola {patient_name}, que dias y horas le convienen? Buscamos una cita en {location}."),
    },
    "confirm_visit": {
        "en": ("Visit is booked", "Your visit at {location} is booked. Questions? Call {clinic_phone} or answer here."),
        "es": (
            "Cita reservada",
            "Su cita en {location} queda reservada. Preguntas? Llame al {clinic_phone} o responda.",
        ),
    },
    "call_me": {
        "en": (
            "Please call us",
            "Hi {patient_name}, please call us at {clinic_phone} when you can. Thank you, {agent_name}",
        ),
        "es": (
            "Por favor llame",
            "Hola {patient_name}, por favor llame al {clinic_phone} cuando pueda. Gracias, {agent_name}",
        ),
    },
    "identify": {
        "en": (
            "Who are you?",
            "To help you we need your full name and date of birth. Please call {clinic_phone} to tell us.",
        ),
        "es": (
            "Quien escribe?",
            "Para ayudarle necesitamos su nombre y fecha de nacimiento. Por favor llame al {clinic_phone}.",
        ),
    },
    "bring": {
        "en": (
            "What to bring",
            "Please bring a photo ID and your insurance card, and come 15 minutes early. {clinic_name}",
        ),
        "es": (
            "Que traer",
            "Por favor traiga una identificacion y su tarjeta de seguro, y venga 15 minutos antes. {clinic_name}",
        ),
    },
    "passed_on": {
        "en": ("Passed on", "Hi {patient_name}, I passed your request on. Next: {next_step}, by {due}. {agent_name}"),
        "es": (
            "Lo pasamos",
            "Hola {patient_name}, ya pasamos su pedido. Lo que sigue: {next_step}, el {due}. {agent_name}",
        ),
    },
    "anything_else": {
        "en": ("Anything else?", "Is there anything else we can do for you, {patient_name}? {clinic_name}"),
        "es": ("Algo mas?", "Podemos ayudarle en algo mas, {patient_name}? {clinic_name}"),
    },
}
