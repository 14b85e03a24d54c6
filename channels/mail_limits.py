"""Reads the outline of a raw mail by bytes alone, before the `email` package may touch it.

Refuses (`Unparseable`) what would cost that package minutes, gigabytes or its stack; decodes nothing.
"""

from __future__ import annotations

import mmap
import re
from typing import NamedTuple, TypeAlias

from channels.envelope import Unparseable

#: A raw mail in memory, or as the disk holds it.
Raw: TypeAlias = bytes | mmap.mmap
MAIL_BYTES = 60 * 1024 * 1024
HEADER_BYTES = 256 * 1024
HEADERS = 1000
ADDRESSES = 500
PAREN_DEPTH = 20
MIME_DEPTH = 50
PARTS = 500

ADDRESS_FIELDS = frozenset(
    {b"from", b"to", b"cc", b"bcc", b"reply-to", b"sender", b"resent-to", b"resent-cc", b"resent-from", b"errors-to"}
)
_FREE_TEXT_FIELDS = frozenset({b"subject", b"comments", b"thread-topic", b"keywords"})
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_FIELD = re.compile(rb"(?:From |[!-9;-~]*:|[\t ])")
_DELIMITER = re.compile(rb"(?:\A|(?<=[\r\n]))--[^\r\n]{1,300}")
_BOUNDARY = re.compile(rb"boundary\s*=\s*(?:\"([^\"]{1,300})\"|([^\s;\"]{1,300}))", re.IGNORECASE)


class Field(NamedTuple):
    """One header field: lower-case name, unfolded raw value."""

    name: bytes
    value: bytes


class Leaf(NamedTuple):
    """A part without parts: its header fields and where its encoded body lies in the raw mail."""

    fields: dict[bytes, bytes]
    start: int
    end: int


class Outline(NamedTuple):
    """What a mail consists of: its own header fields, where its body starts, its leaves in order."""

    fields: list[Field]
    body: int
    leaves: list[Leaf]


def outline(raw: bytes) -> Outline:
    """The structure of a raw mail. Raises `Unparseable` naming the limit that it breaks (RFC 5322, RFC 2046 syntax)."""
    if len(raw) > MAIL_BYTES:
        raise Unparseable("mail larger than 60 MiB")
    fields, body = header_block(raw)
    _check_fields(fields)
    return Outline(fields, body, _leaves(raw))


def header_block(raw: Raw, start: int = 0) -> tuple[list[Field], int]:
    """The header fields from `start` and the offset of the body; ends, as `email` does, at a line that is no field."""
    lines: list[bytes] = []
    at = start
    while at < len(raw):
        found = _LINE.match(raw, at, at + HEADER_BYTES + 1)
        line = found.group() if found else b""
        if not line.strip(b"\r\n"):
            at += len(line)
            break
        if not _FIELD.match(line):
            break
        _add_line(lines, line.rstrip(b"\r\n"))
        at += len(line)
        if at - start > HEADER_BYTES:
            raise Unparseable("header block larger than 256 KiB")
    return [_field(line) for line in lines], at


def _add_line(lines: list[bytes], line: bytes) -> None:
    if lines and line[:1] in (b" ", b"\t"):
        lines[-1] += line
        return
    lines.append(line)
    if len(lines) > HEADERS:
        raise Unparseable("more than 1000 header fields")


def _field(line: bytes) -> Field:
    name, _, value = line.partition(b":")
    return Field(name.strip().lower(), value.strip())


def _check_fields(fields: list[Field]) -> None:
    for field in fields:
        if field.name in ADDRESS_FIELDS and field.value.count(b",") + field.value.count(b";") >= ADDRESSES:
            raise Unparseable("more than 500 addresses in a header field")
        if field.name not in _FREE_TEXT_FIELDS and _paren_depth(field.value) > PAREN_DEPTH:
            raise Unparseable("comments nested deeper than 20")


def _paren_depth(value: bytes) -> int:
    if value.count(b"(") <= PAREN_DEPTH:
        return 0
    depth = deepest = 0
    for byte in value:
        depth += (byte == 0x28) - (byte == 0x29)
        depth = max(depth, 0)
        deepest = max(deepest, depth)
    return deepest


class _Walk:
    """The state of one pass over the delimiter lines: open boundaries, the open leaf, the leaves so far."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.boundaries: list[bytes] = []
        self.report = False
        self.open: tuple[dict[bytes, bytes], int] | None = None
        self.leaves: list[Leaf] = []
        self.parts = 0
        self.messages = 0

    def enter(self, start: int) -> int:
        """Reads one part's header at `start`, opens it, returns where its body starts."""
        self.parts += 1
        if self.parts > PARTS:
            raise Unparseable("more than 500 parts")
        if len(self.boundaries) + self.messages > MIME_DEPTH:
            raise Unparseable("parts nested deeper than 50")
        found, body = header_block(self.raw, start)
        fields = dict(reversed(found))
        kind = fields.get(b"content-type", b"").lower()
        boundary = _BOUNDARY.search(fields.get(b"content-type", b""))
        if kind.startswith(b"multipart/") and boundary:
            self.report = self.report or kind.startswith(b"multipart/report")
            self.boundaries.append(b"--" + (boundary[1] or boundary[2]).strip())
        elif kind.startswith(b"message/rfc822") and (self.report or not self.boundaries):
            self.messages += 1
            return self.enter(body)
        else:
            self.open = (fields, body)
        return body

    def close(self, end: int) -> None:
        if self.open:
            fields, start = self.open
            self.leaves.append(Leaf(fields, start, max(start, end)))
            self.open = None

    def level(self, line: bytes) -> int | None:
        """How many boundaries stay open before this delimiter line; None when the line is only text."""
        line = line.rstrip()
        for place in range(len(self.boundaries) - 1, -1, -1):
            if line.startswith(self.boundaries[place]) and line[len(self.boundaries[place]) :] in (b"", b"--"):
                return place
        return None


def _leaves(raw: bytes) -> list[Leaf]:
    walk = _Walk(raw)
    reached = walk.enter(0)
    for found in _DELIMITER.finditer(raw):
        place = walk.level(found.group()) if found.start() >= reached else None
        if place is None:
            continue
        walk.close(_without_newline(raw, found.start()))
        last = found.group().rstrip() != walk.boundaries[place]
        del walk.boundaries[place + (0 if last else 1) :]
        if not last:
            end = _LINE.match(raw, found.end())
            reached = walk.enter(end.end() if end else found.end())
    walk.close(len(raw))
    return walk.leaves


def _without_newline(raw: bytes, end: int) -> int:
    """A delimiter owns the line break before it (RFC 2046 §5.1.1)."""
    if raw[end - 2 : end] == b"\r\n":
        return end - 2
    return max(end - 1, 0)
