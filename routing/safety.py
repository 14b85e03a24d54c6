"""The safe automatic texts to red-flagged messages: fixed words, GSM-7, at most 160 characters, no symptom repeated.

They advise nothing. The human alert never depends on them; consent, quiet hours and the once-in-24-hours rule are the
caller's.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from routing.folding import strip_accents
from routing.redflags import Flag

Kind = Literal["emergency", "crisis"]
LIMIT = 160

_TEXTS: dict[tuple[Kind, str], str] = {
    ("emergency", "en"): "If this is an emergency call 911 now. We received your message and are alerting staff."
    " Do not wait for a reply. - {who}",
    ("emergency", "es"): "Si es una emergencia llame al 911 ahora. Recibimos su mensaje y avisamos al personal."
    " No espere respuesta. - {who}",
    ("crisis", "en"): "If you may harm yourself call or text 988 now (24/7), or 911. A person here has been alerted.",
    ("crisis", "es"): "Si piensa hacerse daño llame al 988 y oprima 2, envie AYUDA al 988, o llame al 911."
    " Ya avisamos a una persona.",
}
_PLAIN = str.maketrans({"–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "\u00a0": " "})
_SYMBOLS = frozenset(" !\"#%&'()*+,-./:;<=>?_ñÑ")


class SafeText(msgspec.Struct, frozen=True):
    """`kind` is the key of the rule "one per conversation, kind and 24 hours"."""

    kind: Kind
    language: str
    text: str


def which(flags: tuple[Flag, ...]) -> tuple[Kind, ...]:
    """The texts that these flags ask for: crisis for suicide, emergency for any other E; none for U and history."""
    emergent = [flag.kind for flag in flags if flag.level == "E"]
    kinds: list[Kind] = []
    if "suicide" in emergent:
        kinds.append("crisis")
    if any(kind != "suicide" for kind in emergent):
        kinds.append("emergency")
    return tuple(kinds)


def texts(flags: tuple[Flag, ...], *, language: str, clinic: str, phone: str) -> tuple[SafeText, ...]:
    """The safe texts to send, in order. Spanish for "es", else English. A long clinic name is cut, the phone never."""
    return tuple(render(kind, language=language, clinic=clinic, phone=phone) for kind in which(flags))


def render(kind: Kind, *, language: str, clinic: str, phone: str) -> SafeText:
    """One safe text, GSM-7 and at most 160 characters."""
    language = "es" if language.lower().startswith("es") else "en"
    frame = _TEXTS[kind, language]
    room = LIMIT - len(frame.replace("{who}", ""))
    phone = _gsm(phone)[:24]
    name = _gsm(clinic)[: max(0, room - len(phone) - 1)].rstrip()
    return SafeText(kind, language, frame.replace("{who}", f"{name} {phone}".strip()))


def _gsm(text: str) -> str:
    """Only characters that GSM-7 surely carries in one septet; accents go, what is left over becomes nothing."""
    plain = "".join(c if c in "ñÑ" else strip_accents(c) for c in text.translate(_PLAIN))
    return " ".join("".join(c for c in plain if (c.isascii() and c.isalnum()) or c in _SYMBOLS).split())
