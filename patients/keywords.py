"""STOP, START, HELP and free-word revocation, recognised in English, Spanish and French, and their confirmations.

Refuses to read an opt-out into a message about something else: "cancel my cleaning" and "can I stop by" reach a person.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import msgspec

from patients.revocations import REVOKE, THEIR_OWN_MISTAKE, WRONG_NUMBER

Action = Literal["stop", "start", "help", "revoke", "wrong_number"]

#: Definitive alone: Twilio's long-code words, the FCC's list, Twilio Proxy's French words, our Spanish ones.
_ENGLISH_STOP = ("stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out")
_SPANISH_STOP = ("alto", "parar", "pare", "paren", "baja", "cancelar", "detener", "no mas", "ya no mas", "basta")
STOP = frozenset((*_ENGLISH_STOP, *_SPANISH_STOP, "arret", "arrett", "arrete", "arretez", "arreter"))
START = frozenset({"start", "yes", "unstop"})
HELP = frozenset({"help", "info", "ayuda", "aide"})
_SPANISH = frozenset((*_SPANISH_STOP, "ayuda"))
KNOWN: tuple[tuple[Action, frozenset[str]], ...] = (("stop", STOP), ("start", START), ("help", HELP))
#: Also what people answer about a visit: no opt-out once other words, even courtesy, stand beside them.
ABOUT_VISITS = frozenset({"cancel", "cancelar", "end", "baja"})
COURTESY = re.compile(
    r"\b(please|pls|plz|now|thanks|thank you|ok|okay|just|immediately|already|por favor|porfavor|gracias|ya|ahora"
    r"|svp|s il vous plait|merci)\b"
)
#: Longer texts are read this far; a revocation stands early, and the patterns stay quick.
READ = 1000
#: From this many words on a phrase may be about something else as well: a person is asked.
SHORT = 12
_BY_PROVIDER: dict[str, Action] = {"STOP": "stop", "START": "start", "HELP": "help"}
_CONFIRMATIONS: dict[tuple[str, str], str] = {
    ("stop", "en"): "{clinic}: You will get no more texts from us. Reply START to resume. Questions? Call {phone}.",
    ("stop", "es"): "{clinic}: No recibira mas textos. Responda START para volver a recibirlos. Llame al {phone}.",
    ("start", "en"): "{clinic}: You will get our texts again. Reply HELP for help, STOP to end. Call {phone}.",
    ("start", "es"): "{clinic}: Vuelve a recibir textos. Responda AYUDA para ayuda o ALTO para terminar. {phone}.",
    ("help", "en"): "{clinic}: For help call {phone}. In an emergency call 911. Reply STOP to end texts.",
    (
        "help",
        "es",
    ): "{clinic}: Para ayuda llame al {phone}. En una emergencia llame al 911. Responda ALTO para terminar.",
}


class Keyword(msgspec.Struct, frozen=True):
    """`because` names the rule. Not `sure`: the words only probably revoke, so automatic sends pause and a person is
    asked."""

    action: Action | None
    because: str
    sure: bool = True


def recognise(text: str, *, opt_out_type: str | None = None) -> Keyword:
    """What `text` asks of us as a sender. `opt_out_type` is the provider's reading (Twilio's OptOutType) and wins.

    "stop" is a keyword alone; "revoke" the same wish in free words; "wrong_number" also says the address is another's.
    """
    if opt_out_type and opt_out_type.upper() in _BY_PROVIDER:
        return Keyword(_BY_PROVIDER[opt_out_type.upper()], "the provider says so")
    words = _fold(text[:READ])
    return _alone(words) or _phrase(words) or _clause(text[:READ]) or Keyword(None, "no keyword")


def is_about_visits(text: str) -> bool:
    """A bare word that stops messages and as likely was meant for a visit: CANCEL under a reminder."""
    return _fold(text[:READ]) in ABOUT_VISITS


def is_affirmative(text: str) -> bool:
    """YES opts in again and as often only answers a question."""
    return _fold(text[:READ]) == "yes"


def is_spanish(text: str) -> bool:
    """Whether a bare keyword is a Spanish one."""
    return _fold(text[:READ]) in _SPANISH


def confirmation(action: Action, language: str, *, clinic: str, phone: str) -> str:
    """The one message that may follow (47 CFR 64.1200(a)(12)): GSM-7 as long as `clinic` is, in Spanish for "es…"."""
    wanted = "stop" if action in ("revoke", "wrong_number") else action
    template = _CONFIRMATIONS[wanted, "es" if language.startswith("es") else "en"]
    return template.format(clinic=clinic, phone=phone)


def _fold(text: str) -> str:
    """Lower case, without accents, apostrophes and signs; "S T O P" is one word."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = ("" if unicodedata.combining(c) or c in "'’‘`´" else c if c.isalnum() else " " for c in plain)
    words = "".join(kept).split()
    return ("" if len(words) > 2 and all(len(word) == 1 for word in words) else " ").join(words)


def _alone(words: str) -> Keyword | None:
    """The whole message is a keyword, or a definitive stop word repeated, drawn out or with courtesy."""
    for action, known in KNOWN:
        if words in known:
            return Keyword(action, f"the whole message is {words.upper()}")
    core = " ".join(COURTESY.sub(" ", words).split())
    if core in STOP - ABOUT_VISITS or (core and set(core.split()) <= STOP - ABOUT_VISITS):
        return Keyword("stop", f"nothing but {core.upper()} and courtesy")
    return Keyword("stop", "a drawn-out STOP") if re.fullmatch(r"s+t+o+p+(all)?|stpo|sotp", core) else None


def _phrase(words: str) -> Keyword | None:
    own_mistake = THEIR_OWN_MISTAKE.search(words)
    for action, phrases in (("wrong_number", () if own_mistake else WRONG_NUMBER), ("revoke", REVOKE)):
        name = next((name for name, pattern in phrases if pattern.search(words)), None)
        if name:
            sure = len(words.split()) <= SHORT
            return Keyword("revoke" if action == "revoke" else "wrong_number", f'says "{name}"', sure)
    return None


def _clause(text: str) -> Keyword | None:
    """A first or last clause that is nothing but a definitive word: "STOP. I never signed up"."""
    clauses = [folded for part in re.split(r"[.!?,;:\n–—]+|\s-+\s", text) if (folded := _fold(part))]
    for clause in (clauses[0], clauses[-1]) if len(clauses) > 1 else ():
        found = _alone(clause)
        if found and found.action == "stop" and clause not in ABOUT_VISITS:
            return Keyword("revoke", f"a clause of its own: {found.because}", sure=False)
    return None
