"""A browser's form body as fields and files: url-encoded, multipart/form-data or a flat JSON object.

Refuses (Unparseable) other types, too many parts, and JSON that is not flat.
"""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP

import msgspec

from channels.envelope import DoorRequest, Unparseable
from channels.twilio import FORM_TYPE, parse_form

MOST_PARTS = 60
MOST_FIELDS = 200


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
    """Through the standard library's MIME parser, which is quadratic in odd input: hence the cap on parts first."""
    if request.body.count(b"\n--") > MOST_PARTS:
        raise Unparseable("too many parts")
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode("utf-8", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    if not message.is_multipart():
        raise Unparseable("a multipart form without its boundary")
    fields: dict[str, str] = {}
    files: list[File] = []
    for part in message.iter_parts():
        name = str(part.get_param("name", "", header="content-disposition") or "")
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            raise Unparseable("a part within a part")
        if part.get_filename() is None:
            fields.setdefault(name, content.decode(errors="replace").replace("\0", ""))
        elif content:
            files.append(File(part.get_filename() or "file", part.get_content_type(), content))
    return Body(fields, tuple(files))
