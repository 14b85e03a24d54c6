"""What people type into the search box as a plain value: words, phrases, words to leave out, and operators. Refuses an
operator that does not exist and says which ones do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from channels import KINDS
from inbox.actors import TEAMS
from inbox.errors import Invalid
from inbox.store.search_filters import Query
from patients.words import NUMBER, Term, fold_words
from routing.reasons import REASONS

LONGEST, MOST_TERMS, LONGEST_WORD = 400, 12, 64
CHANNELS = tuple(kind for kind in KINDS if kind != "sandbox")
IS = ("open", "closed", "waiting", "urgent", "unread", "mine")
HAS = ("attachment", "voicemail", "note")
#: Each operator with what it takes, as the screens and the errors tell it.
OPERATORS = {
    "from": "a patient's or sender's name, number or address",
    "in": f"a queue: {', '.join(TEAMS)}",
    "is": ", ".join(IS),
    "by": "who of us wrote it",
    "channel": ", ".join(CHANNELS),
    "reason": f"a reason: {', '.join(REASONS)}",
    "before": "a day such as 2026-03-01",
    "after": "a day such as 2026-03-01, that day included",
    "has": ", ".join(HAS),
}
_ALSO = {"email": "mail", "form": "webform", "phone": "voice", "call": "voice", "text": "sms"}
_PART = re.compile(r'(?P<out>-?)(?:(?P<name>[A-Za-z_]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))')


def parse(text: str) -> Query:
    """The query behind a text. Raises Invalid for one that is too long, leaves out words and wants none, or has an
    operator or a value that does not exist."""
    if len(text) > LONGEST or "\0" in text:
        raise Invalid(fields={"q": f"at most {LONGEST} characters of text"})
    found: dict[str, Any] = {"wanted": [], "unwanted": []}
    for part in _joined([match.groupdict() for match in _PART.finditer(text)]):
        _read(part, found)
    if len(found["wanted"]) + len(found["unwanted"]) > MOST_TERMS:
        raise Invalid(fields={"q": f"at most {MOST_TERMS} words"})
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    query = Query(**fields)
    if query.unwanted and not query.wanted:
        raise Invalid(fields={"q": "a word to leave out needs another one to look for"})
    return query


def _joined(parts: Sequence[dict[str, str | None]]) -> list[dict[str, str | None]]:
    """A phone number is typed in several parts, "(415) 555-0142": they are one."""
    joined: list[dict[str, str | None]] = []
    for part in parts:
        before = joined[-1] if joined else None
        if before and _is_number(before) and _is_number(part):
            joined[-1] = {**before, "bare": f"{before['bare']} {part['bare']}"}
        else:
            joined.append(part)
    return joined


def _is_number(part: dict[str, str | None]) -> bool:
    bare = part["bare"]
    return bool(bare and not part["out"] and not part["name"] and NUMBER.fullmatch(bare) and not _is_day(bare))


def _is_day(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None


def _read(part: dict[str, str | None], found: dict[str, Any]) -> None:
    name, quoted = part["name"], part["quoted"]
    value = quoted if quoted is not None else part["bare"] or ""
    if name is not None:
        _apply(name.lower(), value, found)
    elif quoted is None and not part["out"] and re.fullmatch(r"#\d{1,18}", value):
        found["number"] = int(value[1:])
    else:
        term = _term(value, quoted=quoted is not None)
        found["unwanted" if part["out"] else "wanted"] += [term] if term else []


def _term(value: str, *, quoted: bool = False) -> Term | None:
    prefix = value.endswith("*") and not quoted
    words = fold_words(value)
    if not words:
        return None
    cut = len(words[-1]) > LONGEST_WORD
    return Term(tuple(word[:LONGEST_WORD] for word in words), value.strip(), prefix or cut)


def _apply(name: str, value: str, found: dict[str, Any]) -> None:
    act = _ACTS.get(name)
    if act is None:
        known = ", ".join(f"{one}:" for one in OPERATORS)
        raise Invalid(f"There is no operator {name}: here.", fields={"q": f"there are {known} and #number"})
    act(value, found)


def _people(field: str) -> Callable[[str, dict[str, Any]], None]:
    def read(value: str, found: dict[str, Any]) -> None:
        term = _term(value)
        if term:
            found[field] = [*found.get(field, []), term]

    return read


def _code(operator: str, field: str, known: Sequence[str], *, many: bool = False) -> Callable[[str, Any], None]:
    def read(value: str, found: dict[str, Any]) -> None:
        code = "_".join(fold_words(value))
        code = code if code in known else _ALSO.get(code, "")
        if code not in known:
            raise Invalid("There is no such value.", fields={"q": f"{operator}: takes one of {', '.join(known)}"})
        found[field] = [*found.get(field, []), code] if many else code

    return read


def _day(operator: str, field: str) -> Callable[[str, dict[str, Any]], None]:
    def read(value: str, found: dict[str, Any]) -> None:
        try:
            found[field] = date.fromisoformat(value)
        except ValueError:
            raise Invalid("That is no day.", fields={"q": f"{operator}: takes a day such as 2026-03-01"}) from None

    return read


_ACTS: dict[str, Callable[[str, dict[str, Any]], None]] = {
    "from": _people("sender"),
    "by": _people("author"),
    "in": _code("in", "queue", TEAMS),
    "is": _code("is", "states", IS, many=True),
    "channel": _code("channel", "channel", CHANNELS),
    "reason": _code("reason", "reason", tuple(REASONS)),
    "before": _day("before", "until"),
    "after": _day("after", "since"),
    "has": _code("has", "has", HAS, many=True),
}
