"""Splits a mail into the author's own words, what they quote or forward, and their signature.

Loses nothing: every line of the text is in one of the results; a mail of quotes alone keeps them as its words.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from channels import quoting_marks
from channels.quoting_marks import Mark

_SIGNATURE_LINES = 12


class Reply(NamedTuple):
    """`text` is the author's words, `quoted` and `signature` the rest, `forwarded` a passed-on message."""

    text: str
    quoted: str = ""
    signature: str = ""
    forwarded: str = ""
    forwarded_from: str = ""


def split(text: str) -> Reply:
    """Splits plain text. Linear in its length."""
    lines = _lines(text)
    marks = quoting_marks.mark(lines)
    end = _end(marks)
    own = [place for place in range(end) if _is_own(marks, place, end)]
    own, signed = _without_name(lines, own)
    words = _joined(lines, own)
    if not words:
        return Reply(_joined(lines, range(len(lines))))
    signature_from = end if end < len(lines) and marks[end] == "d" and not _opens_quote(marks, end) else len(lines)
    forwarded, sender = _forwarded(lines, marks, end)
    signature = [*signed, *(p for p in range(end) if marks[p] == "s"), *range(signature_from, len(lines))]
    taken = {*own, *signature}
    quoted = [] if forwarded else [place for place in range(len(lines)) if place not in taken]
    return Reply(words, _joined(lines, quoted), _joined(lines, signature), forwarded, sender)


def split_mail(text: str, html: str) -> Reply:
    """Splits a mail's text; `html` is its HTML where the text was made from it, whose quote elements say more."""
    if not html:
        return split(text)
    from channels.mail_html import to_text
    from channels.quoting_html import own_html

    own = own_html(html)
    if own is None:
        return split(text)
    reply = split(to_text(own))
    return reply if reply.text else split(text)


def _lines(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        both = quoting_marks.split_same_line(line)
        lines += both or (line,)
    return lines


def _end(marks: list[Mark]) -> int:
    """Where the author's words end for good: an old message in full, or a signature; the length when they do not."""
    has_text = False
    for place, mark in enumerate(marks):
        if has_text and _ends_words(marks, place):
            return place
        has_text = has_text or mark == "t"
    return len(marks)


def _ends_words(marks: list[Mark], place: int) -> bool:
    if marks[place] == "d":
        return _is_end(marks, place)
    return marks[place] in "ofh" or (marks[place] == "b" and not _is_marked(marks, place))


def _is_end(marks: list[Mark], place: int) -> bool:
    """A delimiter ends the words when an old header or little else follows; a line across a long text does not."""
    return _opens_quote(marks, place) or marks[place + 1 :].count("t") <= _SIGNATURE_LINES


def _opens_quote(marks: list[Mark], place: int) -> bool:
    return next((mark for mark in marks[place + 1 :] if mark != "e"), "t") in "hof"


def _is_marked(marks: list[Mark], place: int) -> bool:
    """Whether the quote behind an attribution bears quote marks, so that words after it are the author's again."""
    after = "".join(marks[place:]).lstrip("be")
    return after.startswith("q") and _has_answer(after)


def _has_answer(after: str) -> bool:
    """A few lines behind a quote are its torn ends; set off by an empty line, they answer it."""
    return bool(re.search(r"qe+t", after)) or not after.strip("qe")


def _is_own(marks: list[Mark], place: int, end: int) -> bool:
    if marks[place] in "ted":
        return True
    if marks[place] != "q":
        return False
    is_last = not any(mark in "td" for mark in marks[place:end])
    return not is_last and "b" not in marks[:place]


def _without_name(lines: list[str], own: list[int]) -> tuple[list[int], list[int]]:
    """A last line that is a name behind a dash belongs to the signature."""
    filled = [place for place in own if lines[place].strip()]
    if len(filled) > 1 and quoting_marks.is_signed(lines[filled[-1]]) and not lines[filled[-1] - 1].strip():
        return [place for place in own if place < filled[-1]], [filled[-1]]
    return own, []


def _forwarded(lines: list[str], marks: list[Mark], end: int) -> tuple[str, str]:
    if end >= len(marks) or marks[end] != "f":
        return "", ""
    start = end + 1
    sender = next((line for line in lines[start : start + 12] if quoting_marks.is_sender_field(line)), "")
    return _joined(lines, range(start, len(lines))), sender.partition(":")[2].strip(" *")


def _joined(lines: list[str], places: range | list[int]) -> str:
    return "\n".join(lines[place].rstrip() for place in places).strip("\n").rstrip()
