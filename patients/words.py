"""Words as a search compares them: small, without accents, parted by all that is no letter and no digit."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

import msgspec

#: As many digits in a row find a number that holds them.
LEAST_DIGITS = 4
#: What a phone number is typed with.
NUMBER = re.compile(r"[\d\s()+./\-]+")


class Term(msgspec.Struct, frozen=True):
    """Words that stand in a row, folded; the last one may go on when `prefix`. `typed` is what was written."""

    words: tuple[str, ...]
    typed: str
    prefix: bool = False

    @property
    def digits(self) -> str:
        """The digits of a phone number, or of a part of one; "" for anything else."""
        found = "".join(sign for sign in self.typed if sign.isdigit())
        return found if len(found) >= LEAST_DIGITS and NUMBER.fullmatch(self.typed) else ""

    @property
    def day(self) -> date | None:
        """The day that it names (ISO), as a birth date is typed."""
        try:
            return date.fromisoformat(self.typed)
        except ValueError:
            return None


def fold_words(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    plain = unicodedata.normalize("NFD", text.lower())
    kept = (sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign))
    return tuple("".join(kept).split())
