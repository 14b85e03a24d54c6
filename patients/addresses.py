"""Mail addresses made comparable. Refuses control characters and whatever could never be delivered."""

from __future__ import annotations

import re
import unicodedata

import msgspec

#: RFC 5321 §4.5.3.1: 64 octets of local part, 255 of domain; a path of 256 with its angle brackets.
LONGEST_LOCAL, LONGEST = 64, 254
_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\]\\]+")
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")


class MailAddress(msgspec.Struct, frozen=True):
    """`value` (lower-case, comparable) or None; `why` says which rule decided and never repeats the address."""

    value: str | None
    why: str


def normalise(text: str) -> MailAddress:
    """`text` as one bare mail address. The domain has no case (RFC 5321 §2.4); no mail host in use minds the case of
    the local part either, so both are lowered and two spellings are one contact point. Dots and +tags stay: only the
    receiving host knows what they mean."""
    if any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Cs"} for character in text.strip(" \t")):
        return MailAddress(None, "control character")
    bare = unicodedata.normalize("NFC", text.strip()).removeprefix("mailto:").lower()
    if not bare or len(bare.encode()) > LONGEST:
        return MailAddress(None, "empty" if not bare else "too long")
    local, at, domain = bare.rpartition("@")
    if not at or not _local_ok(local):
        return MailAddress(None, "no valid part before the @")
    if not _domain_ok(domain):
        return MailAddress(None, "no valid domain")
    return MailAddress(f"{local}@{domain}", "valid")


def _local_ok(local: str) -> bool:
    dots = local.startswith(".") or local.endswith(".") or ".." in local
    return bool(_LOCAL.fullmatch(local)) and not dots and len(local.encode()) <= LONGEST_LOCAL


def _domain_ok(domain: str) -> bool:
    labels = domain.split(".")
    return len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
