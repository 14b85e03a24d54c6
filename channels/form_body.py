"""A browser's form body as fields and files: url-encoded, multipart/form-data or a flat JSON object.

Refuses (Unparseable) other types, too many or too long parts, and JSON that is not flat.
"""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser

import msgspec

from channels.envelope import DoorRequest, Unparseable
from channels.twilio import FORM_TYPE, parse_form

MOST_PARTS = 60
MOST_FIELDS = 200
#: Fields alone are words; only files, which come as multipart, are larger.
MOST_WORDS = 1 << 20
#: What stands above a part: a name, a file's name and its type.
MOST_HEAD = 4096


class File(msgspec.Struct, frozen=True):
    """An uploaded file; its name and type are the browser's claims."""

    name: str
    content_type: str
    content: bytes


class Body(msgspec.Struct, frozen=True):
    """What a form held."""

    fields: dict[str, str]
    files: tuple[File, ...] = ()
    defects: tuple[str, ...] = ()


def read_body(request: DoorRequest) -> Body:
    """The body by its Content-Type; url-encoded if it names none."""
    media_type = request.headers.get("content-type", FORM_TYPE).partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        return _multipart(request)
    if len(request.body) > MOST_WORDS:
        raise Unparseable("more words than any form asks for")
    if media_type == "application/json":
        return _flat_json(request.body)
    if media_type != FORM_TYPE:
        raise Unparseable("a form of an unknown type")
    if request.body.count(b"&") > MOST_FIELDS:
        raise Unparseable("too many fields")
    form = parse_form(request.body)
    return Body(form.fields, defects=form.defects)


def _flat_json(body: bytes) -> Body:
    try:
        fields = msgspec.json.decode(body, type=dict[str, str | None])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Unparseable("no flat JSON object of texts") from None
    return Body({name: (value or "").replace("\0", "") for name, value in fields.items()})


def _multipart(request: DoorRequest) -> Body:
    fields: dict[str, str] = {}
    files: list[File] = []
    for head, content in _parts(request):
        name = str(head.get_param("name", "", header="content-disposition") or "")
        if head.get_content_maintype() in ("multipart", "message"):
            raise Unparseable("a part within a part")
        if (filename := head.get_filename()) is None:
            fields.setdefault(name, content.decode(errors="replace").replace("\0", ""))
        elif content:
            files.append(File(filename or "file", head.get_content_type(), content))
    return Body(fields, tuple(files))


def _parts(request: DoorRequest) -> Iterator[tuple[Message, bytes]]:
    """Heads and contents (RFC 7578), cut at the boundary and nowhere else: a whole MIME parser goes down into parts of
    parts and takes a minute for one long line, and anybody may send a form."""
    boundary = _head(f"Content-Type: {request.headers['content-type']}".encode()).get_boundary()
    if not boundary:
        raise Unparseable("a multipart form without its boundary")
    line = b"\r\n--" + boundary.encode("utf-8", "replace")
    whole = b"\r\n" + request.body
    if whole.count(line) > MOST_PARTS:
        raise Unparseable("too many parts")
    _, *parts = whole.split(line)
    if not parts:
        raise Unparseable("a multipart form without its boundary")
    for part in parts:
        if part.startswith(b"--"):
            return
        head, _, content = part.partition(b"\r\n\r\n")
        yield _head(head.lstrip()), content


def _head(lines: bytes) -> Message:
    if len(lines) > MOST_HEAD:
        raise Unparseable("a part with a long head")
    return HeaderParser().parsestr(lines.decode(errors="replace"))
