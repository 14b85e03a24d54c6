"""Tolerant decoding of mail headers: charsets, encoded words (RFC 2047), parameters (RFC 2231), addresses, dates, ids.

Never raises on what a header holds: what cannot be decoded is shown with replacement characters.
"""

from __future__ import annotations

import binascii
import codecs
import quopri
import re
import urllib.parse
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from channels.mail_cut import decode_base64
from channels.mail_letter import Person

_ALIASES = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "iso-8859-8-i": "iso-8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "windows-874": "cp874",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "cp-850": "cp850",
    "unicode-1-1-utf-7": "utf-7",
}
#: Codecs that are no character sets, or whose decoding is not linear.
_REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "oem", "mbcs"})
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_WORDS = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=(?:\s*=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SPACE = re.compile(r"[\r\n\t ]+")
_ID = re.compile(r"<\s*([^<>\s]{1,990})\s*>")
_ADDRESS = re.compile(r"[^\s@<>()\",;:\x00-\x1f\x7f]{1,128}@[^\s@<>()\",;:\x00-\x1f\x7f]{1,255}")
#: Quoted string, comment, address in brackets, separator, anything else. Every branch is bounded.
_PIECE = re.compile(r"\"(?:\\.|[^\"\\]){0,2000}\"|\([^()]{0,2000}\)|<[^<>]{0,1000}>|[,;:]|[^\s\"(<,;:]+|\s+|.")
_PARAM = re.compile(r";\s*([^=;\s\"]{1,80})\s*=\s*(\"(?:\\.|[^\"\\])*\"|[^;]*)")
_PARAMS_MAX = 16 * 1024


def decode(encoded: bytes, charset: str = "") -> str:
    """Bytes as text: the charset they claim, else UTF-8, else Windows-1252; always clean of control characters."""
    for name in (charset, "utf-8"):
        codec = _codec(name)
        if codec is None:
            continue
        try:
            return clean(codec.decode(encoded, "strict")[0])
        except (UnicodeError, ValueError):
            continue
    claimed = _codec(charset)
    if claimed and claimed.name not in ("utf-8", "ascii"):
        return clean(claimed.decode(encoded, "replace")[0])
    return clean(encoded.decode("cp1252", "replace"))


def _codec(charset: str) -> codecs.CodecInfo | None:
    name = charset.strip().strip("\"'").lower().partition("*")[0]
    name = _ALIASES.get(name, name)
    try:
        codec = codecs.lookup(name) if name and name.isascii() and len(name) <= 40 and "\0" not in name else None
    except LookupError:
        return None
    if codec is None or codec.name in _REFUSED or not getattr(codec, "_is_text_encoding", True):
        return None
    return codec


def clean(text: str) -> str:
    """Without NUL, control characters and lone surrogates; line ends are LF."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def words(value: str) -> str:
    """An unstructured header value as text on one line: raw 8-bit bytes and encoded words decoded (RFC 2047)."""
    raw = value.encode("utf-8", "surrogateescape") if _is_escaped(value) else value.encode("utf-8", "replace")
    text = _WORDS.sub(lambda found: _run(found.group()), decode(raw))
    return _SPACE.sub(" ", clean(text)).strip()


def _is_escaped(value: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in value)


def _run(run: str) -> str:
    """Neighbouring encoded words; bytes of the same charset are joined first, since mailers split characters."""
    parts: list[tuple[str, bytes]] = []
    for charset, how, payload in _WORD.findall(run):
        content = _payload(how, payload)
        if parts and parts[-1][0] == charset.lower():
            parts[-1] = (charset.lower(), parts[-1][1] + content)
        else:
            parts.append((charset.lower(), content))
    return "".join(decode(content, charset) for charset, content in parts)


def _payload(how: str, payload: str) -> bytes:
    encoded = payload.encode("utf-8", "replace")
    if how in "qQ":
        return quopri.decodestring(encoded.replace(b"_", b" ").replace(b"\n", b""), header=False)
    try:
        return decode_base64(encoded)
    except (binascii.Error, ValueError):
        return encoded


def people(values: Iterable[str]) -> tuple[Person, ...]:
    """Everyone in some address headers, in order; what holds neither a name nor an address is left out.

    Own, without recursion: `email.utils.getaddresses` overflows the stack on a stray character between addresses."""
    found = (_person(mailbox) for value in values for mailbox in _mailboxes(_flat(value)))
    return tuple(person for person in found if person.address or person.name)


def _mailboxes(value: str) -> list[list[str]]:
    """The pieces of each mailbox of a list; a group's name ("team:") is dropped, its members stay (RFC 5322 §3.4)."""
    mailboxes: list[list[str]] = [[]]
    for piece in _PIECE.findall(value):
        if piece in (",", ";"):
            mailboxes.append([])
        elif piece == ":" and not any("@" in earlier for earlier in mailboxes[-1]):
            mailboxes[-1].clear()
        else:
            mailboxes[-1].append(piece)
    return mailboxes


def _person(pieces: list[str]) -> Person:
    angled = [piece for piece in pieces if piece.startswith("<")]
    comments = [piece[1:-1] for piece in pieces if piece.startswith("(")]
    plain = [piece for piece in pieces if piece[0] not in "<("]
    written = address(angled[-1]) if angled else address("".join(plain))
    if not written:
        written = next((found for piece in plain if (found := address(piece))), "")
    named = [] if written and not angled else plain
    name = "".join(_unquoted(piece) for piece in named).strip() or " ".join(comments)
    return Person(words(name).strip("'\" "), written)


def _unquoted(piece: str) -> str:
    return re.sub(r"\\(.)", r"\1", piece[1:-1]) if len(piece) > 1 and piece[0] == piece[-1] == '"' else piece


def _flat(value: str) -> str:
    raw = value.encode("utf-8", "surrogateescape") if _is_escaped(value) else value.encode("utf-8", "replace")
    return _SPACE.sub(" ", decode(raw))


def address(written: str) -> str:
    """A mail address with its domain in lower case, or nothing when it is none."""
    found = _ADDRESS.fullmatch(clean(written).strip().strip("<>").strip("'"))
    if not found:
        return ""
    local, _, domain = found.group().rpartition("@")
    return f"{local}@{domain.lower().rstrip('.')}"


def ids(values: Iterable[str]) -> tuple[str, ...]:
    """The Message-IDs of some headers without their brackets, each once, in order."""
    return tuple(dict.fromkeys(clean(found) for value in values for found in _ID.findall(value)))


def bare_ids(values: Iterable[str]) -> tuple[str, ...]:
    """As `ids`; a single word without brackets, as some programs write it, also counts."""
    listed = [value.strip() for value in values]
    return ids(listed) or tuple(clean(value) for value in listed if value and " " not in value and len(value) < 990)


def moment(value: str) -> datetime | None:
    """The time of a Date header in UTC, or nothing when it cannot be a date. A missing zone counts as UTC."""
    try:
        found = parsedate_to_datetime(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """A structured header's main value in lower case, and its parameters decoded (RFC 2045, RFC 2231, RFC 2047)."""
    main, _, _ = value.partition(";")
    chunks: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, written in _PARAM.findall(value[:_PARAMS_MAX]):
        base, _, number = name.lower().rstrip("*").partition("*")
        place = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
        chunks.setdefault(base, {}).setdefault(place, (_unquote(written), name.endswith("*")))
    return main.strip().lower(), {name: _joined(parts) for name, parts in chunks.items()}


def _unquote(written: str) -> str:
    written = written.strip()
    if len(written) >= 2 and written[0] == written[-1] == '"':
        return re.sub(r"\\(.)", r"\1", written[1:-1])
    return written.strip('"')


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    ordered = [parts[place] for place in sorted(parts)]
    if not any(extended for _, extended in ordered):
        return words("".join(text for text, _ in ordered))
    charset, content = "", b""
    for place, (text, extended) in enumerate(ordered):
        if place == 0 and extended and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        content += urllib.parse.unquote_to_bytes(text) if extended else text.encode("utf-8", "surrogateescape")
    return _SPACE.sub(" ", decode(content, charset)).strip()
