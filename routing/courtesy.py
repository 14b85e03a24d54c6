"""Messages that are only thanks, an "ok" or a greeting: an exact list, so nothing of substance is taken for one."""

from __future__ import annotations

from routing.folding import fold, word_set

_THANKS = word_set(
    "thanks|thank you|thank you so much|thank you very much|thanks so much|thanks a lot|many thanks|ok|okay|ok thanks"
    "|ok thank you|okay thanks|okay thank you|k|kk|k thanks|got it|got it thanks|got it thank you|great|great thanks"
    "|great thank you|perfect|perfect thanks|perfect thank you|sounds good|sounds good thanks|will do|will do thanks"
    "|awesome|awesome thanks|cool|cool thanks|alright|alright thanks|all right|noted|understood|you too|no problem"
    "|appreciate it|i appreciate it|much appreciated|thank you all|thank you doctor|thanks doctor|thanks again"
    "|thank you again|yes thank you|yes thanks|no thank you|no thanks|wonderful|wonderful thank you|good thanks"
    "|have a good day|have a great day|thank you have a good day|thank you have a great day|thanks have a good day"
    "|gracias|muchas gracias|mil gracias|ok gracias|okay gracias|ok muchas gracias|esta bien|esta bien gracias|bueno"
    "|bueno gracias|de acuerdo|de acuerdo gracias|perfecto|perfecto gracias|entendido|entendido gracias|listo"
    "|listo gracias|vale|vale gracias|si gracias|no gracias|muy bien|muy bien gracias|muy amable|muy amable gracias"
    "|excelente|excelente gracias|igualmente|gracias igualmente|muchas gracias doctora|muchas gracias doctor"
    "|gracias doctora|gracias doctor|que tenga buen dia|gracias que tenga buen dia|claro|claro gracias|sale"
    "|sale gracias|okey|okey gracias|okis|se lo agradezco|le agradezco",
    "|",
)
_GREETINGS = word_set(
    "hi|hello|hey|hi there|hello there|hey there|good morning|good afternoon|good evening|good day|hi good morning"
    "|hello good morning|hello good afternoon|hi good afternoon|anyone there|is anyone there|test|testing|hola"
    "|buenos dias|buenas tardes|buenas noches|buen dia|buenas|hola buenos dias|hola buenas tardes|hola buenas noches"
    "|hola buenas|hola buen dia|hola que tal",
    "|",
)
_EMOJI = frozenset("👍👌🙏❤🙂😊😀😃😄🥰😁🤗💕💖👏✅☺♥💜💙💚🧡💛🤝🫶🙌✔😍😘🎉💐🌹🌷")
_MODIFIERS = frozenset("\ufe0e\ufe0f\u200d🏻🏼🏽🏾🏿♀♂ \t\r\n.,!¡;-~*")


def bare_thanks(text: str) -> bool:
    """Whether a message is nothing but a listed acknowledgement (EN, ES, emoji). Ask after the red-flag scan."""
    return _says_only(text, _THANKS, emoji_alone=True)


def bare_greeting(text: str) -> bool:
    """Whether a message is nothing but a greeting from the list."""
    return _says_only(text, _GREETINGS, emoji_alone=False)


def _says_only(text: str, phrases: frozenset[str], *, emoji_alone: bool) -> bool:
    if len(text) > 120 or "?" in text:
        return False
    rest = "".join(c for c in text if not c.isalpha() and c not in _MODIFIERS and c not in "'’")
    if any(c not in _EMOJI for c in rest):
        return False
    said = " ".join(fold(text).words)
    return said in phrases if said else emoji_alone and bool(rest)
