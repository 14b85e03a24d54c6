"""What a file is by its first bytes, and which kinds each channel carries. Believes no name and no label."""

from __future__ import annotations

MEGABYTE = 1_000_000
_STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
#: Windows, Unix and macOS programs, and scripts.
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_WRITTEN = frozenset({"text/vcard", "text/x-vcard", "text/calendar", "text/csv"})
_HEARD_OR_SEEN = frozenset({"audio", "video", "image"})
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif"})
#: Channel → the kinds it carries, how many, and how many bytes in all (Twilio MMS 5 MB, WhatsApp 16 MB and one each; a
#: chat's visitor gets what they may send, 10 MB).
CARRIES: dict[str, tuple[frozenset[str], int, int]] = {
    "mail": (_PICTURES | {"image/webp", "application/pdf", "text/plain"}, 10, 18 * MEGABYTE),
    "sms": (_PICTURES | {"application/pdf"}, 10, 5 * MEGABYTE),
    "chat": (_PICTURES | {"image/webp", "application/pdf", "text/plain"}, 10, 10 * MEGABYTE),
    "whatsapp": (_PICTURES - {"image/gif"} | {"application/pdf"}, 1, 16 * MEGABYTE),
}


def kind_of(content: bytes) -> str:
    """The media type, "" for what nobody should be sent."""
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return "text/plain" if content and _is_text(content) else ""


def received(content: bytes, named: str) -> str:
    """What a file that a patient sent is kept as: what its bytes say, else the name it came under where that is
    harmless, else bytes of no kind; "" for a program, which nobody keeps."""
    if not content or content.startswith(_PROGRAMS):
        return ""
    if kind := kind_of(content):
        return named if kind == "text/plain" and named in _WRITTEN else kind
    is_harmless = named.partition("/")[0] in _HEARD_OR_SEEN and named not in _PICTURES | {"image/svg+xml"}
    return named if is_harmless else "application/octet-stream"


def refusal(channel: str, files: list[tuple[str, int]]) -> str:
    """Why this channel cannot carry these files (kind, bytes); "" when it can."""
    kinds, most, size = CARRIES.get(channel, (frozenset(), 0, 0))
    if not most:
        return "this channel carries no files; send them by email"
    if len(files) > most:
        return f"at most {most} file{'s' if most > 1 else ''} by this channel"
    if sum(each for _, each in files) > size:
        return f"at most {size // MEGABYTE} MB by this channel"
    strange = sorted({kind for kind, _ in files} - kinds)
    return f"{', '.join(strange)} cannot go by this channel" if strange else ""


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    # a page or a script that calls itself text may still be run by whoever opens it
    return not any(ord(one) < 32 and one not in "\t\n\r\f" for one in text) and not text.lstrip().startswith("<")
