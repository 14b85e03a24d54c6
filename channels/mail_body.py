"""Walks a parsed mail: its words in order, its HTML, its attachments, what it forwards.

Works on a skeleton that passed `channels.mail_limits`; a body that cannot be decoded is shown as well as it can be.
"""

from __future__ import annotations

import mimetypes
import quopri
import re
from dataclasses import dataclass, field
from email.message import Message
from typing import TypeAlias

from channels import mail_html
from channels.envelope import Unparseable
from channels.mail_cut import Skeleton, decode_base64, encoding_of
from channels.mail_headers import clean, decode, parameters, people, words
from channels.mail_letter import Forward, Person, Piece

Part: TypeAlias = "Message[str, str]"
_SECRET_PARTS = frozenset({"message/delivery-status", "message/feedback-report", "message/disposition-notification"})
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_:-]{1,40})", re.IGNORECASE)


@dataclass
class Body:
    """What was found: `html` unsanitised, `plain` whether any text/plain part held words."""

    html: list[str] = field(default_factory=list)
    plain: bool = False
    pieces: list[Piece] = field(default_factory=list)
    forward: Forward | None = None
    defects: list[str] = field(default_factory=list)


class Walk:
    """One pass over the parts of a message. `text(root)` returns the words and fills `body`."""

    def __init__(self, skeleton: Skeleton) -> None:
        self.skeleton = skeleton
        self.body = Body()
        #: Whether plain words were found of which the HTML to come is only another form.
        self._spoken = False

    def text(self, part: Part) -> str:
        """The words of a part and its children, in reading order; of alternatives the plain one."""
        kind = content_type(part)
        if kind.startswith("multipart/") and part.is_multipart():
            return self._parts(part, kind)
        if kind == "message/rfc822":
            return self._message(part)
        if kind in _SECRET_PARTS:
            return self._file(part, kind)
        if not is_file(part) and kind in ("text/plain", "text/html") and not self._is_cut(part):
            return self._html(part) if kind == "text/html" else self._plain(part)
        return self._file(part, kind)

    def _parts(self, part: Part, kind: str) -> str:
        if kind == "multipart/alternative":
            return self._alternatives(part)
        texts = [self.text(child) for child in children(part)]
        return "\n\n".join(text.strip("\n") for text in texts if text.strip())

    def _alternatives(self, part: Part) -> str:
        """The first plain form with words, else the first form with any."""
        before, first, plain = self._spoken, "", ""
        for child in children(part):
            text = self.text(child)
            first = first or (text if text.strip() else "")
            if not plain and text.strip() and content_type(child) == "text/plain":
                plain, self._spoken = text, True
        self._spoken = before
        return plain or first

    def _plain(self, part: Part) -> str:
        text = part_text(part)
        self.body.plain = self.body.plain or bool(text.strip())
        _, options = parameters(header(part, "content-type"))
        return _unflowed(text, options.get("delsp") == "yes") if options.get("format", "").lower() == "flowed" else text

    def _html(self, part: Part) -> str:
        html = part_text(part)
        try:
            mail_html.check(html)
        except Unparseable as refused:
            if not self._spoken:
                raise
            # the plain form says the same: a long exchange nests its quotes deeper than can be shown
            self.body.defects.append(f"{refused}, kept as a file")
            return self._file(part, "text/html")
        self.body.html.append(html)
        return "" if self._spoken else mail_html.to_text(html)

    def _message(self, part: Part) -> str:
        inner = next(iter(children(part)), None)
        self._file(part, "message/rfc822")
        if inner is not None and self.body.forward is None:
            sender = next(iter(people(raw_headers(inner, "from"))), Person())
            self.body.forward = Forward(sender, Walk(self.skeleton).text(inner).strip())
        return ""

    def _file(self, part: Part, kind: str) -> str:
        content = _message_bytes(part) if kind == "message/rfc822" else payload(part)
        leaf = self.skeleton.cuts.get(content.strip())
        disposition, _ = parameters(header(part, "content-disposition"))
        content_id = clean(header(part, "content-id")).strip().strip("<>")
        piece = Piece(
            filename=file_name(part, kind, len(self.body.pieces) + 1),
            content_type=kind,
            inline=disposition == "inline" or (bool(content_id) and disposition != "attachment"),
            content_id=content_id,
            content=b"" if leaf else content,
            start=leaf.start if leaf else 0,
            end=leaf.end if leaf else 0,
            encoding=encoding_of(leaf) if leaf else "",
        )
        if piece.content or piece.end or disposition:
            self.body.pieces.append(piece)
        if leaf and kind.startswith("text/") and not is_file(part):
            self.body.defects.append("text larger than 2 MiB is kept as a file")
        return ""

    def _is_cut(self, part: Part) -> bool:
        return payload(part).strip() in self.skeleton.cuts if self.skeleton.cuts else False


def header(part: Part, name: str) -> str:
    """The first value of a header as it was written, unfolded; empty when missing."""
    return next(iter(raw_headers(part, name)), "")


def raw_headers(part: Part, name: str) -> list[str]:
    """All values of a header as they were written (8-bit bytes as surrogates), unfolded."""
    return [
        re.sub(r"[\r\n]+", "", str(value)) for written, value in part.raw_items() if written.lower().strip() == name
    ]


def content_type(part: Part) -> str:
    """The media type in lower case; text/plain when there is none that can be read (RFC 2045 §5.2)."""
    written = parameters(header(part, "content-type"))[0]
    if written.count("/") == 1 and re.fullmatch(r"[!-~]{1,127}", written):
        return written
    return "text/html" if written == "html" else str(part.get_default_type())


def children(part: Part) -> list[Part]:
    """The parts directly inside a part."""
    held = part.get_payload()
    return [child for child in held if isinstance(child, Message)] if isinstance(held, list) else []


def is_file(part: Part) -> bool:
    """Whether a text part is meant as a file: it says attachment, or it has a name and is not said to be inline."""
    disposition, options = parameters(header(part, "content-disposition"))
    return disposition == "attachment" or (disposition not in ("", "inline") and "filename" in options)


def payload(part: Part) -> bytes:
    """The bytes of a leaf, its transfer encoding undone as far as possible."""
    decoded = part.get_payload(decode=True)
    content = decoded if isinstance(decoded, bytes) else b""
    written = header(part, "content-transfer-encoding").strip().lower()
    named = parameters(written)[0]
    if named != written and named in ("base64", "quoted-printable"):  # `email` knows the bare word only
        return decode_base64(content) if named == "base64" else quopri.decodestring(content)
    return content


def part_text(part: Part) -> str:
    """The words of a text leaf in its charset; for HTML without one, the charset its own meta element names."""
    content = payload(part)
    charset = parameters(header(part, "content-type"))[1].get("charset", "")
    if not charset and content_type(part) == "text/html":
        named = _META_CHARSET.search(content[:4096])
        charset = named[1].decode("ascii") if named else ""
    return decode(content, charset)


def file_name(part: Part, kind: str, number: int) -> str:
    """The name a file may be saved under: no path, no control characters, at most 200 characters, never empty."""
    written = parameters(header(part, "content-disposition"))[1].get("filename", "")
    written = written or parameters(header(part, "content-type"))[1].get("name", "")
    name = re.split(r"[/\\]", clean(written).replace("\n", " ").replace("\t", " "))[-1].strip().strip(".")
    if name:
        return name if len(name) <= 200 else name[:150] + name[-50:]
    if kind == "message/rfc822":
        return (
            words(header(next(iter(children(part)), part), "subject"))[:80].replace("/", "-").strip(". ") or "message"
        )
    return f"attachment-{number}{mimetypes.guess_extension(kind) or ''}"


def _message_bytes(part: Part) -> bytes:
    inner = next(iter(children(part)), None)
    if inner is None:
        return payload(part)
    held = inner.get_payload()
    if not inner.keys() and isinstance(held, str):
        return held.encode("utf-8", "surrogateescape")
    try:
        return inner.as_bytes()
    except (ValueError, LookupError, TypeError, KeyError, AttributeError):
        return payload(inner)


def _unflowed(text: str, delete_space: bool) -> str:
    """Soft line breaks joined (RFC 3676); quoted lines stay as they are, for the quote rules need their marks."""
    lines: list[str] = []
    soft = False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        body = line[1:] if line.startswith(" ") else line
        if soft and not quoted and body:
            lines[-1] = (lines[-1][:-1] if delete_space else lines[-1]) + body
        else:
            lines.append(body)
        soft = body.endswith(" ") and not quoted and body != "-- "
    return "\n".join(lines)
