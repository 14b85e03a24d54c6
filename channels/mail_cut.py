"""Cuts large attachments out of a raw mail, so that the parser sees a small skeleton and results stay small.

A cut leaf leaves a marker nobody can guess; its bytes are decoded later from their place in the raw mail.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import quopri
import secrets
from typing import NamedTuple

from channels.envelope import Attachment, Unparseable
from channels.mail_letter import Encoding, Piece
from channels.mail_limits import Leaf, Outline

FILE_BYTES = 2 * 1024
TEXT_FILE_BYTES = 64 * 1024
TEXT_BYTES = 2 * 1024 * 1024
SKELETON_BYTES = 16 * 1024 * 1024
_ENCODINGS: dict[bytes, Encoding] = {b"base64": "base64", b"quoted-printable": "quoted-printable"}
_PLAIN = frozenset({b"", b"7bit", b"8bit", b"binary"})


class Skeleton(NamedTuple):
    """A mail without its large leaves: the bytes, and by marker the leaf that was there."""

    raw: bytes
    cuts: dict[bytes, Leaf]


def cut(raw: bytes, outline: Outline) -> Skeleton:
    """The mail with each large leaf replaced by a marker. Raises `Unparseable` when more than 16 MiB remain."""
    nonce = secrets.token_hex(16)
    kept: list[bytes] = []
    cuts: dict[bytes, Leaf] = {}
    at = 0
    for number, leaf in enumerate(outline.leaves):
        if not _is_large(leaf):
            continue
        marker = f"cut-{nonce}-{number}".encode()
        cuts[marker] = leaf
        kept += [raw[at : leaf.start], base64.b64encode(marker) if encoding_of(leaf) == "base64" else marker]
        at = leaf.end
    skeleton = b"".join([*kept, raw[at:]])
    if len(skeleton) > SKELETON_BYTES:
        raise Unparseable("more than 16 MiB remain without attachments")
    return Skeleton(skeleton, cuts)


def encoding_of(leaf: Leaf) -> Encoding:
    """The transfer encoding of a leaf: base64, quoted-printable or nothing."""
    return _ENCODINGS.get(_transfer(leaf), "")


def attachment(piece: Piece, raw: bytes) -> Attachment:
    """The file behind a piece, decoded from `raw` where it was cut out, with its size in bytes and its SHA-256."""
    content = _decode(raw[piece.start : piece.end], piece.encoding) if piece.end else piece.content
    return Attachment(
        filename=piece.filename,
        content_type=piece.content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        inline=piece.inline,
        content=content,
        content_id=piece.content_id,
    )


def _transfer(leaf: Leaf) -> bytes:
    return leaf.fields.get(b"content-transfer-encoding", b"").split(b";")[0].strip().lower()


def _is_large(leaf: Leaf) -> bool:
    if _transfer(leaf) not in _ENCODINGS and _transfer(leaf) not in _PLAIN:
        return False
    kind = leaf.fields.get(b"content-type", b"text/plain").lower().strip()
    size = leaf.end - leaf.start
    if kind.startswith(b"message/rfc822"):
        return size > FILE_BYTES
    if kind.startswith((b"message/", b"multipart/", b"text/rfc822-headers")):
        return size > TEXT_BYTES
    if not kind.startswith(b"text/"):
        return size > FILE_BYTES
    is_file = leaf.fields.get(b"content-disposition", b"").lower().startswith(b"attachment")
    return size > (TEXT_FILE_BYTES if is_file else TEXT_BYTES)


def _decode(encoded: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return decode_base64(encoded)
    return quopri.decodestring(encoded) if encoding == "quoted-printable" else encoded


def decode_base64(encoded: bytes) -> bytes:
    """Base64 as mails really hold it: foreign characters skipped, missing padding and a torn end forgiven."""
    try:
        return binascii.a2b_base64(encoded)
    except binascii.Error:
        clean = bytes(byte for byte in encoded if byte in _ALPHABET)
        whole = clean[: len(clean) - (len(clean) % 4 == 1)]
        return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


_ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
