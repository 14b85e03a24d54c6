"""Phone numbers as people, carriers and providers write them, made one E.164 value.

Refuses what is merely possible: only a number that is valid in its region becomes an address, and callers who hide
theirs are nobody.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec
import phonenumbers

#: What Twilio puts in From for ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE callers: the word on a dial pad.
HIDDEN_NUMBERS = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
HIDDEN_WORDS = frozenset({"anonymous", "restricted", "blocked", "unknown", "unavailable", "private", "withheld"})
#: A mobile mark once dialled after the country code; carriers and WhatsApp still send it (Mexico dropped it in 2019).
MOBILE_MARKS = {"521": "52", "549": "54"}
#: Longer text is not a phone number; the library itself refuses more than 250 characters.
LONGEST = 100
SCHEMES = ("tel:", "sms:", "whatsapp:")


class Phone(msgspec.Struct, frozen=True):
    """`e164` ("+16502530000") or None; `why` says which rule decided and never repeats the number."""

    e164: str | None
    why: str


@lru_cache(maxsize=16384)
def normalise(text: str, region: str = "US") -> Phone:
    """One valid number in `text` as E.164, without its extension. `region` (ISO 3166) reads national spellings."""
    bare = _without_scheme(text.strip())
    if not bare or len(bare) > LONGEST:
        return Phone(None, "empty" if not bare else "too long for a phone number")
    if bare.casefold() in HIDDEN_WORDS or re.sub(r"[^+0-9]", "", bare) in HIDDEN_NUMBERS:
        return Phone(None, "anonymous caller")
    if re.match(r"[A-Za-z]+:\d", bare):
        return Phone(None, "an address of another kind")
    return _parsed(bare, region.upper())


def _without_scheme(text: str) -> str:
    lowered = text.lower()
    return next((text[len(scheme) :].strip() for scheme in SCHEMES if lowered.startswith(scheme)), text)


def _parsed(text: str, region: str) -> Phone:
    number = _parse(text, region)
    if number is None:
        return Phone(None, "not a phone number")
    if phonenumbers.is_valid_number(number):
        return Phone(_e164(number), "valid, extension left out" if number.extension else "valid")
    return _without_mobile_mark(_e164(number)) or Phone(None, "not a valid number in its region")


def _parse(text: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _without_mobile_mark(e164: str) -> Phone | None:
    """The same subscriber without the mark; a number that is valid as written keeps it (Argentine mobiles do)."""
    short = MOBILE_MARKS.get(e164[1:4])
    number = _parse(f"+{short}{e164[4:]}", "ZZ") if short else None
    if number is None or not phonenumbers.is_valid_number(number):
        return None
    return Phone(_e164(number), "valid without the old mobile mark")


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
