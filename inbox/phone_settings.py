"""How the clinic's phone and chat work: recording, the menu's digits, the music, the site's users. Each change is a
version of its own. Refuses a menu that no caller could use.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec

from channels import twiml
from channels.twiml import CallState, Choice, Place
from inbox import configuration, voicemenu
from inbox.actors import Actor, Permission, may
from inbox.configuration import Version
from inbox.errors import Forbidden, Invalid
from inbox.practice import Practice
from inbox.store.database import Transaction
from routing.reasons import REASONS

#: 2 is the other language, 9 no recording.
DIGITS = "01345678"
LONGEST_LABEL, LONGEST_ADDRESS, LONGEST_SYSTEM = 60, 500, 100
_SAID = re.compile(r"<Say language=\"(\w\w)-US\"[^>]*>([^<]*)</Say>")


class Settings(msgspec.Struct, frozen=True):
    """The part with versions of its own; as in `Practice`."""

    records_calls: bool = False
    menu_choices: tuple[Choice, ...] = ()
    hold_music: str = ""
    site_numbers: str = ""


class Heard(msgspec.Struct, frozen=True):
    """What a caller hears at one moment, sentence by sentence."""

    moment: str
    language: str
    words: tuple[str, ...]


def publish(unit: Transaction, settings: Settings, *, actor: Actor, based_on: int, why: str) -> Version:
    """Calls go like this from now on. Raises Conflict, Forbidden, Invalid."""
    check(settings)
    return configuration.publish(unit, "phone", msgspec.to_builtins(settings), actor=actor, based_on=based_on, why=why)


def check(settings: Settings) -> None:
    """Raises Invalid naming the digit that is wrong and how to mend it."""
    digits = [one.digit for one in settings.menu_choices]
    for one in settings.menu_choices:
        if len(one.digit) != 1 or one.digit not in DIGITS:
            raise Invalid(fields={"choices": f"{one.digit!r}: one digit; 2 is the language, 9 no recording"})
        if digits.count(one.digit) > 1:
            raise Invalid(fields={"choices": f"{one.digit} is there twice"})
        if one.reason not in REASONS:
            raise Invalid(fields={"choices": f"{one.digit}: choose a reason"})
        if not all(0 < len(label.strip()) <= LONGEST_LABEL for label in (one.en, one.es)):
            raise Invalid(
                fields={"choices": f"{one.digit}: say it in English and Spanish, {LONGEST_LABEL} letters each"}
            )
    if settings.hold_music and settings.hold_music not in voicemenu.MUSIC and not _is_address(settings.hold_music):
        raise Invalid(fields={"music": "the https address of an MP3 or WAV that anybody may fetch"})
    if len(settings.site_numbers) > LONGEST_SYSTEM:
        raise Invalid(fields={"site_numbers": f"at most {LONGEST_SYSTEM} letters"})


def preview(practice: Practice, settings: Settings, *, actor: Actor) -> tuple[Heard, ...]:
    """What callers would hear: the greeting in both languages, a minute in line. Raises Forbidden, Invalid."""
    if not may(actor, Permission.SEE_STAFF):
        raise Forbidden("The phone is set up by administrators.")
    check(settings)
    kept = {"records_calls": settings.records_calls, "hold_music": settings.hold_music}
    clinic = msgspec.structs.replace(practice, menu_choices=settings.menu_choices, **kept)
    menu = voicemenu.menu_of(clinic, staffed=True)
    english, spanish = CallState(), CallState(language="es")
    heard = [
        *_heard("The greeting", twiml.answer(menu, english, "")),
        *_heard("After 2", twiml.answer(menu, spanish, "")),
        *_heard("A minute in line", twiml.wait(menu, english, "", Place(2, 300), 60)),
    ]
    between = f"then {settings.hold_music}" if menu.music else "then silence, until the place is said again"
    return (*heard, Heard("In between", "en", (between,)))


def _heard(moment: str, document: str) -> list[Heard]:
    spoken: dict[str, list[str]] = {}
    for language, words in _SAID.findall(document):
        spoken.setdefault(language, []).append(words)
    return [Heard(moment, language, tuple(words)) for language, words in spoken.items()]


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and len(text) <= LONGEST_ADDRESS and text.isprintable()
